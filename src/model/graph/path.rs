//! What passes between actions, and which actions stand on the path of one.
//!
//! Pure. Artifacts pass by name; variables by `#{namespace.name}` in an action's configuration or commands. Cost: linear
//! in the links for a path, linear in the structure for the links.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::graph::{ActionRow, StageGraph};
use crate::model::ids::{ActionKey, StageName};
use crate::model::pipeline::{ActionDeclaration, Definition};

/// One thing that one action gives and another takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub from: ActionKey,
    pub to: ActionKey,
    pub what: Passed,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passed {
    Artifact(String),
    /// Output variables under this namespace, and which of them are used.
    Variables {
        namespace: String,
        names: Vec<String>,
    },
}

impl Passed {
    /// `BuildOutput`, `#{build}`.
    pub fn label(&self) -> String {
        match self {
            Self::Artifact(name) => name.clone(),
            Self::Variables { namespace, .. } => format!("#{{{namespace}}}"),
        }
    }

    /// `artifact BuildOutput`, `variables build.TAG, build.SHA`.
    pub fn words(&self) -> String {
        match self {
            Self::Artifact(name) => format!("artifact {name}"),
            Self::Variables { namespace, names } => {
                let full: Vec<String> = names
                    .iter()
                    .map(|name| format!("{namespace}.{name}"))
                    .collect();
                let noun = if full.len() == 1 {
                    "variable"
                } else {
                    "variables"
                };
                format!("{noun} {}", full.join(", "))
            }
        }
    }
}

impl StageGraph {
    /// What enters a stage from the stages before it: each thing once, with who gives and who takes it.
    pub fn entering(&self, stage: &StageName) -> Vec<(&Passed, &ActionKey, Vec<&ActionKey>)> {
        let mut entering: Vec<(&Passed, &ActionKey, Vec<&ActionKey>)> = Vec::new();
        let links = self.links.iter();
        for link in links.filter(|it| it.to.stage == *stage && it.from.stage != *stage) {
            let same = entering
                .iter_mut()
                .find(|(what, from, _)| **from == link.from && what.label() == link.what.label());
            match same {
                Some((_, _, to)) => to.push(&link.to),
                None => entering.push((&link.what, &link.from, vec![&link.to])),
            }
        }
        entering
    }

    /// The actions on the path of one: what it takes from and gives to, as far as that goes, and in every row where
    /// nothing is joined so, all of it, because an execution passes a row only when all of it has succeeded.
    pub fn path(&self, of: &ActionKey) -> BTreeSet<ActionKey> {
        let mut joined = self.reach(of, |link| (&link.to, &link.from));
        joined.extend(self.reach(of, |link| (&link.from, &link.to)));
        let mut path = BTreeSet::new();
        for row in self.stages.iter().flat_map(|stage| &stage.rows) {
            let is_own = row.actions.iter().any(|action| action.key == *of);
            let here = || {
                row.actions
                    .iter()
                    .map(|action| &action.key)
                    .filter(|key| joined.contains(*key))
            };
            if is_own || here().next().is_some() {
                path.extend(here().cloned());
            } else {
                path.extend(keys(row).cloned());
            }
        }
        path
    }

    /// Everything that links lead to, with where they start.
    fn reach<'a>(
        &'a self,
        of: &'a ActionKey,
        way: impl Fn(&'a Link) -> (&'a ActionKey, &'a ActionKey),
    ) -> BTreeSet<&'a ActionKey> {
        let mut next: BTreeMap<&ActionKey, Vec<&ActionKey>> = BTreeMap::new();
        for link in &self.links {
            let (from, to) = way(link);
            next.entry(from).or_default().push(to);
        }
        let mut reached = BTreeSet::from([of]);
        let mut open = vec![of];
        while let Some(at) = open.pop() {
            for to in next.get(at).into_iter().flatten() {
                if reached.insert(to) {
                    open.push(to);
                }
            }
        }
        reached
    }
}

fn keys(row: &ActionRow) -> impl Iterator<Item = &ActionKey> {
    row.actions.iter().map(|action| &action.key)
}

/// Every link of a structure, in the order of the actions that take.
pub(super) fn links(definition: &Definition) -> Vec<Link> {
    let mut artifacts: BTreeMap<&str, ActionKey> = BTreeMap::new();
    let mut namespaces: BTreeMap<&str, ActionKey> = BTreeMap::new();
    for (key, action) in actions(definition) {
        for name in &action.output_artifacts {
            artifacts.insert(name, key.clone());
        }
        if let Some(namespace) = &action.namespace {
            namespaces.insert(namespace, key);
        }
    }
    let mut links = Vec::new();
    for (to, action) in actions(definition) {
        for name in &action.input_artifacts {
            if let Some(from) = artifacts.get(name.as_str()) {
                links.push(Link {
                    from: from.clone(),
                    to: to.clone(),
                    what: Passed::Artifact(name.clone()),
                });
            }
        }
        for (namespace, names) in variables_of(action) {
            if let Some(from) = namespaces.get(namespace.as_str()) {
                links.push(Link {
                    from: from.clone(),
                    to: to.clone(),
                    what: Passed::Variables {
                        namespace,
                        names: names.into_iter().collect(),
                    },
                });
            }
        }
    }
    links.retain(|link| link.from != link.to);
    links
}

fn actions(definition: &Definition) -> impl Iterator<Item = (ActionKey, &ActionDeclaration)> {
    definition.stages.iter().flat_map(|stage| {
        stage.actions.iter().map(|action| {
            let key = ActionKey {
                stage: stage.name.clone(),
                action: action.name.clone(),
            };
            (key, action)
        })
    })
}

/// The variables an action's configuration names, by namespace.
fn variables_of(action: &ActionDeclaration) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let texts = action.configuration.values().chain(&action.commands);
    for text in texts {
        let starts = text.split("#{").skip(1);
        for inside in starts.filter_map(|rest| rest.split_once('}').map(|(inside, _)| inside)) {
            if let Some((namespace, name)) = inside.trim().split_once('.') {
                let names = found.entry(namespace.to_owned()).or_default();
                names.insert(name.to_owned());
            }
        }
    }
    found
}
