//! The side pane's tabs and what they open: how they look, what they ask for, and what they say where nothing is there.

use std::sync::Arc;

use crate::desk::{self, OnDesk};
use crate::fixture::pipeline::{action_key, ago};
use crate::fixture::{delivery, past, project};
use crate::harness::WINDOW;
use eframe::egui::{self, Vec2};
use egui_kittest::SnapshotResults;
use egui_kittest::kittest::Queryable as _;
use starboard::model::fault::Fault;
use starboard::model::oneshot::{Changes, Oneshot, Oneshots, Request, Response};
use starboard::model::pipeline::Pipeline;
use starboard::model::remote::Remote;
use starboard::ui::action::UiAction;
use starboard::ui::route::SideTab;

const SMALL: Vec2 = Vec2::new(900.0, 600.0);

fn open(
    size: Vec2,
    dark: bool,
    pipeline: Pipeline,
    tab: SideTab,
    (stage, action): (&str, &str),
    answers: impl FnOnce(&mut Oneshots),
) -> OnDesk {
    let key = action_key(stage, action);
    desk::open_with(
        size,
        dark,
        vec![pipeline],
        |route| {
            route.tab = tab;
            route.action = Some(key);
        },
        |_, oneshots| answers(oneshots),
    )
}

fn with_history(oneshots: &mut Oneshots) {
    let history = Response::History(Arc::new(past::history()));
    oneshots.insert(past::history_request(), delivery::ready(history));
}

fn with_artifacts(oneshots: &mut Oneshots) {
    past::artifact_answers(oneshots);
}

/// A tab in both themes and small.
fn shots(
    results: &mut SnapshotResults,
    name: &str,
    tab: SideTab,
    action: (&str, &str),
    answers: impl Fn(&mut Oneshots),
    more: impl Fn(&mut OnDesk),
) {
    for (size, dark, suffix) in [
        (WINDOW, true, "dark"),
        (WINDOW, false, "light"),
        (SMALL, true, "small"),
    ] {
        let ferry = past::ferry_with_a_past();
        let mut harness = open(size, dark, ferry, tab, action, &answers);
        more(&mut harness);
        harness.snapshot(format!("{name}-{suffix}"));
        results.extend_harness(&mut harness);
    }
}

const DEPLOY: (&str, &str) = ("Staging", "deploy");
const COMPILE: (&str, &str) = ("Build", "compile");

#[test]
fn the_tabs_look_as_they_should() {
    let mut results = SnapshotResults::new();
    let results = &mut results;
    shots(
        results,
        "side-history",
        SideTab::History,
        DEPLOY,
        with_history,
        |_| {},
    );
    shots(
        results,
        "side-numbers",
        SideTab::Numbers,
        DEPLOY,
        with_history,
        |_| {},
    );
    shots(
        results,
        "side-artifacts",
        SideTab::Artifacts,
        COMPILE,
        with_artifacts,
        |_| {},
    );
    shots(
        results,
        "side-file",
        SideTab::Artifacts,
        COMPILE,
        with_artifacts,
        |harness| {
            desk::press(harness, "Open BuildOut (1.2 MB)");
            desk::press(harness, "appspec.yml: 412 B");
        },
    );
    shots(
        results,
        "side-compared",
        SideTab::Artifacts,
        COMPILE,
        with_artifacts,
        |harness| {
            desk::press(harness, "Compare BuildOut with that of another execution");
            desk::press(harness, "8d40e77  1 h");
            desk::press(harness, "Compare with 8d40e77 (1.2 MB and 1.2 MB)");
            desk::press(harness, "config/production.toml: changed");
        },
    );
    shots(
        results,
        "side-definition",
        SideTab::Details,
        DEPLOY,
        |_| {},
        |harness| {
            desk::press(harness, "Definition");
        },
    );
    shots(
        results,
        "side-versions",
        SideTab::Details,
        DEPLOY,
        |_| {},
        |harness| {
            desk::press(harness, "What changed");
        },
    );
}

