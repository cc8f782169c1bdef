//! What goes out: the commits of each source, and how they are counted in words.

use eframe::egui::{self, Id, Ui};

use super::Card;
use super::evidence::toggle_ui;
use crate::model::oneshot::{Changes, Review};
use crate::model::pipeline::SourceRevision;
use crate::ui::action::Actions;
use crate::ui::theme::{self, space};
use crate::ui::widgets::{commit_list, copyable, safe_text};

/// Commits of a source shown before the rest is folded away.
const COMMITS: usize = 6;
/// Letters of a source's name on a button.
const NAME: usize = 24;

/// What the commits are: `Goes out with this: 3 commits since …`.
pub fn caption_ui(ui: &mut Ui, card: Card<'_>) {
    let theme = theme::of(ui);
    let caption = if has_several(card.review) {
        let sources = card.review.revisions.len();
        format!("Goes out with this, from {sources} sources:")
    } else {
        format!(
            "Goes out with this: {}",
            lower_first(&since(card, &card.review.changes))
        )
    };
    ui.add(egui::Label::new(theme.caption(caption)).wrap());
}

fn has_several(review: &Review) -> bool {
    review.revisions.len() > 1
}

fn since(card: Card<'_>, changes: &Changes) -> String {
    let gate = card.review.gate.action.action.as_str();
    commit_list::since_words(changes, gate, card.now)
}

/// The newest commits of each source, and the others behind a line that opens them.
pub fn commits_ui(ui: &mut Ui, card: Card<'_>, actions: &mut Actions) {
    if has_several(card.review) {
        for (revision, changes) in card.review.sources() {
            source_ui(ui, revision, &since(card, changes), actions);
            list_ui(ui, card, changes, revision.action.as_str(), actions);
        }
    } else {
        list_ui(ui, card, &card.review.changes, "", actions);
    }
}

/// `infra 5d21c0e · 2 commits since …`
fn source_ui(ui: &mut Ui, revision: &SourceRevision, words: &str, actions: &mut Actions) {
    let theme = theme::of(ui);
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        let name = safe_text::line(revision.action.as_str());
        ui.label(theme.strong(safe_text::elide(&name, 60)));
        copyable::id(ui, revision.id.short(), revision.id.as_str(), actions);
        ui.add(egui::Label::new(theme.small(words)).wrap());
    });
}

fn list_ui(ui: &mut Ui, card: Card<'_>, changes: &Changes, source: &str, actions: &mut Actions) {
    let commits = changes.commits.as_slice();
    let (first, rest) = commits.split_at(commits.len().min(COMMITS));
    for commit in first {
        commit_list::commit_ui(ui, commit, card.now, card.issues, actions);
    }
    if !rest.is_empty() {
        ui.add_space(space::S);
        let id = Id::unique(("commits of", card.review.gate.execution.as_str(), source));
        let words = match rest.len() {
            1 => "1 older commit".to_owned(),
            several => format!("{several} older commits"),
        };
        if toggle_ui(ui, id, &words) {
            for commit in rest {
                commit_list::commit_ui(ui, commit, card.now, card.issues, actions);
            }
        }
    }
    ui.add_space(space::M);
}

/// What an approval sends, for a button: `3 commits`, `3 commits of app and 1 other source`.
pub fn sends_words(review: &Review) -> String {
    if !has_several(review) {
        return commit_list::count_words(&review.changes);
    }
    let others = match review.revisions.len() - 1 {
        1 => "1 other source".to_owned(),
        several => format!("{several} other sources"),
    };
    let mut moved = review.sources();
    match moved.find(|(_, changes)| !changes.commits.is_empty()) {
        Some((revision, changes)) => {
            let name = safe_text::line(revision.action.as_str());
            let name = safe_text::elide(&name, NAME);
            let count = commit_list::count_words(changes);
            format!("{count} of {name} and {others}")
        }
        None => format!("nothing new of {} sources", review.revisions.len()),
    }
}

fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| {
        first.to_lowercase().chain(characters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_goes_on_in_lower_case() {
        assert_eq!(lower_first("Nothing new"), "nothing new");
        assert_eq!(lower_first(""), "");
    }
}
