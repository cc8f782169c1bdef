//! CodeBuild: the newest builds of a scope, and one build at a time while it is looked at.
//!
//! The listing costs one call, and one more for the builds that are new or still move: a build that has ended never
//! changes (but for its log, which has a reader of its own).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_codebuild::types;

use crate::aws::Sessions;
use crate::aws::calls::Calls;
use crate::aws::map::{id, text, time, word};
use crate::engine::source::{BoxFuture, Change, Item, Pace, PlanView, Planned, Reader, Source};
use crate::model::build::{Build, BuildAbout, Environment, LogLocation, Phase, PhaseContext};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::BuildId;
use crate::model::oneshot::TestCounts;
use crate::model::status::{State, Status};

pub(super) const SERVICE: &str = "codebuild";

/// Builds kept in view, and the most BatchGetBuilds takes.
const NEWEST: usize = 100;

pub(super) struct Builds {
    sessions: Arc<Sessions>,
}

impl Builds {
    pub(super) fn source(sessions: &Arc<Sessions>) -> Arc<dyn Source> {
        Arc::new(Self {
            sessions: Arc::clone(sessions),
        })
    }
}

impl Source for Builds {
    fn service(&self) -> &'static str {
        SERVICE
    }

    fn plan(&self, view: &PlanView<'_>) -> Vec<Planned> {
        let mut plan = vec![Planned {
            item: Item::Listing,
            pace: Pace::Near,
        }];
        let selected = view
            .focus
            .build
            .as_ref()
            .filter(|key| key.scope == *view.scope);
        if let Some(key) = selected {
            let row = view.snapshot.builds.get(key);
            let build = row.and_then(|row| row.build.value());
            let ended = build.is_some_and(|build| !build.state.status.is_moving());
            if !ended {
                plan.push(Planned {
                    item: Item::One(Arc::from(key.id.as_str())),
                    pace: Pace::Watched,
                });
            }
        }
        plan
    }

    fn read<'a>(
        &'a self,
        item: &'a Item,
        reader: &'a Reader,
    ) -> BoxFuture<'a, Result<(), FaultClass>> {
        Box::pin(async move {
            let calls = self.sessions.reading(reader).await;
            let change = match item {
                Item::Listing => Change::Builds(match calls {
                    Ok(calls) => newest(&calls, reader).await,
                    Err(fault) => Err(fault),
                }),
                Item::One(id) | Item::Detail(id) => {
                    let id = BuildId::from(id);
                    let build = match calls {
                        Ok(calls) => one(&calls, &id).await,
                        Err(fault) => Err(fault),
                    };
                    Change::Build(id, build)
                }
            };
            let class = match &change {
                Change::Builds(Err(fault)) | Change::Build(_, Err(fault)) => Some(fault.class),
                _ => None,
            };
            reader.send(change).await;
            self.sessions.after(reader, class)
        })
    }
}

/// The newest builds, newest first. Those that ended and are known are not asked for again.
async fn newest(calls: &Calls<'_>, reader: &Reader) -> Result<Vec<Build>, Fault> {
    let ids = newest_ids(calls).await?;
    let mut known: BTreeMap<&str, &Arc<Build>> = BTreeMap::new();
    for row in reader.snapshot.builds.rows() {
        if row.key.scope == reader.scope
            && let Some(build) = row.build.value()
            && build.state.status != Status::NotRun
            && !build.state.status.is_moving()
        {
            known.insert(row.key.id.as_str(), build);
        }
    }
    let unknown = ids.iter().filter(|id| !known.contains_key(id.as_str()));
    let unknown: Vec<BuildId> = unknown.cloned().collect();
    let mut all = by_ids(calls, &unknown).await?;
    let kept = ids.iter().filter_map(|id| known.get(id.as_str()));
    all.extend(kept.map(|build| Build::clone(build)));
    // BatchGetBuilds answers in any order.
    let place = |build: &Build| ids.iter().position(|id| *id == build.id);
    all.sort_by_key(place);
    Ok(all)
}

/// ListBuilds: the newest ids over all projects, newest first; one page, which holds a hundred.
pub(super) async fn newest_ids(calls: &Calls<'_>) -> Result<Vec<BuildId>, Fault> {
    let request = calls
        .clients
        .codebuild
        .list_builds()
        .sort_order(types::SortOrderType::Descending);
    let answer = calls.call(SERVICE, "ListBuilds", request.send()).await?;
    let ids = answer.ids().iter().map(BuildId::from);
    Ok(ids.take(NEWEST).collect())
}