#[test]
fn the_history_goes_back_beyond_what_is_polled() {
    let ferry = past::ferry_with_a_past();
    let mut harness = open(WINDOW, true, ferry, SideTab::History, DEPLOY, |_| {});
    harness.get_by_label("3 attempts of deploy, latest first");
    desk::type_into(&mut harness, "Filter by commit", "number 3");
    assert!(
        harness
            .query_by_label_contains("Earlier work, number 3")
            .is_none()
    );
    desk::press(&mut harness, "Read older executions");
    let request = past::history_request();
    assert!(matches!(
        harness.state().oneshots.borrow().get(&request),
        Some(Oneshot::Pending { .. })
    ));
    let answer = delivery::ready(Response::History(Arc::new(past::history())));
    harness
        .state()
        .oneshots
        .borrow_mut()
        .insert(request, answer);
    harness.run();
    harness.get_by_label_contains("stopped, Earlier work, number 30, stopped: Wrong tide");
    desk::type_into(&mut harness, "Filter by commit", "0");
    harness.get_by_label("1 found in 60");
}

#[test]
fn the_history_leads_to_the_logs_of_what_the_pipeline_built_before() {
    let ferry = past::ferry_with_a_past();
    let mut harness = open(WINDOW, true, ferry, SideTab::History, DEPLOY, with_history);
    desk::press(&mut harness, "Past builds");
    desk::press(&mut harness, "ferry-unit");
    harness.get_by_label("Search the logs of past builds");
    harness.get_by_label_contains("of ferry-unit here");
    // Another action shows itself.
    desk::press(&mut harness, "smoke");
    assert!(
        harness
            .query_by_label("Search the logs of past builds")
            .is_none()
    );
}

#[test]
fn a_history_that_is_overtaken_is_read_again_and_others_when_asked() {
    let request = past::history_request();
    let begun_again = |harness: &OnDesk| harness.state().dismissed.borrow().contains(&request);
    // High enough for the foot of the figures.
    let size = Vec2::new(WINDOW.x, 1_300.0);
    for tab in [SideTab::History, SideTab::Numbers] {
        let old = |oneshots: &mut Oneshots| {
            let response = Response::History(Arc::new(past::history()));
            let read = Oneshot::Ready {
                at: ago(120),
                response,
            };
            oneshots.insert(request.clone(), read);
        };
        // None of what was read is polled any more: between the two some may be missing.
        let harness = open(size, true, past::ferry_with_a_past(), tab, DEPLOY, old);
        assert!(begun_again(&harness), "{tab:?}");
        let ferry = past::ferry_with_a_past();
        let mut harness = open(size, true, ferry, tab, DEPLOY, with_history);
        assert!(!begun_again(&harness), "{tab:?} was read just now");
        if tab == SideTab::History {
            desk::type_into(&mut harness, "Filter by commit", "number 30");
        }
        harness.get_by_label("read now");
        desk::press(&mut harness, "Read the history again");
        assert!(begun_again(&harness), "{tab:?}");
        // What was read stays while it is read again.
        let pending = Oneshot::Pending {
            since: ago(0),
            before: None,
        };
        let mut oneshots = harness.state().oneshots.borrow_mut();
        oneshots.insert(request.clone(), pending);
        drop(oneshots);
        harness.run();
        harness.get_by_label("reading again…");
    }
}

