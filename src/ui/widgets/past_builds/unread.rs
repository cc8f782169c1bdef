//! Past builds whose log is not kept: which, what reading them would cost, and how far that is.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{Stroke, Ui};

use crate::model::build::Build;
use crate::model::ids::{BuildProjectKey, LogKey};
use crate::model::kept::{Kept, KeptBuild};
use crate::model::oneshot::Oneshot;
use crate::model::past::{PastLog, PastReading};
use crate::ui::action::{KeptAction, UiAction};
use crate::ui::theme;
use crate::ui::view::ViewContext;
use crate::ui::widgets::build_pages::BuildPages;
use crate::ui::widgets::build_pane::HEADER;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{fault_banner, safe_text, split};

/// What GetLogEvents gives in a page, at most (API reference).
const PAGE: u64 = 1_000_000;
/// Builds named in the band; the rest are counted.
const NAMED: usize = 3;

#[derive(Default)]
pub struct Unread {
    pages: BuildPages,
    logs: Vec<PastLog>,
    /// Finished builds with a log that were looked at for them.
    seen: usize,
    /// About so many calls to read them.
    calls: u64,
    /// What they were worked out from: the table of builds, the kept logs, and the pages of the history.
    of: Option<(u64, u64, usize)>,
    /// The kept logs when the search was last asked for.
    searched: Option<u64>,
}

/// What can be done from the band.
enum Done {
    Read,
    Stop,
    GoOn,
}

impl Unread {
    /// Whether logs were kept or removed since this was last asked.
    pub fn has_grown(&mut self, revision: u64) -> bool {
        let before = self.searched.replace(revision);
        before.is_some_and(|before| before != revision)
    }

    /// The band above the results; none while every log of the project is here.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, project: &BuildProjectKey) {
        let pages = self.update(cx, project);
        let goes_on = self.pages.goes_on(cx, project);
        let kept = cx.kept;
        let reading = kept.reading.as_deref();
        let reading = reading.filter(|reading| reading.project == *project);
        if let Some(fault) = reading.and_then(|reading| reading.fault.as_deref()) {
            fault_banner::show(ui, fault, cx.now);
        }
        let failed = match self.pages.last(cx, project).1 {
            Some(Oneshot::Failed { fault, .. }) => Some(fault),
            _ => None,
        };
        if let Some(fault) = failed {
            fault_banner::show(ui, fault, cx.now);
        }
        let under_way = reading.filter(|reading| !reading.done);
        let ends = goes_on == Some(false) || (goes_on.is_none() && failed.is_none() && pages == 0);
        if under_way.is_none() && self.logs.is_empty() && ends {
            return;
        }
        let theme = theme::of(ui);
        let mut words = match under_way {
            Some(reading) => progress(reading),
            None => self.words(goes_on != Some(false)),
        };
        if let (None, Some(reading)) = (under_way, reading)
            && reading.gone > 0
        {
            words.push_str(&format!(
                "; CloudWatch has {} of them no more",
                reading.gone
            ));
        }
        let refusal = (!cx.settings.kept_logs.keep)
            .then(|| "Keeping logs is switched off in the settings".to_owned());
        let mut done = None;
        split::row(
            ui,
            HEADER,
            12.0,
            &mut done,
            |ui, done| {
                if under_way.is_some() {
                    if ui.add(Button::new("Stop reading").small()).clicked() {
                        *done = Some(Done::Stop);
                    }
                    return;
                }
                let go_on = match (goes_on, failed) {
                    (Some(true), _) => Some(Button::new("Older builds")),
                    (None, Some(_)) => {
                        Some(Button::new("Try again").named("Look for older builds again"))
                    }
                    (None, None) => Some(
                        Button::new("Older builds")
                            .disabled_because(Some("They are being read".to_owned())),
                    ),
                    (Some(false), _) => None,
                };
                if let Some(button) = go_on {
                    let hint = "Look a hundred builds further back: 2 calls";
                    if ui.add(button.small()).on_hover_text(hint).clicked() {
                        *done = Some(Done::GoOn);
                    }
                }
                if !self.logs.is_empty() {
                    let button = Button::new(self.button()).small();
                    if ui.add(button.disabled_because(refusal)).clicked() {
                        *done = Some(Done::Read);
                    }
                }
            },
            |ui, _| {
                ui.label(theme.small(words));
            },
        );
        match done {
            Some(Done::Read) => cx.actions.push(UiAction::Kept(KeptAction::Read {
                project: project.clone(),
                logs: self.logs.clone(),
            })),
            Some(Done::Stop) => cx.actions.push(UiAction::Kept(KeptAction::StopReading)),
            Some(Done::GoOn) => self.pages.go_on(cx, project),
            None => {}
        }
        let line = Stroke::new(1.0, theme.line);
        let bottom = ui.cursor().top() - 0.5;
        ui.painter().hline(ui.max_rect().x_range(), bottom, line);
    }

    /// Works out which logs are missing, when what is known has changed; returns how many pages of the history are here.
    /// O(builds known + kept logs).
    fn update(&mut self, cx: &mut ViewContext<'_>, project: &BuildProjectKey) -> usize {
        let pages = self.pages.read(cx, project);
        let count = pages.len();
        let of = Some((cx.snapshot.builds.revision(), cx.kept.revision, count));
        if self.of == of {
            return count;
        }
        self.of = of;
        let rows = cx.snapshot.builds.rows().iter();
        let known = rows
            .filter(|row| row.key.scope == project.scope)
            .filter_map(|row| row.build.value());
        let older = pages.into_iter().flat_map(|(_, page)| &page.builds);
        self.logs = logs_of(project, known.chain(older));
        self.seen = self.logs.len();
        let here: BTreeSet<&LogKey> = cx.kept.of_project(project).map(|log| &log.key).collect();
        self.logs.retain(|log| !here.contains(&log.key));
        self.calls = self.logs.len() as u64 * calls_a_log(cx.kept, project);
        count
    }

    /// `12 of the newest 100 builds are not kept: #400, #399, #398 and 9 more`. `goes_on`: there are older ones.
    fn words(&self, goes_on: bool) -> String {
        let named: Vec<String> = self
            .logs
            .iter()
            .take(NAMED)
            .map(|log| safe_text::line(&log.build.name()).into_owned())
            .collect();
        let more = match self.logs.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let builds = match (self.logs.len(), goes_on) {
            (0, _) => return format!("The logs of the newest {} builds are here", self.seen),
            (1, false) => "1 build is not kept".to_owned(),
            (several, false) => format!("{several} builds are not kept"),
            (all, true) if all == self.seen => {
                format!("None of the newest {all} builds is kept")
            }
            (1, true) => format!("1 of the newest {} builds is not kept", self.seen),
            (several, true) => format!("{several} of the newest {} builds are not kept", self.seen),
        };
        format!("{builds}: {}{more}", named.join(", "))
    }

    fn button(&self) -> String {
        let logs = match self.logs.len() {
            1 => "Read 1 log".to_owned(),
            several => format!("Read {several} logs"),
        };
        format!("{logs} (about {} calls)", self.calls)
    }
}