/// BatchGetBuilds. Ids that AWS no longer knows are left out.
pub(super) async fn by_ids(calls: &Calls<'_>, ids: &[BuildId]) -> Result<Vec<Build>, Fault> {
    let mut all = Vec::with_capacity(ids.len());
    for some in ids.chunks(NEWEST) {
        let request = calls
            .clients
            .codebuild
            .batch_get_builds()
            .set_ids(Some(some.iter().map(ToString::to_string).collect()));
        let answer = calls
            .call(SERVICE, "BatchGetBuilds", request.send())
            .await?;
        all.extend(answer.builds().iter().filter_map(build));
    }
    Ok(all)
}

/// BatchGetBuilds of one.
pub(super) async fn one(calls: &Calls<'_>, id: &BuildId) -> Result<Build, Fault> {
    let mut found = by_ids(calls, std::slice::from_ref(id)).await?;
    found.pop().ok_or_else(|| {
        calls.place(SERVICE, "BatchGetBuilds").fault(
            FaultClass::NotFound,
            format!("CodeBuild knows no build {id} in this region; it keeps builds for a year"),
        )
    })
}

/// How the tests of builds went, of those that reported any: BatchGetBuilds, and BatchGetReports for what they name.
pub(super) async fn tests(
    calls: &Calls<'_>,
    ids: &[BuildId],
) -> Result<BTreeMap<BuildId, TestCounts>, Fault> {
    let request = calls.clients.codebuild.batch_get_builds().set_ids(Some(
        ids.iter().take(NEWEST).map(ToString::to_string).collect(),
    ));
    let answer = calls
        .call(SERVICE, "BatchGetBuilds", request.send())
        .await?;
    let mut build_of: BTreeMap<String, BuildId> = BTreeMap::new();
    for build in answer.builds() {
        let Some(id) = id::<BuildId>(build.id()) else {
            continue;
        };
        let reports = build.report_arns().iter();
        build_of.extend(reports.map(|report| (report.clone(), id.clone())));
    }
    let arns: Vec<String> = build_of.keys().cloned().collect();
    let mut counts = BTreeMap::new();
    for some in arns.chunks(NEWEST) {
        for report in reports(calls, some).await? {
            let build = report.arn().and_then(|arn| build_of.get(arn));
            if let (Some(build), Some(summary)) = (build, report.test_summary()) {
                count_tests(counts.entry(build.clone()).or_default(), summary);
            }
        }
    }
    Ok(counts)
}

/// BatchGetReports of at most a hundred.
async fn reports(calls: &Calls<'_>, arns: &[String]) -> Result<Vec<types::Report>, Fault> {
    let request = calls
        .clients
        .codebuild
        .batch_get_reports()
        .set_report_arns(Some(arns.to_vec()));
    let answer = calls
        .call(SERVICE, "BatchGetReports", request.send())
        .await?;
    Ok(answer.reports.unwrap_or_default())
}

/// How many test cases one report of the newest builds holds: doctor's question. None where no build made any.
pub(super) async fn a_report(calls: &Calls<'_>) -> Option<Result<usize, Fault>> {
    let ids = newest_ids(calls).await.ok()?;
    let request = calls
        .clients
        .codebuild
        .batch_get_builds()
        .set_ids(Some(ids.iter().map(ToString::to_string).collect()));
    let answer = calls.call(SERVICE, "BatchGetBuilds", request.send()).await;
    let builds = answer.ok()?.builds.unwrap_or_default();
    let arn = builds
        .iter()
        .find_map(|build| build.report_arns().first())?;
    let found = reports(calls, std::slice::from_ref(arn)).await;
    Some(found.map(|reports| {
        let summary = reports.first().and_then(types::Report::test_summary);
        let total = summary.map_or(0, types::TestReportSummary::total);
        usize::try_from(total).unwrap_or(0)
    }))
}

/// Adds a report's test cases. What neither passed nor was skipped did not succeed, whatever its word.
fn count_tests(counts: &mut TestCounts, summary: &types::TestReportSummary) {
    let number = |count: &i32| usize::try_from(*count).unwrap_or(0);
    let of = |word: &str| summary.status_counts().get(word).map_or(0, number);
    let all: usize = summary.status_counts().values().map(number).sum();
    let (passed, skipped) = (of("SUCCEEDED"), of("SKIPPED"));
    counts.passed += passed;
    counts.skipped += skipped;
    counts.failed += all - passed - skipped;
}