#[test]
fn commits_are_counted_anew_when_the_action_succeeded_again() {
    let counted_anew = |since_at: i64, read_at: i64| {
        let ferry = past::ferry_with_a_past();
        let executions = Arc::clone(ferry.executions.value().unwrap());
        let key = ferry.key.clone();
        let harness = open(WINDOW, true, ferry, SideTab::Commits, COMPILE, |oneshots| {
            for execution in executions.iter() {
                let request = Request::Changes {
                    pipeline: key.clone(),
                    action: action_key(COMPILE.0, COMPILE.1),
                    execution: execution.id.clone(),
                };
                let changes = Changes {
                    since_at: Some(ago(since_at)),
                    ..project::three_commits()
                };
                let answer = Oneshot::Ready {
                    at: ago(read_at),
                    response: Response::Changes(Arc::new(changes)),
                };
                oneshots.insert(request, answer);
            }
        });
        harness.get_by_label_contains("3 commits since");
        let asked = harness.state().asked.borrow();
        asked
            .iter()
            .any(|action| matches!(action, UiAction::Renew(Request::Changes { .. })))
    };
    assert!(counted_anew(90 * 86_400, 120), "it succeeded since");
    assert!(!counted_anew(0, 120), "it has not succeeded since");
    assert!(!counted_anew(90 * 86_400, 2), "it was counted just now");
}

#[test]
fn a_comparison_tells_both_sizes_before_it_downloads() {
    let ferry = past::ferry_with_a_past();
    let mut harness = open(
        WINDOW,
        true,
        ferry,
        SideTab::Artifacts,
        COMPILE,
        with_artifacts,
    );
    let size = Request::ArtifactSize {
        artifact: past::artifact("mDNbhDK"),
    };
    let told = harness.state().oneshots.borrow_mut().remove(&size).unwrap();
    desk::press(
        &mut harness,
        "Compare BuildOut with that of another execution",
    );
    desk::press(&mut harness, "8d40e77  1 h");
    harness.get_by_label("Asking its size in 8d40e77…");
    harness.state().oneshots.borrow_mut().insert(size, told);
    harness.run();
    let difference = Request::ArtifactDifference {
        older: past::artifact("mDNbhDK"),
        newer: past::artifact("HTrbVK9"),
    };
    harness.state().oneshots.borrow_mut().remove(&difference);
    harness.run();
    let is_asked = |harness: &OnDesk| {
        let oneshots = harness.state().oneshots.borrow();
        oneshots.contains_key(&difference)
    };
    assert!(!is_asked(&harness), "picked, and nothing downloaded yet");
    desk::press(&mut harness, "Compare with 8d40e77 (1.2 MB and 1.2 MB)");
    assert!(is_asked(&harness));
}

#[test]
fn a_rollback_is_never_shown_as_a_success() {
    let ferry = past::ferry_with_a_past();
    let mut harness = open(WINDOW, true, ferry, SideTab::History, DEPLOY, with_history);
    desk::type_into(&mut harness, "Filter by commit", "rollback");
    harness.get_by_label_contains("rolled back, Earlier work, number 6, rollback to");
    harness.get_by_label_contains("rolled back by AWS after 00000007 failed");
}

#[test]
fn previous_and_next_lead_over_the_whole_history() {
    let ferry = past::ferry_with_a_past();
    let polled = ferry.executions.value().unwrap().last().unwrap().id.clone();
    let mut harness = open(WINDOW, true, ferry, SideTab::History, DEPLOY, with_history);
    desk::type_into(&mut harness, "Filter by commit", "41d77aa");
    desk::press(&mut harness, "Execution 41d77aa");
    assert_eq!(harness.state().route().execution, Some(polled));
    let key = |harness: &mut OnDesk, text: &str| {
        harness.event(egui::Event::Text(text.into()));
        harness.run();
    };
    key(&mut harness, "[");
    assert_eq!(
        harness.state().route().execution,
        Some(past::old_execution())
    );
}

#[test]
fn numbers_say_from_how_many_and_what_is_too_little() {
    let ferry = past::ferry_with_a_past();
    let harness = open(WINDOW, true, ferry, SideTab::Numbers, DEPLOY, with_history);
    harness.get_by_label("Success rate");
    harness.get_by_label_contains("Duration of");
    harness.get_by_label_contains("Executions a week, the newest first:");
    harness.get_by_label_contains("AWS has older ones");
    let mut fresh = past::ferry_with_a_past();
    fresh.executions = Remote::ready(Arc::new(Vec::new()), ago(9));
    let empty = open(WINDOW, true, fresh, SideTab::Numbers, DEPLOY, |_| {});
    empty.get_by_label("Too little to count");
    assert!(
        empty
            .state()
            .oneshots
            .borrow()
            .contains_key(&past::history_request()),
        "the history is read when someone looks"
    );
}

