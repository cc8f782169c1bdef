//! The verbs of a build as keys and for the palette.

use eframe::egui::{self, Key};

use super::row;
use crate::model::build::Build;
use crate::model::console;
use crate::model::ids::{BuildKey, BuildProjectKey};
use crate::ui::action::UiAction;
use crate::ui::keys;
use crate::ui::offer::Offer;
use crate::ui::view::{Verb, ViewContext};
use crate::ui::widgets::{build_verbs, log_view, safe_text};

/// Runs the verbs' keys on a build, but for those that are the log's while someone is `in_log`.
pub fn keys(context: &egui::Context, key: &BuildKey, cx: &mut ViewContext<'_>, in_log: bool) {
    let row = cx.snapshot.builds.get(key);
    let Some(build) = row.and_then(|row| row.build.value()) else {
        return;
    };
    let pressed = |key| log_view::pressed_beside(context, key, in_log);
    type Make = fn(&BuildKey, &Build, &ViewContext<'_>) -> Offer;
    let verbs: [(Key, Make); 2] = [(Key::R, build_verbs::retry), (Key::S, build_verbs::stop)];
    for (stroke, make) in verbs {
        if pressed(stroke) {
            let offer = make(key, build, cx);
            cx.actions.push(offer.into_action());
        }
    }
    if build.state.status.is_bad() && pressed(Key::W) {
        cx.actions.push(UiAction::OpenWhy {
            build: key.clone(),
            place: Some(super::place_of(key.clone())),
        });
    }
    if pressed(Key::O) {
        cx.actions.push(build_verbs::open_in_console(key));
    }
    if pressed(Key::Y) {
        for action in build_verbs::copy_arn(build) {
            cx.actions.push(action);
        }
    }
    let project = project_of(key, build);
    if pressed(Key::C) {
        let offer = build_verbs::start(&project, cx);
        cx.actions.push(offer.into_action());
    }
    if pressed(Key::P) {
        cx.actions.push(super::open_project(project));
    }
}

/// All of them for the palette, also those that cannot be done now: chosen, they say why.
pub fn of_build(key: &BuildKey, cx: &ViewContext<'_>) -> Vec<Verb> {
    let row = cx.snapshot.builds.get(key);
    let Some(build) = row.and_then(|row| row.build.value()) else {
        return Vec::new();
    };
    let object = row::build_name(build);
    let verb = |words: String, actions| Verb {
        words,
        object: object.clone(),
        actions,
    };
    let offers = [
        build_verbs::retry(key, build, cx),
        build_verbs::stop(key, build, cx),
        build_verbs::start(&project_of(key, build), cx),
    ];
    let mut verbs: Vec<Verb> = offers
        .into_iter()
        .map(|offer| {
            let words = offer.words.trim_end_matches('…').to_owned();
            verb(words, vec![offer.into_action()])
        })
        .collect();
    let console = vec![build_verbs::open_in_console(key)];
    verbs.push(verb("Open in the AWS console".to_owned(), console));
    let copy = build_verbs::copy_arn(build).into();
    verbs.push(verb("Copy the ARN".to_owned(), copy));
    verbs
}

/// Runs the verbs' keys on a project.
pub fn project_keys(
    context: &egui::Context,
    key: &BuildProjectKey,
    batches: Option<bool>,
    cx: &mut ViewContext<'_>,
) {
    if keys::pressed(context, Key::C) {
        let offer = build_verbs::start(key, cx);
        cx.actions.push(offer.into_action());
    }
    if keys::pressed(context, Key::B) {
        let offer = build_verbs::start_batch(key, batches, cx);
        cx.actions.push(offer.into_action());
    }
}

/// For the palette.
pub fn of_project(key: &BuildProjectKey, cx: &ViewContext<'_>) -> Vec<Verb> {
    let offers = [
        build_verbs::start(key, cx),
        build_verbs::start_batch(key, None, cx),
    ];
    let object = safe_text::line(key.name.as_str()).into_owned();
    let verb = |words: &str, action| Verb {
        words: words.trim_end_matches('…').to_owned(),
        object: object.clone(),
        actions: vec![action],
    };
    let mut verbs: Vec<Verb> = offers
        .into_iter()
        .map(|offer| verb(&offer.words.clone(), offer.into_action()))
        .collect();
    let console = UiAction::OpenLink(console::build_project(key));
    verbs.push(verb("Open in the AWS console", console));
    verbs
}

pub fn project_of(key: &BuildKey, build: &Build) -> BuildProjectKey {
    BuildProjectKey {
        scope: key.scope.clone(),
        name: build.project.clone(),
    }
}
