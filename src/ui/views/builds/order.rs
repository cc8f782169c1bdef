//! Which builds a table shows and in what order: filter, states, sort, groups. Worked out once for a change, not once a
//! frame.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::model::build::{Build, BuildRow, Initiator};
use crate::model::ids::{AccountName, BuildKey, BuildProjectKey};
use crate::model::settings::{BuildGroup, BuildSort};
use crate::model::status::Status;
use crate::model::time::Timestamp;

/// The states a table is narrowed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Only {
    #[default]
    All,
    Failed,
    Running,
    Queued,
}

impl Only {
    pub const ALL: [Self; 4] = [Self::All, Self::Failed, Self::Running, Self::Queued];

    pub const fn words(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Queued => "queued",
        }
    }

    const fn takes(self, status: Status) -> bool {
        match self {
            Self::All => true,
            Self::Failed => status.is_bad(),
            Self::Running => matches!(status, Status::Running),
            Self::Queued => matches!(status, Status::Queued),
        }
    }
}

/// What the order depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Of the rows.
    pub revision: u64,
    pub filter: String,
    pub account: Option<AccountName>,
    pub only: Only,
    pub group: BuildGroup,
    pub sort: BuildSort,
    /// Against the natural direction.
    pub reversed: bool,
    pub folded: BTreeSet<BuildProjectKey>,
}

/// A line of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A project's head.
    Group(Group),
    /// An index into the rows.
    Row(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub project: BuildProjectKey,
    pub rows: usize,
    /// Of its newest build here.
    pub status: Status,
    pub failed: usize,
    pub folded: bool,
}

/// The lines in order, with what the columns and chips need to know of all rows.
#[derive(Clone, Debug, Default)]
pub struct Order {
    pub wish: Wish,
    pub lines: Vec<Line>,
    /// Rows that pass.
    pub passing: usize,
    /// Of the rows of the account asked for that pass the words, by [`Only::ALL`].
    pub counts: [usize; 4],
    pub longest_name: usize,
    pub longest_place: usize,
    is_made: bool,
    sorted: Vec<usize>,
    sorted_for: Option<(u64, BuildSort, bool)>,
    /// The words of each row in lower case, with the row they are of.
    words: Vec<(Arc<BuildRow>, String)>,
}

impl Order {
    /// Costs a sort of all rows if they or the order changed, and a search through their words if the filter did.
    pub fn update(
        &mut self,
        rows: &[Arc<BuildRow>],
        wish: Wish,
        mut place: impl FnMut(&BuildRow) -> usize,
    ) {
        if self.is_made && self.wish == wish {
            return;
        }
        self.sort(rows, &wish);
        let terms: Vec<String> = wish
            .filter
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        if !terms.is_empty() {
            self.read(rows);
        }
        let mut counts = [0; 4];
        let mut indices = Vec::new();
        (self.longest_name, self.longest_place) = (0, 0);
        for &index in &self.sorted {
            let Some(row) = rows.get(index) else { continue };
            let account = wish.account.as_ref();
            let said = self.words.get(index).map_or("", |(_, words)| words);
            let passes = account.is_none_or(|it| row.key.scope.account == *it)
                && terms.iter().all(|term| said.contains(term));
            if !passes {
                continue;
            }
            let status = status_of(row);
            for (count, only) in counts.iter_mut().zip(Only::ALL) {
                *count += usize::from(only.takes(status));
            }
            if wish.only.takes(status) {
                let name = row.build.value().map_or(12, |build| name_length(build));
                self.longest_name = self.longest_name.max(name);
                self.longest_place = self.longest_place.max(place(row));
                indices.push(index);
            }
        }
        self.counts = counts;
        self.passing = indices.len();
        self.lines = grouped(rows, indices, &wish);
        self.wish = wish;
        self.is_made = true;
    }

    /// Where a build stands.
    pub fn position(&self, rows: &[Arc<BuildRow>], key: &BuildKey) -> Option<usize> {
        self.lines.iter().position(|line| match line {
            Line::Row(index) => rows.get(*index).is_some_and(|row| row.key == *key),
            Line::Group(_) => false,
        })
    }

    fn sort(&mut self, rows: &[Arc<BuildRow>], wish: &Wish) {
        let of = (wish.revision, wish.sort, wish.reversed);
        if self.sorted_for == Some(of) && self.sorted.len() == rows.len() {
            return;
        }
        self.sorted = (0..rows.len()).collect();
        self.sorted
            .sort_by(|a, b| match (rows.get(*a), rows.get(*b)) {
                (Some(a), Some(b)) => {
                    let order = compare(a, b, wish.sort);
                    let order = if wish.reversed {
                        order.reverse()
                    } else {
                        order
                    };
                    order.then_with(|| a.key.cmp(&b.key))
                }
                _ => Ordering::Equal,
            });
        self.sorted_for = Some(of);
    }

