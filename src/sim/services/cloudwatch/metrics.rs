//! GetMetricData for what CodeBuild measures of its builds.
//!
//! Nothing is stored: each point follows from the builds of the place. Other namespaces have no points, and an
//! expression is refused.

use serde_json::{Value, json};

use crate::sim::wire::{Answer, Call, Members, Millis, WireError, page, seconds};
use crate::sim::world::builds::Builds;

use super::bad_token;
use measured::{Measure, Sample};

mod measured;

const CODE: &str = "ValidationError";
const MOST_QUERIES: usize = 500;
const MOST_POINTS: i64 = 100_800;
/// Statistics beside percentiles.
const STATISTICS: [&str; 5] = ["SampleCount", "Average", "Sum", "Minimum", "Maximum"];

/// One query: what is measured, of what, and how samples become points.
#[derive(Debug)]
struct Query<'a> {
    id: &'a str,
    label: &'a str,
    /// None for a metric that CodeBuild does not know.
    measure: Option<Measure>,
    /// The project; none for all builds of the place.
    project: Option<&'a str>,
    /// Other dimensions than the project's: nothing has them.
    strange: bool,
    period: Millis,
    statistic: &'a str,
    returned: bool,
}

impl<'a> Query<'a> {
    fn of(given: &Members<'a>) -> Result<Self, WireError> {
        let id = given.bounded_text("Id", 1, 255)?;
        if !id.starts_with(|letter: char| letter.is_ascii_lowercase()) {
            return Err(refused(&format!(
                "The value {id} for parameter MetricDataQueries.Id is not matching the expected pattern ^[a-z][a-zA-Z0-9_]*$."
            )));
        }
        if given.optional_text("Expression")?.is_some() {
            return Err(refused(
                "Expressions are not answered by the simulated account.",
            ));
        }
        let stat = given.structure("MetricStat")?;
        let metric = stat.structure("Metric")?;
        let name = metric.bounded_text("MetricName", 1, 255)?;
        let namespace = metric.bounded_text("Namespace", 1, 255)?;
        let unit = stat.optional_text("Unit")?;
        let measure = Measure::of(name)
            .filter(|_| namespace == "AWS/CodeBuild")
            .filter(|measure| unit.is_none_or(|unit| unit == measure.unit()));
        let (mut project, mut strange) = (None, false);
        for dimension in metric
            .optional_structures("Dimensions")?
            .unwrap_or_default()
        {
            let value = dimension.bounded_text("Value", 1, 1024)?;
            if dimension.bounded_text("Name", 1, 255)? == "ProjectName" {
                project = Some(value);
            } else {
                strange = true;
            }
        }
        Ok(Self {
            id,
            label: given.optional_text("Label")?.unwrap_or(name),
            measure,
            project,
            strange,
            period: period(&stat)?,
            statistic: statistic(&stat)?,
            returned: given.optional_flag("ReturnData")?.unwrap_or(true),
        })
    }

    /// The points within a span, oldest first.
    fn points(&self, builds: &Builds, span: (Millis, Millis), now: Millis) -> Vec<(Millis, f64)> {
        let Some(measure) = self.measure.filter(|_| !self.strange) else {
            return Vec::new();
        };
        let (from, until) = (span.0.div_euclid(self.period) * self.period, span.1);
        let samples = measured::samples(builds, self.project, measure, now);
        let mut within: Vec<Sample> = samples
            .into_iter()
            .filter(|sample| (from..until).contains(&sample.at))
            .collect();
        within.sort_by_key(|sample| sample.at);
        let slot = |sample: &Sample| sample.at.div_euclid(self.period);
        within
            .chunk_by(|one, other| slot(one) == slot(other))
            .filter_map(|samples| {
                let at = slot(samples.first()?) * self.period;
                let values: Vec<f64> = samples.iter().map(|sample| sample.value).collect();
                Some((at, gathered(&values, self.statistic)))
            })
            .collect()
    }
}

fn refused(message: &str) -> WireError {
    WireError::new(CODE, message)
}

fn period(stat: &Members<'_>) -> Result<Millis, WireError> {
    let period = stat
        .optional_bounded_integer("Period", 1, 86_400)?
        .ok_or_else(|| stat.missing("Period"))?;
    if period % 60 == 0 || [1, 5, 10, 20, 30].contains(&period) {
        return Ok(period * 1000);
    }
    Err(refused(&format!(
        "Invalid period: {period}. Valid periods are 1, 5, 10, 20, 30, 60 or any multiple of 60."
    )))
}

