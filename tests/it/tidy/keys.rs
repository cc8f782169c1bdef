//! What the `?` sheet tells of a place, held against the keys that the place's files ask for.

use std::collections::BTreeSet;

use eframe::egui::Key;
use regex::Regex;
use starboard::model::ids::{BatchKey, BuildKey, BuildProjectKey, PipelineKey, Scope};
use starboard::ui::keys::Stroke;
use starboard::ui::route::{ApprovalsTab, BuildTab, BuildsRoute, ProjectRoute, ProjectTab, Route};
use starboard::ui::views::VIEWS;

use super::expect_none;
use super::source::{Source, sources};

/// A place of the window, and the files below `src/ui` that hear its keys.
struct Sheet {
    route: Route,
    files: &'static [&'static str],
    /// Keys that a shared file hears for other places.
    others: &'static [&'static str],
}

fn sheets() -> Vec<Sheet> {
    let scope = || Scope {
        account: "dev".into(),
        region: "eu-west-1".into(),
    };
    let sheet = |route, files| Sheet {
        route,
        files,
        others: &[],
    };
    let build = BuildsRoute::Build {
        build: BuildKey {
            scope: scope(),
            id: "pier:1".into(),
        },
        tab: BuildTab::default(),
    };
    let project = BuildsRoute::Project {
        project: BuildProjectKey {
            scope: scope(),
            name: "pier".into(),
        },
        tab: ProjectTab::default(),
    };
    let batch = BuildsRoute::Batch(BatchKey {
        scope: scope(),
        id: "pier:1".into(),
    });
    let pipeline = ProjectRoute::new(PipelineKey {
        scope: scope(),
        name: "pier".into(),
    });
    vec![
        sheet(Route::Board, &["views/board.rs", "views/board/"]),
        sheet(
            Route::Approvals(ApprovalsTab::Waiting),
            &["views/approvals.rs", "views/approvals/"],
        ),
        sheet(
            Route::Builds(BuildsRoute::All),
            &["views/builds/list.rs", "views/builds/verbs.rs"],
        ),
        Sheet {
            // Its project is the page itself.
            others: &["p"],
            ..sheet(
                Route::Builds(project),
                &["views/builds/project.rs", "views/builds/verbs.rs"],
            )
        },
        Sheet {
            // A batch is started from its project.
            others: &["b"],
            ..sheet(
                Route::Builds(build),
                &["views/builds/build.rs", "views/builds/verbs.rs"],
            )
        },
        sheet(
            Route::Builds(batch),
            &["views/builds/batch.rs", "widgets/build_pane.rs"],
        ),
        sheet(
            Route::Project(pipeline),
            &[
                "views/project/keys.rs",
                "views/project/room.rs",
                "widgets/build_pane.rs",
            ],
        ),
        sheet(Route::Repositories(None), &["views/repositories.rs"]),
    ]
}

/// The names of the keys that a file asks for, its tests left out.
fn heard(source: &Source) -> BTreeSet<String> {
    let own = |text: &'_ str| {
        let split = text.split_once("#[cfg(test)]");
        split.map_or(text, |(own, _)| own).to_owned()
    };
    let (text, code) = (own(&source.text), own(&source.code));
    let keys = Regex::new(r"\bKey::([A-Z]\w*)").unwrap();
    let keys = keys.captures_iter(&code).filter_map(|found| {
        let key = Key::from_name(&found[1])?;
        Some(Stroke::Plain(key).name())
    });
    let typed = Regex::new(r#"typed\([^,"]+,\s*"([^"]+)"\)|\("([\[\]])","#).unwrap();
    let typed = typed.captures_iter(&text).filter_map(|found| {
        let character = found.get(1).or_else(|| found.get(2))?.as_str();
        Some(if character == "-" { "−" } else { character }.to_owned())
    });
    keys.chain(typed).collect()
}

#[test]
fn the_sheet_of_a_place_lists_every_key_that_the_place_hears() {
    let all = sources("src/ui");
    let mut breaches = Vec::new();
    for sheet in sheets() {
        let entry = VIEWS.iter().find(|entry| (entry.shows)(&sheet.route));
        let view = (entry.unwrap().make)();
        let rows = view.keys(&sheet.route);
        let listed: BTreeSet<&str> = rows.iter().flat_map(|(keys, _)| keys.split(' ')).collect();
        for file in sheet.files {
            let path = format!("src/ui/{file}");
            let mut files = all
                .iter()
                .filter(|it| it.path.starts_with(&path))
                .peekable();
            assert!(files.peek().is_some(), "no file {path}");
            for source in files {
                let heard = heard(source);
                let missing = heard.iter().filter(|key| {
                    let key = key.as_str();
                    // The sheet tells of Escape for every place.
                    key != "Esc" && !listed.contains(key) && !sheet.others.contains(&key)
                });
                breaches.extend(missing.map(|key| {
                    let place = entry.unwrap().id;
                    format!("{}: {key} is not on the sheet of {place}", source.path)
                }));
            }
        }
    }
    expect_none("keys that no sheet tells of", &breaches);
}