    /// Takes in the words of the rows that changed.
    fn read(&mut self, rows: &[Arc<BuildRow>]) {
        self.words.truncate(rows.len());
        for (index, row) in rows.iter().enumerate() {
            match self.words.get_mut(index) {
                Some((known, _)) if Arc::ptr_eq(known, row) => {}
                Some(place) => *place = (Arc::clone(row), words(row)),
                None => self.words.push((Arc::clone(row), words(row))),
            }
        }
    }
}

pub fn status_of(row: &BuildRow) -> Status {
    row.build
        .value()
        .map_or(Status::Unknown, |build| build.status())
}

fn name_length(build: &Build) -> usize {
    build.project.as_str().chars().count() + 1 + build.number.map_or(8, digits)
}

/// Of the number, with the sign before it.
fn digits(number: i64) -> usize {
    number.unsigned_abs().max(1).ilog10() as usize + 2
}

fn grouped(rows: &[Arc<BuildRow>], indices: Vec<usize>, wish: &Wish) -> Vec<Line> {
    if wish.group == BuildGroup::None {
        return indices.into_iter().map(Line::Row).collect();
    }
    // Projects stand in the order in which the sort meets them.
    let mut places: BTreeMap<BuildProjectKey, usize> = BTreeMap::new();
    let mut groups: Vec<(BuildProjectKey, Vec<usize>)> = Vec::new();
    for index in indices {
        let Some((row, build)) = known(rows, index) else {
            continue;
        };
        let project = row.project_key(build);
        let place = *places.entry(project.clone()).or_insert_with(|| {
            groups.push((project, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, members)) = groups.get_mut(place) {
            members.push(index);
        }
    }
    let mut lines = Vec::new();
    for (project, members) in groups {
        let builds = || members.iter().filter_map(|index| known(rows, *index));
        let newest = builds().max_by_key(|(_, build)| began(build));
        let folded = wish.folded.contains(&project);
        lines.push(Line::Group(Group {
            project,
            rows: members.len(),
            status: newest.map_or(Status::Unknown, |(_, build)| build.status()),
            failed: builds()
                .filter(|(_, build)| build.state.status.is_bad())
                .count(),
            folded,
        }));
        if !folded {
            lines.extend(members.into_iter().map(Line::Row));
        }
    }
    lines
}

fn known(rows: &[Arc<BuildRow>], index: usize) -> Option<(&BuildRow, &Build)> {
    let row = rows.get(index)?;
    Some((row, row.build.value()?))
}

/// Everything of a build that a filter finds, in lower case. A line break parts the fields: no term has one in it.
fn words(row: &BuildRow) -> String {
    let Some(build) = row.build.value() else {
        return row.key.id.as_str().to_lowercase();
    };
    let mut words = String::with_capacity(256);
    let number = build.number.map(|number| format!("#{number}"));
    let by = build.started_by().map(Initiator::words);
    let failure = build.failure();
    let fields = [
        build.project.as_str(),
        number.as_deref().unwrap_or_default(),
        row.key.id.as_str(),
        row.key.scope.account.as_str(),
        row.key.scope.region.as_str(),
        build.status().label(),
        build.state.word(),
        &build.current_phase,
        build.source_version.as_deref().unwrap_or_default(),
        build.resolved_source_version.as_deref().unwrap_or_default(),
        by.as_deref().unwrap_or_default(),
        failure.as_deref().unwrap_or_default(),
        &build.about.environment.image,
    ];
    for field in fields {
        words.push_str(field);
        words.push('\n');
    }
    words.to_lowercase()
}

fn compare(a: &BuildRow, b: &BuildRow, sort: BuildSort) -> Ordering {
    match (a.build.value(), b.build.value()) {
        (Some(a), Some(b)) => compare_builds(a, b, sort),
        (a, b) => b.is_some().cmp(&a.is_some()),
    }
}

fn compare_builds(a: &Build, b: &Build, sort: BuildSort) -> Ordering {
    let newest = |build: &Build| Reverse(began(build));
    match sort {
        BuildSort::Newest => newest(a).cmp(&newest(b)),
        BuildSort::Attention => {
            (a.status().cmp(&b.status())).then_with(|| newest(a).cmp(&newest(b)))
        }
        BuildSort::Project => (a.project.cmp(&b.project)).then_with(|| newest(a).cmp(&newest(b))),
        BuildSort::Longest => Reverse(span(a)).cmp(&Reverse(span(b))),
    }
}

/// What has not started yet is the newest of all.
pub fn began(build: &Build) -> Timestamp {
    build.started.unwrap_or(Timestamp::from_millis(i64::MAX))
}

/// How long a build took; what still runs sorts by when it began, before all that ended.
fn span(build: &Build) -> (bool, Duration) {
    match (build.started, build.ended) {
        (Some(started), Some(ended)) => (false, started.age(ended)),
        (Some(started), None) => (true, started.age(Timestamp::from_millis(i64::MAX))),
        (None, _) => (false, Duration::ZERO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::build::BuildAbout;
    use crate::model::ids::Scope;
    use crate::model::remote::Remote;
    use crate::model::status::State;

    fn row(
        project: &str,
        account: &str,
        number: i64,
        word: &str,
        times: (i64, i64),
    ) -> Arc<BuildRow> {
        let at = |seconds: i64| Some(Timestamp::from_millis(seconds * 1_000));
        let id = format!("{project}:{number}");
        let build = Build {
            id: id.as_str().into(),
            arn: String::new(),
            project: project.into(),
            number: Some(number),
            state: State::of_build(word),
            current_phase: "BUILD".to_owned(),
            started: at(times.0),
            ended: at(times.0 + times.1).filter(|_| word != "IN_PROGRESS"),
            source_version: Some("refs/heads/main".to_owned()),
            resolved_source_version: None,
            initiator: Some("codepipeline/shop-release".to_owned()),
            phases: Vec::new(),
            log: None,
            log_url: None,
            log_s3: None,
            about: BuildAbout::default(),
            batch: None,
            reports: Vec::new(),
            exported: Vec::new(),
        };
        Arc::new(BuildRow {
            key: BuildKey {
                scope: Scope {
                    account: account.into(),
                    region: "eu-west-1".into(),
                },
                id: id.as_str().into(),
            },
            build: Remote::ready(Arc::new(build), Timestamp::from_millis(0)),
        })
    }

    fn rows() -> Vec<Arc<BuildRow>> {
        vec![
            row("shop", "prod", 1, "SUCCEEDED", (100, 60)),
            row("shop", "prod", 2, "FAILED", (300, 20)),
            row("api", "dev", 7, "IN_PROGRESS", (400, 0)),
            row("api", "dev", 6, "SUCCEEDED", (200, 90)),
        ]
    }

    fn names(wish: Wish) -> Vec<String> {
        let rows = rows();
        let mut order = Order::default();
        order.update(&rows, wish, |_| 0);
        let name = |line: &Line| match line {
            Line::Group(group) => {
                format!("[{} {} {}]", group.project.name, group.rows, group.failed)
            }
            Line::Row(index) => rows[*index].key.id.to_string(),
        };
        order.lines.iter().map(name).collect()
    }

    #[test]
    fn the_newest_come_first_or_what_a_person_asks_for() {
        assert_eq!(
            names(Wish::default()),
            ["api:7", "shop:2", "api:6", "shop:1"]
        );
        let sorted = |sort| {
            names(Wish {
                sort,
                ..Wish::default()
            })
        };
        assert_eq!(
            sorted(BuildSort::Attention),
            ["shop:2", "api:7", "api:6", "shop:1"]
        );
        assert_eq!(
            sorted(BuildSort::Longest),
            ["api:7", "api:6", "shop:1", "shop:2"]
        );
        assert_eq!(
            sorted(BuildSort::Project),
            ["api:7", "api:6", "shop:2", "shop:1"]
        );
    }

    #[test]
    fn words_and_states_narrow_and_the_chips_count_what_the_words_leave() {
        let filter = |filter: &str| {
            names(Wish {
                filter: filter.to_owned(),
                ..Wish::default()
            })
        };
        assert_eq!(filter("prod SHOP-release"), ["shop:2", "shop:1"]);
        assert_eq!(filter("#7"), ["api:7"]);
        assert_eq!(filter("shopprod"), [""; 0], "across two fields");
        let mut order = Order::default();
        let wish = Wish {
            filter: "prod".to_owned(),
            only: Only::Failed,
            ..Wish::default()
        };
        order.update(&rows(), wish, |_| 0);
        assert_eq!((order.passing, order.counts), (1, [2, 1, 0, 0]));
    }

    #[test]
    fn projects_stand_where_their_newest_build_does_and_fold() {
        let shop = rows()[0].clone();
        let folded = BTreeSet::from([shop.project_key(shop.build.value().unwrap())]);
        let wish = Wish {
            group: BuildGroup::Project,
            folded,
            ..Wish::default()
        };
        assert_eq!(names(wish), ["[api 2 0]", "api:7", "api:6", "[shop 2 1]"]);
    }
}
