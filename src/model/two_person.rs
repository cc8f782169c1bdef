//! The advisory two-person rule: whether who is signed in had a hand in what waits at a gate.
//!
//! CodePipeline knows no such rule, and names are no proof: this is a notice for a person, never a block. Pure.

use crate::model::ledger::person;
use crate::model::oneshot::Review;

/// What of this review is the signed-in identity's own, a sentence each.
pub fn notices(review: &Review, arn: &str) -> Vec<String> {
    let mut notices = Vec::new();
    let trigger = &review.trigger;
    let started = matches!(
        trigger.kind.as_str(),
        "StartPipelineExecution" | "ManualRollback"
    );
    if started && trigger.detail == arn {
        notices.push(format!(
            "You started this execution yourself, as {}.",
            person(arn)
        ));
    }
    let mut authors: Vec<&str> = Vec::new();
    for commit in review.commits() {
        let author = commit.author.as_str();
        if is_same_person(author, person(arn)) && !authors.contains(&author) {
            authors.push(author);
        }
    }
    if let Some(author) = authors.first() {
        let count = review
            .commits()
            .filter(|commit| authors.contains(&commit.author.as_str()))
            .count();
        let which = match (count, review.commits().count()) {
            (1, 1) => "The commit looks".to_owned(),
            (all, of) if all == of => "All commits look".to_owned(),
            (1, of) => format!("1 of the {of} commits looks"),
            (several, of) => format!("{several} of the {of} commits look"),
        };
        notices.push(format!(
            "{which} like your own: by {author}, and you are signed in as {}.",
            person(arn)
        ));
    }
    notices
}

/// `Ines Okafor` and `ines.okafor@harbour.example`: the same words, whatever stands between them. A single word is the
/// same person only if it is all of the name or its first part.
fn is_same_person(author: &str, user: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        let name = name.split(['@', '<']).next().unwrap_or(name);
        let parts = name.split(|letter: char| !letter.is_alphanumeric());
        parts
            .filter(|part| !part.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let (author, user) = (words(author), words(user));
    match (author.as_slice(), user.as_slice()) {
        ([], _) | (_, []) => false,
        (author, [one]) => author.first() == Some(one) || author.concat() == *one,
        (author, user) => {
            let sorted = |words: &[String]| {
                let mut words = words.to_vec();
                words.sort();
                words
            };
            sorted(author) == sorted(user)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_known_by_the_words_of_their_name() {
        for (author, user, same) in [
            ("Ines Okafor", "ines.okafor", true),
            ("Ines Okafor", "Okafor_Ines@harbour.example", true),
            ("Ines Okafor", "ines", true),
            ("Ines Okafor", "inesokafor", true),
            ("Ines Okafor", "okafor", false),
            ("Ines Okafor", "tom.okafor", false),
            ("", "ines", false),
            ("Ines Okafor", "", false),
        ] {
            assert_eq!(is_same_person(author, user), same, "{author} / {user}");
        }
    }
}
