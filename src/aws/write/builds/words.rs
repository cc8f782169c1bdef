//! CodeBuild's refusals in plain words: what it means, and what to do. AWS's own text follows; its code and request id
//! stay in the fault.

use crate::model::fault::Fault;

/// A fault with its message in plain words, where its code is one that people meet.
pub(super) fn plain(mut fault: Fault) -> Fault {
    let code = fault.code.as_deref().unwrap_or_default();
    if let Some(words) = words(fault.operation, code) {
        fault.message = format!("{words} AWS says: {}", fault.message);
    }
    fault
}

/// What a code means for the one who sent this operation.
fn words(operation: &str, code: &str) -> Option<&'static str> {
    Some(match (operation, code) {
        (_, "AccountLimitExceededException") => {
            "As many builds run or wait already as AWS allows for this account and compute type. Wait until one ends, stop one, or ask AWS to raise the limit."
        }
        (_, "AccountSuspendedException") => {
            "AWS has suspended this account's builds. Only AWS can tell why and lift it; ask its support."
        }
        ("StartBuild" | "StartBuildBatch", "InvalidInputException") => {
            "CodeBuild does not accept this start: the version or a variable is not one that the project takes, or its service role cannot be used. Correct it and start again."
        }
        ("RetryBuildBatch", "InvalidInputException") => {
            "CodeBuild does not retry this batch: only batches that have ended without success can be retried. Look at it again."
        }
        ("RetryBuild", "InvalidInputException") => {
            "CodeBuild does not retry this build. One that a pipeline started is retried with its stage, in the pipeline."
        }
        (_, "InvalidInputException") => {
            "CodeBuild does not accept this request: it may have ended meanwhile. Look at it again."
        }
        ("StartBuild" | "StartBuildBatch", "ResourceNotFoundException") => {
            "There is no such project in this account and region any more."
        }
        (_, "ResourceNotFoundException") => {
            "CodeBuild no longer knows it in this account and region; it keeps builds for a year."
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Timestamp;

    /// Every error that the service model declares for the writes this program sends, and one more that is met.
    const DECLARED: &[(&str, &[&str])] = &[
        ("StartBuild", STARTS),
        ("RetryBuild", STARTS),
        ("StopBuild", OTHERS),
        ("StartBuildBatch", OTHERS),
        ("StopBuildBatch", OTHERS),
        ("RetryBuildBatch", OTHERS),
    ];
    const STARTS: &[&str] = &[
        "AccountLimitExceededException",
        "AccountSuspendedException",
        "InvalidInputException",
        "ResourceNotFoundException",
    ];
    const OTHERS: &[&str] = &["InvalidInputException", "ResourceNotFoundException"];

    #[test]
    fn every_declared_refusal_has_words_that_say_what_to_do() {
        for (operation, codes) in DECLARED {
            for code in *codes {
                let words = words(operation, code);
                let words = words.unwrap_or_else(|| panic!("{operation}: no words for {code}"));
                assert!(
                    words.ends_with('.') && !words.contains("Exception"),
                    "{words}"
                );
            }
        }
        assert_eq!(words("StartBuild", "SomethingNew"), None);
    }

    #[test]
    fn aws_is_quoted_and_its_code_stays() {
        let mut fault = Fault::local(
            "codebuild",
            "StartBuild",
            "Cannot have more than 60 builds in queue for the account",
            Timestamp::from_millis(1),
        );
        fault.code = Some("AccountLimitExceededException".to_owned());
        let told = plain(fault.clone());
        assert!(told.message.ends_with(&fault.message), "{}", told.message);
        assert!(told.message.starts_with("As many builds run"));
        assert_eq!(told.code, fault.code);
    }
}