fn build(build: &types::Build) -> Option<Build> {
    let environment = build.environment();
    let log = build.logs().and_then(log_location);
    Some(Build {
        id: id(build.id())?,
        arn: word(build.arn()),
        project: word(build.project_name()).into(),
        number: build.build_number(),
        state: State::of_build(build.build_status().map_or("", types::StatusType::as_str)),
        current_phase: word(build.current_phase()),
        started: time(build.start_time()),
        ended: time(build.end_time()),
        source_version: text(build.source_version()),
        resolved_source_version: text(build.resolved_source_version()),
        initiator: text(build.initiator()),
        phases: build.phases().iter().map(phase).collect(),
        // Without a stream the link reads `group=null;stream=null`.
        log_url: log
            .as_ref()
            .and_then(|_| text(build.logs().and_then(types::LogsLocation::deep_link))),
        log,
        log_s3: None,
        about: BuildAbout {
            environment: Environment {
                compute: word(environment.map(|environment| environment.compute_type().as_str())),
                image: word(environment.map(types::ProjectEnvironment::image)),
                ..Environment::default()
            },
            ..BuildAbout::default()
        },
        batch: id(build.build_batch_arn().and_then(batch_id)),
        reports: build.report_arns().to_vec(),
        exported: Vec::new(),
    })
}

/// `arn:aws:codebuild:REGION:ACCOUNT:build-batch/PROJECT:UUID`
fn batch_id(arn: &str) -> Option<&str> {
    Some(arn.split_once(":build-batch/")?.1)
}

/// Absent until PROVISIONING has made the stream, and with logs turned off.
fn log_location(logs: &types::LogsLocation) -> Option<LogLocation> {
    Some(LogLocation {
        group: id(logs.group_name())?,
        stream: id(logs.stream_name())?,
    })
}

fn phase(phase: &types::BuildPhase) -> Phase {
    let name = word(phase.phase_type().map(types::BuildPhaseType::as_str));
    let started = time(phase.start_time());
    let ended = time(phase.end_time());
    let contexts = phase.contexts().iter().map(|context| PhaseContext {
        status_code: word(context.status_code()),
        message: word(context.message()),
    });
    let said = phase.phase_status().map_or("", types::StatusType::as_str);
    Phase {
        // A phase without a status is the one it is in; COMPLETED never has one.
        state: if said.is_empty() && started.is_some() && ended.is_none() && name != "COMPLETED" {
            State::new(Status::Running, "")
        } else {
            State::of_build(said)
        },
        name,
        started,
        ended,
        duration: phase
            .duration_in_seconds()
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(Duration::from_secs),
        // `[{"statusCode": "", "message": ""}]` on success says nothing.
        contexts: contexts
            .filter(|context| !context.status_code.is_empty() || !context.message.is_empty())
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_known_by_its_group_and_never_by_its_link() {
        let logs = types::LogsLocation::builder()
            .deep_link("https://console/#logEvent:group=null;stream=null")
            .build();
        let without = types::Build::builder().id("p:1").logs(logs).build();
        let without = build(&without).unwrap();
        assert_eq!((without.log, without.log_url), (None, None));
    }

    #[test]
    fn a_test_that_neither_passed_nor_was_skipped_counts_as_failed() {
        let summary = types::TestReportSummary::builder()
            .total(8)
            .status_counts("SUCCEEDED", 4)
            .status_counts("FAILED", 1)
            .status_counts("ERROR", 1)
            .status_counts("SKIPPED", 2)
            .duration_in_nano_seconds(1)
            .build()
            .unwrap();
        let mut counts = TestCounts::default();
        count_tests(&mut counts, &summary);
        count_tests(&mut counts, &summary);
        assert_eq!((counts.passed, counts.failed, counts.skipped), (8, 4, 4));
    }

    #[test]
    fn the_phase_under_way_has_no_status_and_words_outside_the_model_are_kept() {
        let running = types::BuildPhase::builder()
            .phase_type(types::BuildPhaseType::Build)
            .start_time(aws_smithy_types::DateTime::from_secs(5))
            .build();
        assert_eq!(phase(&running).state.status, Status::Running);
        let strange = types::BuildPhase::builder()
            .phase_type("RUNNING_SANDBOX".into())
            .phase_status("CLIENT_ERROR".into())
            .build();
        let strange = phase(&strange);
        assert_eq!(strange.name, "RUNNING_SANDBOX");
        assert_eq!(strange.state.word(), "CLIENT_ERROR");
        assert_eq!(strange.state.status, Status::Errored);
    }
}
