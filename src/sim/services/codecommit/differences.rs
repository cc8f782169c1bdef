//! GetDifferences: the files that changed between two commits, or that a commit has.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{MOST_LISTED, asked_repository, bad_token, members};
use crate::sim::wire::{Answer, Call, Members, WireError, page};
use crate::sim::world::artifacts::tree::{Step, Tree, tree};
use crate::sim::world::repositories::{Repositories, Repository};

pub fn get(call: &Call<'_>, repositories: &Repositories) -> Answer {
    let members = members(call);
    let repository = asked_repository(&members, repositories)?;
    let after = members
        .optional_text("afterCommitSpecifier")?
        .ok_or_else(|| WireError::new("CommitRequiredException", "A commit was not specified."))?;
    let before = members.optional_text("beforeCommitSpecifier")?;
    let newer = part(&members, "afterPath", files(repository, after)?)?;
    let older = match before {
        None => Tree::new(),
        Some(before) => part(&members, "beforePath", files(repository, before)?)?,
    };
    let limit = members.optional_integer("MaxResults")?;
    if limit.is_some_and(|limit| !(1..=MOST_LISTED as i64).contains(&limit)) {
        return Err(WireError::new(
            "InvalidMaxResultsException",
            "The specified number of maximum results is not valid.",
        ));
    }
    let changed = changes(&older, &newer);
    let scope = format!(
        "GetDifferences {} {} {} {before:?} {after}",
        call.account, call.region, repository.name
    );
    let token = members.optional_text("NextToken")?;
    let limit = limit.map_or(MOST_LISTED, |limit| limit as usize);
    let (range, next) = page(&changed, token, limit, &scope).map_err(bad_token)?;
    let mut answer = json!({"differences": changed.get(range).unwrap_or_default()});
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}

/// The files at a branch, at HEAD or at a whole commit id.
fn files(repository: &Repository, specifier: &str) -> Result<Tree, WireError> {
    if specifier.is_empty() || specifier.chars().any(char::is_whitespace) {
        return Err(WireError::new(
            "InvalidCommitException",
            "The specified commit is not valid.",
        ));
    }
    let branch = if specifier == "HEAD" {
        repository.default_branch.as_deref().unwrap_or_default()
    } else {
        specifier.strip_prefix("refs/heads/").unwrap_or(specifier)
    };
    let id = repository.branch(branch).unwrap_or(specifier);
    let line = repository.line(id);
    if line.is_empty() {
        return Err(WireError::new(
            "CommitDoesNotExistException",
            format!("Could not find commit {specifier}"),
        ));
    }
    let steps: Vec<Step> = line
        .into_iter()
        .map(|commit| Step {
            id: commit.id.clone(),
            message: commit.message.clone(),
        })
        .collect();
    Ok(tree(&repository.name, &steps))
}

/// Those files that lie at a path, when one is named.
fn part(members: &Members<'_>, name: &str, mut files: Tree) -> Result<Tree, WireError> {
    let Some(path) = members.optional_text(name)? else {
        return Ok(files);
    };
    let path = path.trim_matches('/');
    let folder = format!("{path}/");
    files.retain(|file, _| file == path || file.starts_with(&folder));
    if files.is_empty() {
        return Err(WireError::new(
            "PathDoesNotExistException",
            format!("Could not find path {path}"),
        ));
    }
    Ok(files)
}

fn changes(older: &Tree, newer: &Tree) -> Vec<Value> {
    let gone = older.iter().filter(|(path, _)| !newer.contains_key(*path));
    let mut changed: Vec<(&String, Value)> = gone
        .map(|(path, text)| {
            let shape = json!({"changeType": "D", "beforeBlob": blob(path, text)});
            (path, shape)
        })
        .collect();
    for (path, text) in newer {
        let shape = match older.get(path) {
            Some(before) if before == text => continue,
            Some(before) => json!({
                "changeType": "M",
                "beforeBlob": blob(path, before),
                "afterBlob": blob(path, text),
            }),
            None => json!({"changeType": "A", "afterBlob": blob(path, text)}),
        };
        changed.push((path, shape));
    }
    changed.sort_by_key(|(path, _)| *path);
    changed.into_iter().map(|(_, shape)| shape).collect()
}

