//! What CodeBuild's refusals mean.

/// What a code means for the one who sent this operation.
pub(super) fn words(operation: &str, code: &str) -> Option<&'static str> {
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
    use crate::aws::write::words::tests::{Declared, say_what_to_do};

    /// Every error that the service model declares for the writes this program sends, and one more that is met.
    const DECLARED: Declared = &[
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
        say_what_to_do(DECLARED, words);
    }
}
