//! What is read, against what the account holds.

use std::collections::BTreeSet;
use std::time::Duration;

use starboard::model::build::{
    BuildMetrics, BuildspecRead, ReferenceKind, ReferenceOutcome, ReportContent, VariableValue,
    suspicions,
};
use starboard::model::fault::FaultClass;
use starboard::model::status::Status;
use starboard::model::time::Timestamp;
use starboard::sim;

use super::{Yard, project, scope};

#[tokio::test]
async fn projects_are_read_whole() {
    let yard = Yard::open().await;
    let all = yard.aws.build_projects(&scope()).await.unwrap();
    let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["inline", "narrow", "yard"]);
    let one = yard.aws.build_project(&project("yard")).await.unwrap();
    assert_eq!(one, all[2]);
    assert!(one.batches && !all[1].batches);
    assert_eq!(all[1].concurrent_limit, Some(1));
    assert_eq!(one.tags, [("team".to_owned(), "yard".to_owned())]);
    let about = &one.about;
    assert!(about.environment.privileged);
    assert_eq!(about.environment.compute, "BUILD_GENERAL1_MEDIUM");
    let cache = about.cache.as_ref().unwrap();
    assert_eq!((cache.kind.as_str(), cache.modes.len()), ("LOCAL", 2));
    let vpc = about.vpc.as_ref().unwrap();
    assert_eq!((vpc.subnets.len(), vpc.security_groups.len()), (2, 1));
    assert!(
        about
            .encryption_key
            .as_deref()
            .is_some_and(|key| key.contains("alias/yard"))
    );
    assert_eq!(about.logs.s3_location.as_deref(), Some("yard-logs/builds"));
    assert_eq!(about.artifacts[0].kind, "S3");
    assert_eq!(
        about.sources[0].buildspec.as_deref(),
        Some("ci/buildspec.yml")
    );
    let kinds: BTreeSet<&str> = about
        .environment
        .variables
        .iter()
        .map(|variable| match &variable.value {
            VariableValue::Plain(_) => "plain",
            VariableValue::ParameterStore(_) => "parameter",
            VariableValue::SecretsManager(_) => "secret",
            VariableValue::Other(..) => "other",
        })
        .collect();
    assert_eq!(kinds, BTreeSet::from(["parameter", "plain", "secret"]));
    let suspected = suspicions(about);
    assert_eq!(suspected.len(), 1, "{suspected:?}");
    assert!(
        !format!("{all:?}").contains("hunter2"),
        "no log may tell it"
    );
    let none = yard
        .aws
        .build_project(&project("nobody"))
        .await
        .unwrap_err();
    assert_eq!(none.class, FaultClass::NotFound);
}

#[tokio::test]
async fn a_history_goes_on_page_by_page_newest_first() {
    let yard = Yard::open().await;
    let first = yard
        .aws
        .build_history(&project("yard"), None)
        .await
        .unwrap();
    assert_eq!(first.builds.len(), 100);
    let next = first.next.clone().expect("there are more");
    let second = yard
        .aws
        .build_history(&project("yard"), Some(next))
        .await
        .unwrap();
    assert_eq!((second.builds.len(), second.next.clone()), (30, None));
    let all: Vec<_> = first.builds.iter().chain(&second.builds).collect();
    assert!(all.windows(2).all(|pair| pair[0].started > pair[1].started));
    let ids: BTreeSet<&str> = all.iter().map(|build| build.id.as_str()).collect();
    assert_eq!(ids.len(), 130, "none twice");
    let newest = all[0];
    assert!(
        newest
            .log_s3
            .as_deref()
            .is_some_and(|it| it.starts_with("yard-logs/builds/"))
    );
    let exported = ("YARD_VERSION".to_owned(), "1.4.2".to_owned());
    assert!(newest.exported.contains(&exported), "{:?}", newest.exported);
}