fn progress(reading: &PastReading) -> String {
    format!(
        "Read {} of {} logs in {} calls",
        reading.read, reading.of, reading.calls
    )
}

/// The logs of a project's finished builds, newest first, each once.
fn logs_of<'a>(
    project: &BuildProjectKey,
    builds: impl Iterator<Item = &'a Arc<Build>>,
) -> Vec<PastLog> {
    let mut logs: Vec<PastLog> = builds
        .filter(|build| build.project == project.name && !build.state.status.is_moving())
        .filter_map(|build| {
            let log = build.log.as_ref()?;
            Some(PastLog {
                key: LogKey {
                    scope: project.scope.clone(),
                    group: log.group.clone(),
                    stream: log.stream.clone(),
                },
                build: KeptBuild::from(&**build),
            })
        })
        .collect();
    logs.sort_by(|one, two| {
        let age = |log: &PastLog| (log.build.started, log.build.number);
        age(two).cmp(&age(one)).then_with(|| one.key.cmp(&two.key))
    });
    logs.dedup_by(|one, two| one.key == two.key);
    logs
}

/// Pages of a log as long as those kept here are on average, and the call that finds its end.
fn calls_a_log(kept: &Kept, project: &BuildProjectKey) -> u64 {
    let (mut count, mut bytes) = (0, 0);
    for log in kept.of_project(project) {
        count += 1;
        bytes += log.bytes;
    }
    let usual: u64 = bytes.checked_div(count).unwrap_or(0);
    usual.div_ceil(PAGE).max(1) + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ids::Scope;
    use crate::model::kept::KeptLog;
    use crate::model::status::State;
    use crate::model::time::Timestamp;

    fn project() -> BuildProjectKey {
        BuildProjectKey {
            scope: Scope {
                account: "dev".into(),
                region: "eu-west-1".into(),
            },
            name: "pier".into(),
        }
    }

    fn kept(sizes: &[u64]) -> Kept {
        let logs = sizes.iter().enumerate().map(|(number, bytes)| {
            Arc::new(KeptLog {
                key: LogKey {
                    scope: project().scope,
                    group: "g".into(),
                    stream: number.to_string().into(),
                },
                build: KeptBuild {
                    id: format!("pier:{number}").into(),
                    project: "pier".into(),
                    number: None,
                    state: State::of_build("FAILED"),
                    started: None,
                    ended: None,
                },
                read: Timestamp::from_millis(0),
                lines: 1,
                bytes: *bytes,
            })
        });
        Kept {
            logs: Arc::new(logs.collect()),
            ..Kept::default()
        }
    }

    #[test]
    fn what_reading_costs_is_told_by_the_logs_that_are_here() {
        assert_eq!(calls_a_log(&kept(&[]), &project()), 2);
        assert_eq!(calls_a_log(&kept(&[10]), &project()), 2);
        assert_eq!(calls_a_log(&kept(&[1_500_000, 4_500_000]), &project()), 4);
    }

    #[test]
    fn the_band_names_the_newest_and_counts_the_rest() {
        let logs = (0..5).rev().map(|number| PastLog {
            key: kept(&[0]).logs[0].key.clone(),
            build: KeptBuild {
                number: Some(number),
                ..kept(&[0]).logs[0].build.clone()
            },
        });
        let unread = Unread {
            logs: logs.collect(),
            seen: 7,
            calls: 10,
            ..Unread::default()
        };
        assert_eq!(
            unread.words(false),
            "5 builds are not kept: #4, #3, #2 and 2 more"
        );
        assert_eq!(
            unread.words(true),
            "5 of the newest 7 builds are not kept: #4, #3, #2 and 2 more"
        );
        assert_eq!(unread.button(), "Read 5 logs (about 10 calls)");
        let all_here = Unread {
            logs: Vec::new(),
            ..unread
        };
        assert_eq!(
            all_here.words(true),
            "The logs of the newest 7 builds are here"
        );
    }
}
