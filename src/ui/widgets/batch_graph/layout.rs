//! Where the groups of a batch stand: a column for each step of waiting, in the order of the batch within a column.
//!
//! Pure: the same groups always stand the same way.

use std::collections::BTreeMap;

use eframe::egui::{Rect, Vec2, pos2, vec2};

pub const NODE: Vec2 = vec2(184.0, 52.0);
const BETWEEN: Vec2 = vec2(56.0, 10.0);
/// A column of this many goes on beside itself, so that a matrix of a hundred builds stays in sight.
const ROWS: usize = 12;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Layout {
    pub size: Vec2,
    /// One for each group, in order.
    pub nodes: Vec<Rect>,
    /// From what is waited for to what waits, as indices.
    pub edges: Vec<(usize, usize)>,
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
        let edges = needs
            .iter()
            .enumerate()
            .flat_map(|(to, from)| from.iter().map(move |from| (*from, to)))
            .collect();
        Self {
            size: vec2((left - BETWEEN.x).max(0.0), height),
            nodes,
            edges,
        }
    }
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
        for (from, to) in &layout.edges {
            assert!(layout.nodes[*from].right() < layout.nodes[*to].left());
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
