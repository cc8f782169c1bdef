//! Where the groups of a batch stand: a column for each step of waiting, in the order of the batch within a column.
//!
//! Pure: the same groups always stand the same way.

use std::collections::BTreeMap;

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};

pub const NODE: Vec2 = vec2(184.0, 52.0);
const BETWEEN: Vec2 = vec2(56.0, 10.0);
/// A column of this many goes on beside itself, so that a matrix of a hundred builds stays in sight.
const ROWS: usize = 12;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    pub size: Vec2,
    /// One for each group, in order.
    pub nodes: Vec<Rect>,
    pub edges: Vec<Edge>,
}

/// From what is waited for to what waits, as indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    pub from: usize,
    pub to: usize,
    /// Where nodes stand on the straight way: the stretch between two rows along which it passes them, without height.
    pub lane: Option<Rect>,
}

impl Layout {
    /// Of identifiers and what each waits for.
    pub fn of(groups: &[(String, Vec<String>)]) -> Self {
        let needs = needs(groups);
        let depths = depths(&needs);
        let columns = depths.iter().max().map_or(0, |most| most + 1);
        let mut nodes = vec![Rect::ZERO; groups.len()];
        let (mut left, mut height): (f32, f32) = (0.0, 0.0);
        for column in 0..columns {
            let members: Vec<usize> = (0..groups.len())
                .filter(|index| depths.get(*index) == Some(&column))
                .collect();
            // Beside what they wait for, so that lines cross as little as may be.
            let mut members = members;
            members.sort_by(|a, b| {
                let (a, b) = (middle(&needs, &nodes, *a), middle(&needs, &nodes, *b));
                a.total_cmp(&b)
            });
            let mut lines = 0;
            for (place, index) in members.into_iter().enumerate() {
                let (line, row) = (place / ROWS, place % ROWS);
                lines = lines.max(line + 1);
                let corner = pos2(
                    left + line as f32 * (NODE.x + BETWEEN.y),
                    row as f32 * (NODE.y + BETWEEN.y),
                );
                height = height.max(corner.y + NODE.y);
                if let Some(node) = nodes.get_mut(index) {
                    *node = Rect::from_min_size(corner, NODE);
                }
            }
            let width = lines as f32 * (NODE.x + BETWEEN.y) - BETWEEN.y;
            left += width + BETWEEN.x;
        }
        let ends = needs.iter().enumerate();
        let ends = ends.flat_map(|(to, from)| from.iter().map(move |from| (*from, to)));
        let edges = ends
            .map(|(from, to)| Edge {
                from,
                to,
                lane: lane(&nodes, from, to),
            })
            .collect();
        Self {
            size: vec2((left - BETWEEN.x).max(0.0), height),
            nodes,
            edges,
        }
    }
}

/// The lane of an edge that would run behind nodes: between the two rows where the way round is shortest.
fn lane(nodes: &[Rect], from: usize, to: usize) -> Option<Rect> {
    let (start, end) = (
        nodes.get(from)?.right_center(),
        nodes.get(to)?.left_center(),
    );
    let between = nodes
        .iter()
        .filter(|node| node.left() > start.x && node.right() < end.x);
    let reach = between.clone().copied().reduce(Rect::union)?;
    let is_free = between.clone().all(|node| {
        let samples = (0..=32).map(|step| on_curve(start, end, step as f32 / 32.0));
        samples
            .into_iter()
            .all(|point| !node.expand(3.0).contains(point))
    });
    if is_free {
        return None;
    }
    let rows = nodes.iter().map(|node| row(node.top()) + 1).max()?;
    let height = |row: usize| row as f32 * (NODE.y + BETWEEN.y) - BETWEEN.y / 2.0;
    let way = |row: &usize| (height(*row) - start.y).abs() + (height(*row) - end.y).abs();
    let best = (0..=rows).min_by(|a, b| way(a).total_cmp(&way(b)))?;
    let y = height(best);
    Some(Rect::from_min_max(
        pos2(reach.left(), y),
        pos2(reach.right(), y),
    ))
}

fn row(top: f32) -> usize {
    (top / (NODE.y + BETWEEN.y)).round() as usize
}

/// A point of the curve that an edge is drawn as.
fn on_curve(start: Pos2, end: Pos2, part: f32) -> Pos2 {
    let bend = (end.x - start.x) / 2.0;
    let (a, b) = (start + vec2(bend, 0.0), end - vec2(bend, 0.0));
    let left = 1.0 - part;
    let mix = |from: f32, over: f32, under: f32, to: f32| {
        let (near, far) = (3.0 * left * left * part, 3.0 * left * part * part);
        left * left * left * from + near * over + far * under + part * part * part * to
    };
    pos2(mix(start.x, a.x, b.x, end.x), mix(start.y, a.y, b.y, end.y))
}