#[tokio::test]
async fn reports_tell_what_failed_first_and_a_trend_goes_forward() {
    let yard = Yard::open().await;
    let history = yard
        .aws
        .build_history(&project("yard"), None)
        .await
        .unwrap();
    let arns = &history.builds[0].reports;
    assert!(!arns.is_empty());
    let reports = yard.aws.build_reports(&scope(), arns).await.unwrap();
    assert_eq!(reports.len(), arns.len());
    let mut kinds = BTreeSet::new();
    for report in &reports {
        match &report.content {
            ReportContent::Tests(tests) => {
                kinds.insert("tests");
                assert_eq!(tests.unread, 0);
                let words: Vec<&str> = tests.cases.iter().map(|case| case.state.word()).collect();
                assert_eq!(words, ["FAILED", "SKIPPED", "SUCCEEDED", "SUCCEEDED"]);
                let failed = &tests.cases[0];
                assert!(failed.name.contains("flood"), "{failed:?}");
                let said = failed.message.as_deref().unwrap_or_default();
                assert!(said.contains("level > 0"), "{said}");
                let trend = yard.aws.report_trend(&scope(), &report.group_arn).await;
                let points = trend.unwrap().points;
                assert!(points.len() > 10);
                assert!(points.windows(2).all(|pair| pair[0].at <= pair[1].at));
                assert!(
                    points
                        .iter()
                        .all(|point| (point.failed, point.passed) == (1, 2))
                );
                assert!(points.iter().all(|point| point.build.is_some()));
            }
            ReportContent::Coverage(coverage) => {
                kinds.insert("coverage");
                let missed: Vec<u32> = coverage
                    .files
                    .iter()
                    .map(|file| file.lines_missed)
                    .collect();
                assert!(coverage.files[0].lines < coverage.files[1].lines);
                assert_eq!(missed.iter().sum::<u32>(), coverage.lines_missed);
                assert_eq!(coverage.lines_covered + coverage.lines_missed, 150);
                assert!(!coverage.cut);
            }
            ReportContent::Other(word) => panic!("{word}"),
        }
    }
    assert_eq!(kinds, BTreeSet::from(["coverage", "tests"]));
}

#[tokio::test]
async fn references_are_looked_for_and_never_opened() {
    let yard = Yard::open().await;
    let references = yard.aws.references(&project("yard")).await.unwrap();
    let said = references.buildspec.words().unwrap();
    assert!(
        said.contains("in the source (ci/buildspec.yml) and is not read"),
        "{said}"
    );
    let found = references.found;
    let of = |needed_by: &str, kind: ReferenceKind| {
        let mut all = found.iter();
        let one = all.find(|one| one.kind == kind && one.needed_by.contains(needed_by));
        one.unwrap_or_else(|| panic!("{needed_by}: {found:?}"))
            .outcome
            .clone()
    };
    let trouble = |outcome: ReferenceOutcome| match outcome {
        ReferenceOutcome::There { trouble, .. } => trouble,
        other => panic!("{other:?}"),
    };
    let token = of("NPM_TOKEN", ReferenceKind::Parameter);
    assert!(matches!(&token, ReferenceOutcome::There { kind, .. } if kind == "SecureString"));
    assert_eq!(
        of("LOST", ReferenceKind::Parameter),
        ReferenceOutcome::Missing
    );
    assert_eq!(trouble(of("DB", ReferenceKind::Secret)), None);
    let stage = trouble(of("OLD", ReferenceKind::Secret)).unwrap();
    assert!(stage.contains("STAGED"), "{stage}");
    let gone = trouble(of("GONE", ReferenceKind::Secret)).unwrap();
    assert!(gone.contains("deleted"), "{gone}");
    assert_eq!(trouble(of("encryption key", ReferenceKind::Key)), None);
    let old = trouble(of("NPM_TOKEN", ReferenceKind::Key)).unwrap();
    assert!(old.contains("will be deleted"), "{old}");
}

#[tokio::test]
async fn a_right_that_lacks_is_named_and_the_rest_is_told() {
    let yard = Yard::open().await;
    let action = "secretsmanager:DescribeSecret".to_owned();
    let faults = yard.sim.faults();
    faults.inject("DescribeSecret", sim::Fault::AccessDenied { action }, None);
    let found = yard.aws.references(&project("yard")).await.unwrap().found;
    let secret = found.iter().find(|one| one.kind == ReferenceKind::Secret);
    let ReferenceOutcome::Unknown(fault) = &secret.unwrap().outcome else {
        panic!("{secret:?}");
    };
    assert_eq!(fault.class, FaultClass::Denied);
    assert!(
        fault
            .message
            .starts_with("secretsmanager:DescribeSecret is needed")
    );
    let parameter = found.iter().find(|one| one.needed_by == "NPM_TOKEN");
    assert!(matches!(
        parameter.unwrap().outcome,
        ReferenceOutcome::There { .. }
    ));
}

