//! GetMetricData of a build project. CloudWatch charges for each metric asked for, so it is asked only on demand and for
//! the few that tell how builds go.

use std::time::Duration;

use aws_sdk_cloudwatch::types;
use aws_smithy_types::DateTime;

use super::{CODEBUILD, PROJECT, SERVICE};
use crate::aws::calls::Calls;
use crate::aws::map::time;
use crate::aws::page;
use crate::model::build::{BuildMetrics, MetricSeries, MetricUnit};
use crate::model::fault::Fault;
use crate::model::ids::ProjectName;
use crate::model::status::{State, Status};
use crate::model::time::Timestamp;

/// What is asked: metric, statistic, unit. CodeBuild tells durations in seconds, those of phases by names of their own.
const ASKED: [(&str, &str, MetricUnit); 10] = [
    ("Builds", "Sum", MetricUnit::Count),
    ("SucceededBuilds", "Sum", MetricUnit::Count),
    ("FailedBuilds", "Sum", MetricUnit::Count),
    ("Duration", "Average", MetricUnit::Seconds),
    ("Duration", "Maximum", MetricUnit::Seconds),
    ("QueuedDuration", "Average", MetricUnit::Seconds),
    ("ProvisioningDuration", "Average", MetricUnit::Seconds),
    ("BuildDuration", "Average", MetricUnit::Seconds),
    ("CPUUtilizedPercent", "Maximum", MetricUnit::Percent),
    ("MemoryUtilizedPercent", "Maximum", MetricUnit::Percent),
];

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
/// Up to this long, a point for each hour; beyond it, for each day.
const HOURLY: Duration = Duration::from_hours(4 * 24);

pub(in crate::aws) async fn of_project(
    calls: &Calls<'_>,
    project: &ProjectName,
    from: Timestamp,
) -> Result<BuildMetrics, Fault> {
    let until = calls.now();
    let period = if from.age(until) <= HOURLY { HOUR } else { DAY };
    let mut notes = Vec::new();
    let walked = page::walk(page::MOST_PAGES, usize::MAX, |token| {
        answer(calls, project, (from, until), period, token)
    });
    let mut results = Vec::new();
    for (page, said) in walked.await?.all {
        results.extend(page);
        notes.extend(said);
    }
    notes.dedup();
    Ok(BuildMetrics {
        from,
        until,
        period,
        series: ASKED
            .iter()
            .enumerate()
            .map(|(index, asked)| series(*asked, &query_id(index), &results))
            .collect(),
        notes,
    })
}

type Answer = (Vec<types::MetricDataResult>, Vec<String>);

async fn answer(
    calls: &Calls<'_>,
    project: &ProjectName,
    (from, until): (Timestamp, Timestamp),
    period: Duration,
    token: Option<String>,
) -> Result<(Vec<Answer>, Option<String>), Fault> {
    let queries = ASKED.iter().enumerate();
    let queries = queries
        .map(|(index, (metric, statistic, _))| query(index, metric, statistic, project, period));
    let request = calls
        .clients
        .cloudwatch
        .get_metric_data()
        .set_metric_data_queries(Some(queries.collect()))
        .start_time(DateTime::from_millis(from.millis()))
        .end_time(DateTime::from_millis(until.millis()))
        .scan_by(types::ScanBy::TimestampAscending)
        .set_next_token(token);
    let answer = calls.call(SERVICE, "GetMetricData", request.send()).await?;
    let said = answer
        .messages()
        .iter()
        .filter_map(types::MessageData::value);
    let said = said.map(str::to_owned).collect();
    let next = answer.next_token().map(str::to_owned);
    Ok((
        vec![(answer.metric_data_results.unwrap_or_default(), said)],
        next,
    ))
}

/// An id begins with a small letter (GetMetricData, API reference).
fn query_id(index: usize) -> String {
    format!("m{index}")
}

fn query(
    index: usize,
    metric: &str,
    statistic: &str,
    project: &ProjectName,
    period: Duration,
) -> types::MetricDataQuery {
    let dimension = types::Dimension::builder()
        .name(PROJECT)
        .value(project.as_str())
        .build();
    let metric = types::Metric::builder()
        .namespace(CODEBUILD)
        .metric_name(metric)
        .dimensions(dimension)
        .build();
    let stat = types::MetricStat::builder()
        .metric(metric)
        .period(i32::try_from(period.as_secs()).unwrap_or(i32::MAX))
        .stat(statistic)
        .build();
    types::MetricDataQuery::builder()
        .id(query_id(index))
        .metric_stat(stat)
        .build()
}

/// One series from all pages: each continues the one before.
fn series(
    (metric, statistic, unit): (&'static str, &'static str, MetricUnit),
    id: &str,
    results: &[types::MetricDataResult],
) -> MetricSeries {
    let mut points = Vec::new();
    let mut said = "";
    for result in results.iter().filter(|result| result.id() == Some(id)) {
        let values = result.values().iter();
        let pairs = result.timestamps().iter().zip(values);
        points.extend(pairs.filter_map(|(at, value)| Some((time(Some(at))?, *value))));
        // The last page's word holds for the whole: the pages before it say PartialData.
        said = result.status_code().map_or("", types::StatusCode::as_str);
    }
    points.sort_by_key(|(at, _)| *at);
    MetricSeries {
        metric,
        statistic,
        unit,
        points,
        state: State::new(
            match said {
                "Complete" => Status::Succeeded,
                "PartialData" => Status::Stopped,
                "InternalError" | "Forbidden" => Status::Errored,
                "" => Status::NotRun,
                _ => Status::Unknown,
            },
            said,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_goes_on_over_pages_and_its_last_word_holds() {
        let page = |word: &str, at: i64, value: f64| {
            types::MetricDataResult::builder()
                .id("m1")
                .status_code(word.into())
                .timestamps(DateTime::from_secs(at))
                .values(value)
                .build()
        };
        let other = types::MetricDataResult::builder()
            .id("m2")
            .values(9.0)
            .build();
        let pages = [
            page("PartialData", 60, 1.0),
            other,
            page("Complete", 120, 3.0),
        ];
        let told = series(ASKED[1], "m1", &pages);
        let points: Vec<(i64, f64)> = told
            .points
            .iter()
            .map(|(at, value)| (at.millis() / 1_000, *value))
            .collect();
        assert_eq!(points, [(60, 1.0), (120, 3.0)]);
        assert_eq!((told.state.status, told.total()), (Status::Succeeded, 4.0));
        let silent = series(ASKED[1], "m7", &pages);
        assert_eq!(
            (silent.points.len(), silent.state.status),
            (0, Status::NotRun)
        );
    }
}