/// The middle of what a group waits for; the top for one that waits for nothing.
fn middle(needs: &[Vec<usize>], nodes: &[Rect], index: usize) -> f32 {
    let before = needs.get(index).map_or(&[][..], Vec::as_slice);
    let heights = before.iter().filter_map(|one| nodes.get(*one));
    let sum: f32 = heights.map(|node| node.center().y).sum();
    sum / before.len().max(1) as f32
}

/// Indices of what each group waits for; what is not there is left out.
fn needs(groups: &[(String, Vec<String>)]) -> Vec<Vec<usize>> {
    let places: BTreeMap<&str, usize> = groups
        .iter()
        .enumerate()
        .map(|(index, (name, _))| (name.as_str(), index))
        .collect();
    let of = |(_, names): &(String, Vec<String>)| {
        let found = names.iter().filter_map(|name| places.get(name.as_str()));
        found.copied().collect()
    };
    groups.iter().map(of).collect()
}

/// How many steps each group waits at most. A circle, which AWS refuses, ends after as many rounds as there are groups.
fn depths(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut depths = vec![0; needs.len()];
    for _ in 0..needs.len() {
        let mut changed = false;
        for (index, before) in needs.iter().enumerate() {
            let least = before
                .iter()
                .filter_map(|one| depths.get(*one).map(|depth| depth + 1))
                .max()
                .unwrap_or(0);
            if let Some(depth) = depths.get_mut(index)
                && least > *depth
                && least < needs.len()
            {
                *depth = least;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    depths
}

/// The group that a step leads to: along the column, or to the nearest of the column before or after.
pub fn step(groups: &[(String, Vec<String>)], at: usize, (dx, dy): (i32, i32)) -> Option<usize> {
    let layout = Layout::of(groups);
    let from = layout.nodes.get(at)?.center();
    let ahead = |to: &Rect| {
        let by = to.center() - from;
        match (dx, dy) {
            (0, dy) => by.x.abs() < 1.0 && by.y * dy as f32 > 1.0,
            (dx, _) => by.x * dx as f32 > 1.0,
        }
    };
    let distance = |to: &Rect| {
        let by = to.center() - from;
        // The next column first, then the nearest in it.
        by.x.abs() * 100.0 + by.y.abs()
    };
    let nodes = layout.nodes.iter().enumerate();
    nodes
        .filter(|(_, rect)| ahead(rect))
        .min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)))
        .map(|(index, _)| index)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(lines: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
        let of = |(name, needs): &(&str, &[&str])| {
            let needs = needs.iter().map(|need| (*need).to_owned()).collect();
            ((*name).to_owned(), needs)
        };
        lines.iter().map(of).collect()
    }

    #[test]
    fn what_waits_stands_right_of_all_it_waits_for() {
        let groups = groups(&[
            ("deploy", &["test", "lint"]),
            ("build", &[]),
            ("test", &["build"]),
            ("lint", &[]),
            ("gone", &["nothing-of-that-name"]),
        ]);
        let layout = Layout::of(&groups);
        for edge in &layout.edges {
            assert!(layout.nodes[edge.from].right() < layout.nodes[edge.to].left());
        }
        assert_eq!(layout.edges.len(), 3);
        for (index, one) in layout.nodes.iter().enumerate() {
            for other in &layout.nodes[index + 1..] {
                assert!(!one.intersects(*other), "{one:?} {other:?}");
            }
        }
        assert_eq!(step(&groups, 1, (1, 0)), Some(2));
        assert_eq!(step(&groups, 1, (0, 1)), Some(3));
        assert_eq!(step(&groups, 0, (1, 0)), None);
    }

    #[test]
    fn an_edge_over_a_column_runs_beside_its_nodes_and_not_behind_them() {
        let groups = groups(&[
            ("web", &[]),
            ("api", &[]),
            ("test_web", &["web"]),
            ("test_api", &["api"]),
            ("publish", &["web", "test_web", "test_api"]),
        ]);
        let layout = Layout::of(&groups);
        let long = layout.edges.iter().find(|it| (it.from, it.to) == (0, 4));
        let lane = long.unwrap().lane.expect("test_web stands in its way");
        for node in &layout.nodes {
            assert!(!node.intersects(lane), "{node:?} {lane:?}");
        }
        let others = layout.edges.iter().filter(|it| it.from != 0 || it.to != 4);
        assert!(others.into_iter().all(|it| it.lane.is_none()));
    }

    #[test]
    fn a_circle_and_a_crowd_are_laid_out_too() {
        let circle = groups(&[("a", &["b"]), ("b", &["a"])]);
        assert_eq!(Layout::of(&circle).nodes.len(), 2);
        let names: Vec<String> = (0..100).map(|number| format!("g{number}")).collect();
        let crowd: Vec<(String, Vec<String>)> =
            names.into_iter().map(|name| (name, Vec::new())).collect();
        let layout = Layout::of(&crowd);
        assert!(layout.size.y < 800.0, "{:?}", layout.size);
    }
}
