//! A service's refusals in plain words: what each means, and what to do. AWS's own text follows; its code and request id
//! stay in the fault. Which words those are, each service's writes say.

use crate::model::fault::Fault;

/// What a code means for the one who sent an operation; none for a code that is not known.
pub(super) type Words = fn(operation: &str, code: &str) -> Option<&'static str>;

/// A fault with its message in plain words, where its code is one that people meet.
pub(super) fn plain(mut fault: Fault, words: Words) -> Fault {
    let code = fault.code.as_deref().unwrap_or_default();
    if let Some(words) = words(fault.operation, code) {
        fault.message = format!("{words} AWS says: {}", fault.message);
    }
    fault
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::model::time::Timestamp;

    /// Operations with every error that the service model declares for them.
    pub type Declared = &'static [(&'static str, &'static [&'static str])];

    /// Every declared refusal has words that say what to do, and no other has any.
    pub fn say_what_to_do(declared: Declared, words: Words) {
        for (operation, codes) in declared {
            for code in *codes {
                let words = words(operation, code);
                let words = words.unwrap_or_else(|| panic!("{operation}: no words for {code}"));
                assert!(
                    words.ends_with('.') && !words.contains("Exception"),
                    "{words}"
                );
            }
            assert_eq!(words(operation, "SomethingNew"), None);
        }
    }

    #[test]
    fn aws_is_quoted_and_its_code_and_request_id_stay() {
        let words: Words = |_, code| (code == "TooMany").then_some("There are too many.");
        let mut fault = Fault::local(
            "codebuild",
            "StartBuild",
            "Cannot have more than 60",
            Timestamp::from_millis(1),
        );
        fault.code = Some("TooMany".to_owned());
        fault.request_id = Some("r-1".to_owned());
        let told = plain(fault.clone(), words);
        assert_eq!(
            told.message,
            "There are too many. AWS says: Cannot have more than 60"
        );
        assert_eq!(
            (&told.code, &told.request_id),
            (&fault.code, &fault.request_id)
        );
        fault.code = Some("SomethingNew".to_owned());
        assert_eq!(plain(fault.clone(), words), fault);
    }
}