#[tokio::test]
async fn only_the_alarms_that_watch_a_project_are_told() {
    let yard = Yard::open().await;
    let alarms = yard.aws.build_alarms(&project("yard")).await.unwrap();
    let names: Vec<&str> = alarms.iter().map(|alarm| alarm.name.as_str()).collect();
    assert_eq!(
        BTreeSet::from_iter(names),
        BTreeSet::from(["any", "yard-failed"])
    );
    assert_eq!(alarms[0].state.status, Status::Failed);
    let narrow = yard.aws.build_alarms(&project("narrow")).await.unwrap();
    assert!(narrow.iter().any(|alarm| alarm.name == "other"));
    assert!(narrow.iter().all(|alarm| alarm.name != "yard-failed"));
}

#[tokio::test]
async fn the_figures_of_a_project_are_those_of_its_builds() {
    let yard = Yard::open().await;
    let project = project("yard");
    let mut builds = Vec::new();
    let mut after = None;
    loop {
        let page = yard.aws.build_history(&project, after).await.unwrap();
        builds.extend(page.builds);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let days_ago = |days: i64| Timestamp::from_millis(super::START - days * 86_400_000);
    let metrics = yard.aws.build_metrics(&project, days_ago(3)).await.unwrap();
    assert_eq!(yard.sim.request_count("GetMetricData"), 1);
    assert_eq!(metrics.period, Duration::from_hours(1));
    let of = |metrics: &BuildMetrics, metric: &str, statistic: &str| {
        let series = metrics.series(metric, statistic);
        series.unwrap_or_else(|| panic!("{metric}")).clone()
    };
    let total = |metric: &str| of(&metrics, metric, "Sum").total() as usize;
    let count = |status: Status| {
        let all = builds.iter();
        all.filter(|build| build.state.status == status).count()
    };
    assert_eq!(total("Builds"), builds.len());
    assert_eq!(total("FailedBuilds"), count(Status::Failed));
    assert_eq!(total("SucceededBuilds"), count(Status::Succeeded));
    let longest = builds.iter().filter_map(|build| {
        let took = build.started?.age(build.ended?);
        Some(took.as_secs())
    });
    let maxima = of(&metrics, "Duration", "Maximum");
    let maximum = maxima.points.iter().map(|(_, value)| *value as u64).max();
    assert_eq!(maximum, longest.max());
    assert!(maxima.points.len() > 30, "an hour each");
    for series in &metrics.series {
        let hours = series.points.windows(2);
        assert!(hours.clone().all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(series.state.word(), "Complete", "{}", series.metric);
    }

    let weeks = yard
        .aws
        .build_metrics(&project, days_ago(14))
        .await
        .unwrap();
    assert_eq!(weeks.period, Duration::from_hours(24));
    assert_eq!(of(&weeks, "Builds", "Sum").total() as usize, builds.len());
    assert!(of(&weeks, "Builds", "Sum").points.len() <= 3);
    let narrow = super::project("narrow");
    let nothing = yard.aws.build_metrics(&narrow, days_ago(3)).await.unwrap();
    assert!(of(&nothing, "Builds", "Sum").points.is_empty());

    let action = "cloudwatch:GetMetricData".to_owned();
    let faults = yard.sim.faults();
    faults.inject("GetMetricData", sim::Fault::AccessDenied { action }, None);
    let denied = yard.aws.build_metrics(&project, days_ago(3)).await;
    assert_eq!(denied.unwrap_err().class, FaultClass::Denied);
}

#[tokio::test]
async fn what_an_inline_buildspec_refers_to_is_looked_for_as_well() {
    let yard = Yard::open().await;
    let references = yard.aws.references(&project("inline")).await.unwrap();
    assert_eq!(references.buildspec, BuildspecRead::Read);
    let said: Vec<(&str, bool)> = references
        .found
        .iter()
        .filter(|one| one.needed_by.contains("(buildspec)") && one.kind != ReferenceKind::Key)
        .map(|one| {
            let is_missing = one.outcome == ReferenceOutcome::Missing;
            (one.name.as_str(), is_missing)
        })
        .collect();
    assert_eq!(
        said,
        [
            ("yard/db:password", false),
            ("/yard/lost", true),
            ("/yard/token", false)
        ]
    );
    assert_eq!(yard.sim.request_count("GetSecretValue"), 0);
}