fn statistic<'a>(stat: &Members<'a>) -> Result<&'a str, WireError> {
    let word = stat.bounded_text("Stat", 1, 255)?;
    if STATISTICS.contains(&word) || percentile(word).is_some() {
        return Ok(word);
    }
    Err(refused(&format!(
        "The value {word} for parameter Stat is not supported."
    )))
}

/// `p90`, `p99.9`
fn percentile(word: &str) -> Option<f64> {
    let number: f64 = word.strip_prefix('p')?.parse().ok()?;
    (0.0..=100.0).contains(&number).then_some(number)
}

/// What samples come to; there is at least one.
fn gathered(values: &[f64], statistic: &str) -> f64 {
    let sum: f64 = values.iter().sum();
    match statistic {
        "SampleCount" => values.len() as f64,
        "Sum" => sum,
        "Average" => sum / values.len() as f64,
        "Minimum" => values.iter().copied().fold(f64::MAX, f64::min),
        "Maximum" => values.iter().copied().fold(f64::MIN, f64::max),
        _ => {
            let mut sorted = values.to_vec();
            sorted.sort_by(f64::total_cmp);
            let part = percentile(statistic).unwrap_or(50.0) / 100.0;
            let index = (part * (sorted.len() - 1) as f64).round() as usize;
            sorted.get(index).copied().unwrap_or(0.0)
        }
    }
}

pub(super) fn get_metric_data(call: &Call<'_>, builds: &Builds) -> Answer {
    let members = Members::new(call.input, CODE);
    let given = members
        .optional_structures("MetricDataQueries")?
        .ok_or_else(|| members.missing("MetricDataQueries"))?;
    if given.is_empty() || given.len() > MOST_QUERIES {
        return Err(refused(&format!(
            "The collection MetricDataQueries must have a size between 1 and {MOST_QUERIES}."
        )));
    }
    let time = |name| {
        let at = members.optional_seconds(name)?;
        at.ok_or_else(|| members.missing(name))
    };
    let span = (time("StartTime")?, time("EndTime")?);
    if span.0 >= span.1 {
        return Err(refused(
            "The parameter StartTime must be less than the parameter EndTime.",
        ));
    }
    let orders = ["TimestampDescending", "TimestampAscending"];
    let order = members.optional_word("ScanBy", &orders)?;
    let limit = members.optional_bounded_integer("MaxDatapoints", 1, MOST_POINTS)?;
    let token = members.optional_text("NextToken")?;
    let queries: Vec<Query<'_>> = given.iter().map(Query::of).collect::<Result<_, _>>()?;
    let mut points = Vec::new();
    for (index, query) in queries.iter().enumerate().filter(|(_, one)| one.returned) {
        let mut own = query.points(builds, span, call.now);
        if order != Some("TimestampAscending") {
            own.reverse();
        }
        points.extend(own.into_iter().map(|point| (index, point)));
    }
    let scope = format!(
        "GetMetricData {} {} {queries:?} {span:?} {order:?}",
        call.account, call.region
    );
    let limit = limit.unwrap_or(MOST_POINTS) as usize;
    let (range, next) = page(&points, token, limit, &scope).map_err(bad_token)?;
    let end = range.end;
    let shown = points.get(range).unwrap_or_default();
    let rest = points.get(end..).unwrap_or_default();
    let results: Vec<Value> = queries
        .iter()
        .enumerate()
        .filter(|(_, query)| query.returned)
        .map(|(index, query)| result(query, index, shown, rest))
        .collect();
    let mut answer = json!({ "MetricDataResults": results, "Messages": [] });
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

type Point = (usize, (Millis, f64));

/// A query's points of this page; more of it may follow.
fn result(query: &Query<'_>, index: usize, shown: &[Point], rest: &[Point]) -> Value {
    let own = || shown.iter().filter(|(of, _)| *of == index);
    let times: Vec<Value> = own().map(|(_, (at, _))| seconds(*at)).collect();
    let values: Vec<f64> = own().map(|(_, (_, value))| *value).collect();
    let more = rest.iter().any(|(of, _)| *of == index);
    json!({
        "Id": query.id,
        "Label": query.label,
        "Timestamps": times,
        "Values": values,
        "StatusCode": if more { "PartialData" } else { "Complete" },
    })
}

#[cfg(test)]
mod tests;
