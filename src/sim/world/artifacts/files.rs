//! What builds and other actions hand on: the files their scripts name, filled with what such files hold.

use super::pack::{Content, Entry};
use super::tree::{Step, deployment_files, tree};
use crate::sim::random::Random;

/// What a file's content follows from.
#[derive(Clone, Debug)]
pub struct Origin<'a> {
    pub account: &'a str,
    pub region: &'a str,
    /// The repository's or the pipeline's name.
    pub name: &'a str,
    pub revision: &'a str,
    pub steps: &'a [Step],
    /// How large the first program is; 0: as small as they come.
    pub megabytes: u64,
}

/// The files behind the names and patterns of a buildspec.
pub fn built(names: &[String], origin: &Origin<'_>) -> Vec<Entry> {
    let mut large = origin.megabytes * 1_000_000;
    let mut entries = Vec::new();
    for name in names {
        if let Some((folder, _)) = name.split_once("/**") {
            entries.extend(site(folder, origin));
        } else {
            entries.push(Entry {
                path: name.clone(),
                content: content(name, std::mem::take(&mut large), origin),
            });
        }
    }
    entries
}

/// The files of an artifact whose action names none.
pub fn unnamed(artifact: &str, provider: &str, origin: &Origin<'_>) -> Vec<Entry> {
    match (provider, artifact) {
        ("ECR", _) => built(&["imageDetail.json".to_owned()], origin),
        (_, "Image") => built(&["imagedefinitions.json".to_owned()], origin),
        (_, "Site") => site("site", origin),
        _ => built(
            &[
                "output/manifest.json".to_owned(),
                "output/report.txt".to_owned(),
            ],
            origin,
        ),
    }
}

/// A repository as it is at the last step.
pub fn source(origin: &Origin<'_>) -> Vec<Entry> {
    let files = tree(origin.name, origin.steps);
    files
        .into_iter()
        .map(|(path, text)| Entry {
            path,
            content: Content::Text(text),
        })
        .collect()
}

fn short(origin: &Origin<'_>) -> String {
    origin.revision.chars().take(7).collect()
}

fn content(path: &str, large: u64, origin: &Origin<'_>) -> Content {
    let service = origin.name.rsplit('/').next().unwrap_or(origin.name);
    let hook = deployment_files(service)
        .into_iter()
        .find(|(known, _)| *known == path);
    if let Some((_, text)) = hook {
        return Content::Text(text);
    }
    let image = format!(
        "{}.dkr.ecr.{}.amazonaws.com/{service}:{}",
        origin.account,
        origin.region,
        short(origin)
    );
    let file = path.rsplit('/').next().unwrap_or(path);
    let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
    match (file, ending) {
        ("imagedefinitions.json", _) => Content::Text(format!(
            "[{{\"name\":\"{service}\",\"imageUri\":\"{image}\"}}]"
        )),
        ("imageDetail.json", _) => Content::Text(format!("{{\"ImageURI\":\"{image}\"}}")),
        (_, "json") => Content::Text(format!(
            "{{\n  \"name\": \"{service}\",\n  \"revision\": \"{}\",\n  \"image\": \"{image}\"\n}}\n",
            origin.revision
        )),
        (_, "txt" | "md" | "yml" | "yaml") => {
            Content::Text(format!("{service} at {}\n", origin.revision))
        }
        (_, "zip" | "jar") => Content::Nested(source(origin)),
        _ => program(path, large, origin),
    }
}

/// A program is about as large as it was, and another one after each commit.
fn program(path: &str, large: u64, origin: &Origin<'_>) -> Content {
    let base = Random::named(0, &format!("{} {path}", origin.name)).between(180_000, 420_000);
    let mut random = Random::named(0, &format!("{path} {}", origin.revision));
    Content::Binary {
        seed: random.next_u64(),
        bytes: large.max(base as u64) + random.below(4_000),
    }
}

/// A site as a bundler leaves it: names carry a hash of what is in them.
fn site(folder: &str, origin: &Origin<'_>) -> Vec<Entry> {
    let hash = Random::named(0, &format!("bundle {}", origin.revision)).hex(8);
    let styles = Random::named(0, &format!("styles {}", origin.name)).hex(8);
    let modules = source(origin);
    let bundle: String = modules
        .iter()
        .filter_map(|entry| match &entry.content {
            Content::Text(text) if entry.path.starts_with("src/") => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let name = origin.name.rsplit('/').next().unwrap_or(origin.name);
    let text = |path: &str, text: String| Entry {
        path: format!("{folder}/{path}"),
        content: Content::Text(text),
    };
    vec![
        text(
            "index.html",
            format!(
                "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{name}</title><link rel=\"stylesheet\" href=\"/assets/main.{styles}.css\"></head>\n<body><div id=\"app\"></div><script src=\"/assets/main.{hash}.js\"></script></body>\n</html>\n"
            ),
        ),
        text(&format!("assets/main.{hash}.js"), bundle),
        text(
            &format!("assets/main.{styles}.css"),
            ":root { --ink: #14202b; }\nbody { margin: 0; color: var(--ink); }\n".to_owned(),
        ),
        text("robots.txt", "User-agent: *\nAllow: /\n".to_owned()),
        text(
            "version.json",
            format!("{{\"revision\":\"{}\"}}\n", origin.revision),
        ),
    ]
}
