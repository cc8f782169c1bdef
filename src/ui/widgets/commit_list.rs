//! Commits as people read them: short id, subject, author, age, and the issues they name.

use eframe::egui::{self, Align, Layout, Ui};

use crate::model::issue::IssueFinder;
use crate::model::oneshot::{Changes, Extent};
use crate::model::repository::Commit;
use crate::model::time::{Timestamp, ago};
use crate::ui::action::{Actions, UiAction};
use crate::ui::theme::{self, space};
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::{age, copyable, safe_text};

/// Two lines: what, then who and when with the issues at the right.
pub fn commit_ui(
    ui: &mut Ui,
    commit: &Commit,
    now: Timestamp,
    issues: &IssueFinder,
    actions: &mut Actions,
) {
    ui.add_space(space::S);
    ui.scope(|ui| {
        // Two lines of text, not two rows of controls.
        ui.spacing_mut().interact_size.y = 18.0;
        ui.spacing_mut().item_spacing.y = 3.0;
        lines_ui(ui, commit, now, issues, actions);
    });
    ui.add_space(space::S);
    let line = ui.max_rect().x_range();
    ui.painter()
        .hline(line, ui.cursor().top(), theme::of(ui).row_line());
}

fn lines_ui(
    ui: &mut Ui,
    commit: &Commit,
    now: Timestamp,
    issues: &IssueFinder,
    actions: &mut Actions,
) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        copyable::id(ui, commit.id.short(), commit.id.as_str(), actions);
        let subject = theme.body(safe_text::line(commit.subject()));
        ui.add(egui::Label::new(subject).truncate())
            .on_hover_text(safe_text::block(&commit.message));
    });
    ui.horizontal(|ui| {
        // Sources other than CodeCommit tell no author.
        if !commit.author.is_empty() {
            let author = safe_text::line(&commit.author);
            ui.label(theme.small(safe_text::elide(&author, 40)));
        }
        if let Some(at) = commit.at {
            age::ago(ui, at, now);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            issue_chips(ui, &commit.message, issues, actions);
        });
    });
}

/// The issues a text names, from the right; those with an address lead there.
fn issue_chips(ui: &mut Ui, message: &str, issues: &IssueFinder, actions: &mut Actions) {
    const SHOWN: usize = 3;
    let found = issues.find(message);
    for issue in found.iter().take(SHOWN).rev() {
        let chip = Chip::new(safe_text::line(&issue.key)).small();
        match &issue.url {
            Some(url) => {
                let response = ui.add(chip.clickable()).on_hover_text(url);
                if response.clicked() {
                    actions.push(UiAction::OpenLink(url.clone()));
                }
            }
            None => {
                ui.add(chip);
            }
        }
    }
}

/// How many commits go where, honestly: `3 commits`, `more than 200 commits`, `3 changes`.
pub fn count_words(changes: &Changes) -> String {
    let count = changes.commits.len();
    let plural = |one: &str| {
        if count == 1 {
            format!("1 {one}")
        } else {
            format!("{count} {one}s")
        }
    };
    match changes.extent {
        Extent::Complete => plural("commit"),
        Extent::Cut { limit } => format!("more than {limit} commits"),
        Extent::HeadsOnly => format!("at least {}", plural("commit")),
        Extent::NothingBefore => "this revision".to_owned(),
    }
}

/// What the commits are counted from: `3 commits since Production last succeeded (8d40e77, 5 h ago)`.
pub fn since_words(changes: &Changes, what: &str, now: Timestamp) -> String {
    let what = safe_text::line(what);
    let since = match (&changes.since, changes.since_at) {
        (Some(id), Some(at)) => format!(" ({}, {})", safe_text::line(id.short()), ago(at, now)),
        (Some(id), None) => format!(" ({})", safe_text::line(id.short())),
        (None, _) => String::new(),
    };
    let count = count_words(changes);
    match changes.extent {
        Extent::Complete | Extent::Cut { .. } if changes.commits.is_empty() => {
            format!("Nothing new since {what} last succeeded{since}")
        }
        Extent::Complete => format!("{count} since {what} last succeeded{since}"),
        Extent::Cut { limit } => format!(
            "More than {limit} commits since {what} last succeeded{since}; the newest {limit} are shown"
        ),
        Extent::HeadsOnly => {
            let why = changes.unread.as_ref().map_or_else(
                || "Commits between them are not known from this source.".to_owned(),
                |fault| {
                    let fault = fault.headline();
                    format!(
                        "Commits between them could not be read. {}",
                        safe_text::line(&fault)
                    )
                },
            );
            format!("The head of each execution since {what} last succeeded{since}. {why}")
        }
        Extent::NothingBefore => {
            format!("Nothing has passed {what} before, so this is the newest commit alone")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::model::fault::Fault;
    use crate::model::ids::RevisionId;

    fn changes(count: usize, extent: Extent) -> Changes {
        let commit = Commit {
            id: RevisionId::from("f3a91c2b6f0e4f7a9d1c2b3a4f5e6d7c8b9a0f1e"),
            parents: Vec::new(),
            author: "Ines".to_owned(),
            message: "Retry".to_owned(),
            at: None,
        };
        Changes {
            commits: vec![commit; count],
            since: Some("v1".into()),
            since_at: Some(Timestamp::from_millis(0)),
            extent,
            unread: None,
        }
    }

    #[test]
    fn heads_alone_say_whether_more_could_have_been_read() {
        let now = Timestamp::from_millis(3_600_000);
        let mut heads = changes(1, Extent::HeadsOnly);
        let words = since_words(&heads, "Deploy", now);
        assert!(words.ends_with("not known from this source."), "{words}");
        let fault = Fault::local("codecommit", "BatchGetCommits", "slow down", now);
        heads.unread = Some(Arc::new(fault));
        let words = since_words(&heads, "Deploy", now);
        assert!(
            words.ends_with("could not be read. BatchGetCommits: slow down"),
            "{words}"
        );
    }

    #[test]
    fn the_count_never_says_more_than_is_known() {
        assert_eq!(count_words(&changes(1, Extent::Complete)), "1 commit");
        assert_eq!(
            count_words(&changes(200, Extent::Cut { limit: 200 })),
            "more than 200 commits"
        );
        assert_eq!(
            count_words(&changes(2, Extent::HeadsOnly)),
            "at least 2 commits"
        );
        assert_eq!(
            count_words(&changes(1, Extent::NothingBefore)),
            "this revision"
        );
    }

    #[test]
    fn no_commits_are_said_and_not_counted_as_zero() {
        let words = since_words(
            &changes(0, Extent::Complete),
            "Deploy",
            Timestamp::from_millis(3_600_000),
        );
        assert_eq!(
            words,
            "Nothing new since Deploy last succeeded (v1, 1 h ago)"
        );
    }
}
