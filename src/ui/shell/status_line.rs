//! The line at the foot of the window: what Starboard asks of AWS, and how old what it shows is.

use std::time::Duration;

use eframe::egui::{Align, Layout, Ui};

use crate::model::focus::Focus;
use crate::model::snapshot::Snapshot;
use crate::model::time::{self, Timestamp};
use crate::ui::theme::{self, space};
use crate::ui::widgets::{age, safe_text};

/// A budget of so many calls a minute is none.
const UNBOUNDED: u32 = 100_000;

/// Paints the line. `focus` says what the view has put on screen.
pub fn show(ui: &mut Ui, snapshot: &Snapshot, focus: &Focus, now: Timestamp) {
    let theme = theme::of(ui);
    let room = ui.available_size();
    ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        let budget = &snapshot.budget;
        let calls = budget.calls_last_minute;
        // The simulated account is asked as often as there is reason to: a share of that says nothing.
        match budget.allowed_per_minute {
            0 => {}
            UNBOUNDED.. => {
                ui.label(theme.small(format!("{calls} calls a minute")));
            }
            allowed => {
                ui.label(theme.small(format!("{calls} of {allowed} calls a minute")));
            }
        }
        throttling(ui, snapshot);
        if let Some(oldest) = oldest_on_screen(snapshot, focus) {
            let words = format!("oldest on screen {}", time::rough(oldest.age(now)));
            age::show(ui, theme.small(words), oldest, now);
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::L;
            ui.label(theme.small(places(snapshot)));
            if snapshot
                .accounts
                .rows()
                .iter()
                .any(|account| account.simulated)
            {
                ui.label(theme.small("simulated account"));
            }
            sessions(ui, snapshot, now);
        });
    });
}

fn throttling(ui: &mut Ui, snapshot: &Snapshot) {
    let theme = theme::of(ui);
    let throttled = &snapshot.budget.throttled;
    let Some(first) = throttled.first() else {
        ui.label(theme.small("nothing throttled"));
        return;
    };
    let more = match throttled.len() {
        1 => String::new(),
        several => format!(" and {} more", several - 1),
    };
    let text = theme
        .small(format!("slowed down: {}{more}", safe_text::line(first)))
        .color(theme.err);
    ui.label(text).on_hover_text(format!(
        "AWS asked for fewer calls:\n{}",
        throttled.join("\n")
    ));
}

/// The session that ends first, if one ends within an hour.
fn sessions(ui: &mut Ui, snapshot: &Snapshot, now: Timestamp) {
    const SOON: Duration = Duration::from_hours(1);
    let ends = snapshot.accounts.rows().iter().filter_map(|account| {
        let expires = account.identity.value()?.expires?;
        Some((expires, &account.name))
    });
    let Some((expires, name)) = ends.min() else {
        return;
    };
    let left = now.age(expires);
    if left < SOON {
        let words = if left.is_zero() {
            format!("session of {name} has ended")
        } else {
            format!("session of {name} ends in {}", time::rough(left))
        };
        age::tick(ui, left);
        ui.label(theme::of(ui).small(words))
            .on_hover_text(age::exact(expires));
    }
}

fn places(snapshot: &Snapshot) -> String {
    let mut regions: Vec<_> = snapshot
        .accounts
        .rows()
        .iter()
        .flat_map(|account| &account.regions)
        .collect();
    regions.sort_unstable();
    regions.dedup();
    format!(
        "{}, {}",
        counted(snapshot.accounts.len(), "account"),
        counted(regions.len(), "region")
    )
}

pub fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

/// The oldest reading among what is on screen. Costs a search per visible row, no more.
pub fn oldest_on_screen(snapshot: &Snapshot, focus: &Focus) -> Option<Timestamp> {
    let rows = &snapshot.board.rows;
    let pipelines = focus
        .visible
        .iter()
        .chain(&focus.pipeline)
        .filter_map(|key| {
            let index = rows.binary_search_by(|row| row.key.cmp(key)).ok()?;
            rows.get(index)?.fetched_at
        });
    let build = focus
        .build
        .iter()
        .filter_map(|key| snapshot.builds.get(key)?.build.fetched_at());
    let deployment = focus
        .deployment
        .iter()
        .filter_map(|key| snapshot.deployments.get(key)?.deployment.fetched_at());
    let repository = focus
        .repository
        .iter()
        .filter_map(|key| snapshot.repositories.get(key)?.branches.fetched_at());
    pipelines
        .chain(build)
        .chain(deployment)
        .chain(repository)
        .min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_not_counted_as_many() {
        assert_eq!(counted(1, "region"), "1 region");
        assert_eq!(counted(0, "account"), "0 accounts");
        assert_eq!(places(&Snapshot::default()), "0 accounts, 0 regions");
    }
}
