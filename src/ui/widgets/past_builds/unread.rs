//! Past builds whose log is not kept: which, what reading them would cost, and how far that is.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{Stroke, Ui};

use crate::model::build::Build;
use crate::model::ids::{BuildProjectKey, LogKey};
use crate::model::kept::{Kept, KeptBuild};
use crate::model::oneshot::{Oneshot, Request, Response};
use crate::model::past::{PastLog, PastReading};
use crate::ui::action::{KeptAction, UiAction};
use crate::ui::theme;
use crate::ui::view::ViewContext;
use crate::ui::widgets::build_pane::HEADER;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{fault_banner, safe_text, split};

/// What GetLogEvents gives in a page, at most (API reference).
const PAGE: u64 = 1_000_000;
/// Builds named in the band; the rest are counted.
const NAMED: usize = 3;

#[derive(Default)]
pub struct Unread {
    logs: Vec<PastLog>,
    /// About so many calls to read them.
    calls: u64,
    /// What they were worked out from: the table of builds, the kept logs, and whether the history was there.
    of: Option<(u64, u64, bool)>,
    /// The kept logs when the search was last asked for.
    searched: Option<u64>,
}

impl Unread {
    /// Whether logs were kept or removed since this was last asked.
    pub fn has_grown(&mut self, revision: u64) -> bool {
        let before = self.searched.replace(revision);
        before.is_some_and(|before| before != revision)
    }

    /// The band above the results; none while every log of the project is here.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, project: &BuildProjectKey) {
        self.update(cx, project);
        let kept = cx.kept;
        let reading = kept.reading.as_deref();
        let reading = reading.filter(|reading| reading.project == *project);
        if let Some(fault) = reading.and_then(|reading| reading.fault.as_deref()) {
            fault_banner::show(ui, fault, cx.now);
        }
        let under_way = reading.filter(|reading| !reading.done);
        if under_way.is_none() && self.logs.is_empty() {
            return;
        }
        let theme = theme::of(ui);
        let words = match (under_way, reading) {
            (Some(reading), _) => progress(reading),
            (None, Some(reading)) if reading.gone > 0 => {
                format!(
                    "{}; CloudWatch has {} of them no more",
                    self.words(),
                    reading.gone
                )
            }
            _ => self.words(),
        };
        let refusal = (!cx.settings.kept_logs.keep)
            .then(|| "Keeping logs is switched off in the settings".to_owned());
        split::row(
            ui,
            HEADER,
            12.0,
            cx,
            |ui, cx| {
                if under_way.is_some() {
                    if ui.add(Button::new("Stop reading").small()).clicked() {
                        cx.actions.push(UiAction::Kept(KeptAction::StopReading));
                    }
                    return;
                }
                let button = Button::new(self.button()).small().disabled_because(refusal);
                if ui.add(button).clicked() {
                    cx.actions.push(UiAction::Kept(KeptAction::Read {
                        project: project.clone(),
                        logs: self.logs.clone(),
                    }));
                }
            },
            |ui, _| {
                ui.label(theme.small(words));
            },
        );
        let line = Stroke::new(1.0, theme.line);
        let bottom = ui.cursor().top() - 0.5;
        ui.painter().hline(ui.max_rect().x_range(), bottom, line);
    }

    /// Works out which logs are missing, when what is known has changed. O(builds known + kept logs).
    fn update(&mut self, cx: &mut ViewContext<'_>, project: &BuildProjectKey) {
        let request = Request::BuildHistory {
            project: project.clone(),
            after: None,
        };
        let history = match cx.oneshots.get(&request) {
            Some(Oneshot::Ready {
                response: Response::BuildHistory(history),
                ..
            }) => Some(history),
            Some(_) => None,
            None => {
                cx.actions.push(UiAction::Ask(request));
                None
            }
        };
        let of = Some((
            cx.snapshot.builds.revision(),
            cx.kept.revision,
            history.is_some(),
        ));
        if self.of == of {
            return;
        }
        self.of = of;
        let rows = cx.snapshot.builds.rows().iter();
        let known = rows
            .filter(|row| row.key.scope == project.scope)
            .filter_map(|row| row.build.value());
        let older = history.into_iter().flat_map(|history| &history.builds);
        self.logs = missing(cx.kept, project, known.chain(older));
        self.calls = self.logs.len() as u64 * calls_a_log(cx.kept, project);
    }

    /// `12 builds are not kept: #400, #399, #398 and 9 more`.
    fn words(&self) -> String {
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
        let builds = match self.logs.len() {
            1 => "1 build is not kept".to_owned(),
            several => format!("{several} builds are not kept"),
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

/// The finished builds of a project that have a log and none here, newest first, each once.
fn missing<'a>(
    kept: &Kept,
    project: &BuildProjectKey,
    builds: impl Iterator<Item = &'a Arc<Build>>,
) -> Vec<PastLog> {
    let here: BTreeSet<&LogKey> = kept.of_project(project).map(|log| &log.key).collect();
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
    logs.retain(|log| !here.contains(&log.key));
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
            calls: 10,
            ..Unread::default()
        };
        assert_eq!(
            unread.words(),
            "5 builds are not kept: #4, #3, #2 and 2 more"
        );
        assert_eq!(unread.button(), "Read 5 logs (about 10 calls)");
    }
}