fn blob(path: &str, text: &str) -> Value {
    let mode = if path.starts_with("scripts/") {
        "100755"
    } else {
        "100644"
    };
    let digest = Sha256::digest(text.as_bytes());
    let id: Vec<String> = digest
        .iter()
        .take(20)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    json!({"blobId": id.concat(), "path": path, "mode": mode})
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::CodeCommit;
    use crate::sim::clock::Pace;
    use crate::sim::wire::{Answer, Call, Service as _};
    use crate::sim::world::World;
    use crate::sim::world::repositories::{NewCommit, Person};

    fn ask(world: &mut World, input: &Value) -> Answer {
        let call = Call {
            account: "482100937715",
            region: "eu-west-1",
            operation: "GetDifferences",
            input: input.as_object().unwrap(),
            caller_arn: "arn:aws:iam::482100937715:user/ines",
            now: 100,
        };
        CodeCommit.handle(&call, world)
    }

    fn world() -> (World, Vec<String>) {
        let mut world = World::new(1, Pace::default(), 100);
        let repositories = &mut world.place_mut("482100937715", "eu-west-1").repositories;
        repositories.create("orders", None, 1);
        let push = |number: i64| {
            let commit = NewCommit {
                id: None,
                author: Person {
                    name: "Ines".to_owned(),
                    email: "ines@harbour.example".to_owned(),
                },
                message: format!("Change number {number}"),
                time: number,
            };
            repositories.push("orders", "main", commit, number).unwrap()
        };
        let ids = (1..4).map(push).collect();
        (world, ids)
    }

    #[test]
    fn two_commits_differ_in_a_few_files_and_the_first_in_all() {
        let (mut world, ids) = world();
        let input = json!({"repositoryName": "orders", "beforeCommitSpecifier": ids[1], "afterCommitSpecifier": ids[2]});
        let answer = ask(&mut world, &input).unwrap();
        let changed = answer["differences"].as_array().unwrap();
        assert!((2..=4).contains(&changed.len()), "{changed:?}");
        assert!(changed.iter().all(|one| one["changeType"] == "M"));
        assert!(
            changed
                .iter()
                .any(|one| one["afterBlob"]["path"] == "CHANGELOG.md")
        );
        let same = json!({"repositoryName": "orders", "beforeCommitSpecifier": "main", "afterCommitSpecifier": ids[2]});
        assert_eq!(ask(&mut world, &same).unwrap(), json!({"differences": []}));
        let (mut seen, mut input) = (
            0,
            json!({"repositoryName": "orders", "afterCommitSpecifier": "HEAD", "MaxResults": 6}),
        );
        loop {
            let answer = ask(&mut world, &input).unwrap();
            let added = answer["differences"].as_array().unwrap();
            assert!(added.iter().all(|one| one["changeType"] == "A"));
            seen += added.len();
            let Some(next) = answer.get("NextToken") else {
                break;
            };
            input["NextToken"] = next.clone();
        }
        assert!(seen > 15, "{seen}");
        let folder = json!({"repositoryName": "orders", "afterCommitSpecifier": "HEAD", "afterPath": "/scripts"});
        let answer = ask(&mut world, &folder).unwrap();
        assert_eq!(answer["differences"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn refusals_have_the_codes_of_codecommit() {
        let (mut world, ids) = world();
        for (extra, code) in [
            (json!({}), "CommitRequiredException"),
            (
                json!({"afterCommitSpecifier": ""}),
                "InvalidCommitException",
            ),
            (
                json!({"afterCommitSpecifier": "nowhere"}),
                "CommitDoesNotExistException",
            ),
            (
                json!({"afterCommitSpecifier": ids[0], "afterPath": "none"}),
                "PathDoesNotExistException",
            ),
            (
                json!({"afterCommitSpecifier": ids[0], "MaxResults": 0}),
                "InvalidMaxResultsException",
            ),
            (
                json!({"afterCommitSpecifier": ids[0], "NextToken": "x"}),
                "InvalidContinuationTokenException",
            ),
        ] {
            let mut input = extra.clone();
            input["repositoryName"] = json!("orders");
            assert_eq!(ask(&mut world, &input).unwrap_err().code, code, "{extra}");
        }
    }
}