#[test]
fn an_artifact_is_opened_only_after_its_size_was_told() {
    let ferry = past::ferry_with_a_past();
    let mut harness = open(WINDOW, true, ferry, SideTab::Artifacts, COMPILE, |_| {});
    let asked = |harness: &OnDesk, request: &Request| {
        harness.state().oneshots.borrow().contains_key(request)
    };
    let artifact = past::artifact("HTrbVK9");
    let size = Request::ArtifactSize {
        artifact: artifact.clone(),
    };
    let download = Request::Artifact { artifact };
    assert!(asked(&harness, &size), "one HeadObject");
    assert!(!desk::can(&harness, "Open BuildOut"));
    past::artifact_answers(&mut harness.state().oneshots.borrow_mut());
    harness.state().oneshots.borrow_mut().remove(&download);
    harness.run();
    assert!(
        !asked(&harness, &download),
        "nothing is downloaded by looking"
    );
    desk::press(&mut harness, "Open BuildOut (1.2 MB)");
    assert!(asked(&harness, &download));
    harness.get_by_label_contains("Downloading and listing");
    let place = harness.state().route();
    harness.key_press(egui::Key::Escape);
    harness.run();
    assert!(harness.query_by_label_contains("Downloading").is_none());
    assert!(!asked(&harness, &download), "nobody waits for it any more");
    assert_eq!(
        harness.state().route(),
        place,
        "Escape closes what is open and no more"
    );
}

#[test]
fn files_of_an_artifact_are_filtered_read_and_told_from_binaries() {
    let ferry = past::ferry_with_a_past();
    let mut harness = open(
        WINDOW,
        true,
        ferry,
        SideTab::Artifacts,
        COMPILE,
        with_artifacts,
    );
    desk::press(&mut harness, "Open BuildOut (1.2 MB)");
    harness.get_by_label("44 files · 1.2 MB");
    desk::press(&mut harness, "bin/ferry: 2.9 MB");
    harness.get_by_label("Not text: 2.9 MB. It begins with");
    desk::press(&mut harness, "appspec.yml: 412 B");
    harness.get_by_label("‹RLO›# not what it seems");
    desk::type_into(&mut harness, "Filter the files", "QUAY-07");
    harness.get_by_label("public/quays/quay-07.svg: 3.0 kB");
    assert!(harness.query_by_label_contains("quay-08").is_none());
}

#[test]
fn a_fault_of_an_artifact_stands_in_its_place_with_the_right_it_needs() {
    let mut results = SnapshotResults::new();
    let ferry = past::ferry_with_a_past();
    let mut harness = open(
        WINDOW,
        true,
        ferry,
        SideTab::Artifacts,
        COMPILE,
        |oneshots| {
            past::artifact_answers(oneshots);
            let request = Request::ArtifactSize {
                artifact: past::artifact("HTrbVK9"),
            };
            oneshots.insert(request, past::denied());
        },
    );
    harness.get_by_label_contains("Ask for s3:GetObject");
    assert!(
        desk::can(&harness, "Open Source (88.2 kB)"),
        "the other one lives"
    );
    harness.snapshot("side-artifacts-denied-dark");
    results.extend_harness(&mut harness);
}

