//! What CloudWatch keeps of a project's builds, in figures over time.

use std::time::Duration;

use crate::model::status::State;
use crate::model::time::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BuildMetrics {
    pub from: Timestamp,
    pub until: Timestamp,
    /// Each point stands for so long.
    pub period: Duration,
    pub series: Vec<MetricSeries>,
    /// What CloudWatch said about the answer as a whole.
    pub notes: Vec<String>,
}

/// One metric in one statistic. It has no point where nothing was built.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricSeries {
    /// CloudWatch's name: `Builds`, `Duration`, ...
    pub metric: &'static str,
    /// CloudWatch's word: `Sum`, `Average`, `Maximum`.
    pub statistic: &'static str,
    pub unit: MetricUnit,
    /// Oldest first: the start of each period and its value.
    pub points: Vec<(Timestamp, f64)>,
    /// CloudWatch's word: `Complete`, `PartialData`, `Forbidden`, `InternalError`.
    pub state: State,
}

impl Eq for MetricSeries {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetricUnit {
    Count,
    Seconds,
    Percent,
}

impl BuildMetrics {
    pub fn series(&self, metric: &str, statistic: &str) -> Option<&MetricSeries> {
        let mut all = self.series.iter();
        all.find(|series| series.metric == metric && series.statistic == statistic)
    }
}

impl MetricSeries {
    /// Of all points together; for counts.
    pub fn total(&self) -> f64 {
        self.points.iter().map(|(_, value)| value).sum()
    }
}