#[test]
fn versions_are_compared_in_words_and_read_when_picked() {
    let ferry = past::ferry_with_a_past();
    let mut harness = open(WINDOW, true, ferry, SideTab::Details, DEPLOY, |_| {});
    desk::press(&mut harness, "What changed");
    harness.get_by_label("configuration BranchName: main → release");
    harness.get_by_label_contains("configuration OAuthToken added: ****");
    assert!(harness.query_by_label_contains("gho_").is_none());
    desk::press(&mut harness, "The older version: 7");
    desk::press(&mut harness, "version 3");
    let request = Request::Definition {
        pipeline: past::ferry_with_a_past().key,
        version: 3,
    };
    assert!(harness.state().oneshots.borrow().contains_key(&request));
    harness.get_by_label_contains("Reading the earlier version");
    let fault = Fault::local("codepipeline", "GetPipeline", "No such version", ago(3));
    let failed = Oneshot::Failed {
        at: ago(1),
        fault: Arc::new(fault),
    };
    harness
        .state()
        .oneshots
        .borrow_mut()
        .insert(request, failed);
    harness.run();
    harness.get_by_label_contains("No such version");
}

#[test]
fn tabs_that_do_not_fit_are_in_a_menu_and_the_one_that_is_on_is_seen() {
    let ferry = past::ferry_with_a_past();
    let mut harness = open(WINDOW, true, ferry, SideTab::Commits, DEPLOY, |_| {});
    for name in ["Commits", "Issues", "History", "Artifacts", "Numbers"] {
        assert!(
            harness.query_by_label(name).is_some(),
            "{name} fits 400 points"
        );
    }
    if harness.query_by_label("Details").is_none() {
        desk::press(&mut harness, "More tabs");
        desk::press(&mut harness, "Details");
    }
    assert!(
        harness.query_by_label("Definition").is_some() || {
            desk::press(&mut harness, "Details");
            harness.query_by_label("Definition").is_some()
        }
    );
}

fn quay(size: Vec2, dark: bool, place: (&str, &str)) -> OnDesk {
    open(
        size,
        dark,
        past::quay(),
        SideTab::Commits,
        place,
        |oneshots| {
            let (request, answer) = past::action_types();
            oneshots.insert(request, answer);
        },
    )
}

#[test]
fn actions_of_other_owners_look_as_they_should() {
    let mut results = SnapshotResults::new();
    for (name, place) in [
        ("other-custom", ("Test", "smoke")),
        ("other-account", ("Staging", "stack")),
        ("other-permission", ("Production", "fleet")),
    ] {
        for (dark, suffix) in [(true, "dark"), (false, "light")] {
            let mut harness = quay(WINDOW, dark, place);
            harness.snapshot(format!("{name}-{suffix}"));
            results.extend_harness(&mut harness);
        }
    }
}

#[test]
fn a_custom_action_leads_to_its_pages_and_keeps_its_secrets() {
    let mut harness = quay(WINDOW, true, ("Test", "smoke"));
    assert!(harness.query_by_label_contains("11f0c0ffee").is_none());
    desk::press(&mut harness, "Open in Jenkins");
    harness.get_by_label("https://ci.harbour.example/job/quay-smoke/118");
}

#[test]
fn a_missing_right_names_the_role_the_right_and_what_to_add() {
    let harness = quay(WINDOW, true, ("Production", "fleet"));
    harness.get_by_label("The pipeline's service role delivery lacks codedeploy:CreateDeployment");
    harness.get_by_label_contains("Add codedeploy:CreateDeployment on arn:aws:codedeploy");
}

#[test]
fn an_action_of_an_account_that_is_not_signed_in_says_so() {
    let mut harness = quay(WINDOW, true, ("Staging", "stack"));
    harness.get_by_label_contains("Runs in account 5555-6666-7777 in eu-central-1");
    desk::press(&mut harness, "Sign in to it");
}

#[test]
fn commands_have_a_log_of_their_own() {
    let harness = quay(WINDOW, true, ("Test", "lint"));
    harness.get_by_label_contains("Reading the log…");
    let focus = harness.state().focus();
    assert_eq!(focus.logs.len(), 1);
    assert_eq!(focus.logs[0].group.as_str(), "/aws/codepipeline/quay");
}
