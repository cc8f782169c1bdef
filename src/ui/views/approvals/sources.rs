//! Where the ledger's rows come from, in a line: CloudTrail and what asking it costs, this program's own file, and what
//! was exported.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{self, Align, Layout, Popup, Ui, Vec2};

use super::decided::Decided;
use crate::model::fault::Fault;
use crate::model::ids::Scope;
use crate::model::ledger::{Export, Journal};
use crate::model::oneshot::{Oneshot, Request, Response};
use crate::model::time::{Timestamp, rough};
use crate::model::trail::Trail;
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::{copyable, fault_banner, pick, safe_text};

/// From this width on, there is room for what CloudTrail told and for the file.
const WIDE: f32 = 1_150.0;

/// More banners than this would hide the decisions.
const MOST_BANNERS: usize = 2;

/// CloudTrail's event history ends after ninety days.
const DAYS: [u64; 4] = [1, 7, 30, 90];

pub fn request(scope: Scope, from: Timestamp) -> Request {
    Request::Trail { scope, from }
}

/// How far back CloudTrail was asked, place by place.
type Asked = BTreeMap<Scope, Timestamp>;

/// What CloudTrail has answered so far, with when.
pub fn answers(cx: &ViewContext<'_>, asked: &Asked) -> Vec<(Scope, Timestamp, Arc<Trail>)> {
    states(cx, asked)
        .filter_map(|(scope, oneshot)| match oneshot {
            Oneshot::Ready {
                at,
                response: Response::Trail(trail),
            } => Some((scope, *at, Arc::clone(trail))),
            _ => None,
        })
        .collect()
}

fn states<'a>(cx: &ViewContext<'a>, asked: &Asked) -> impl Iterator<Item = (Scope, &'a Oneshot)> {
    let oneshots = cx.oneshots;
    asked.iter().filter_map(move |(scope, from)| {
        let state = oneshots.get(&request(scope.clone(), *from))?;
        Some((scope.clone(), state))
    })
}

/// Of the places asked about, those that are looked at.
fn looked_at(cx: &ViewContext<'_>, view: &Decided) -> Asked {
    let scopes = view.scopes(cx).into_iter();
    scopes
        .filter_map(|scope| {
            let from = *view.trail_from.get(&scope)?;
            Some((scope, from))
        })
        .collect()
}

pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, view: &mut Decided) {
    let journal = cx.journal;
    let room = Vec2::new(ui.available_width(), size::BUTTON);
    ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        // In a narrow window there is room for one of the two.
        let wide = ui.available_width() > WIDE;
        let news = journal.export.is_some() || journal.unreadable > 0;
        trail(ui, cx, view, (wide, !news));
        if wide || news {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                file(ui, cx, journal);
            });
        }
    });
    if let Some(fault) = &journal.fault {
        fault_banner::show(ui, fault, cx.now);
    }
    let failed = failed(cx, &looked_at(cx, view));
    for fault in failed.iter().take(MOST_BANNERS) {
        ui.add_space(space::XS);
        fault_banner::show(ui, fault, cx.now);
    }
    let more = failed.len().saturating_sub(MOST_BANNERS);
    if more > 0 {
        let rest: Vec<String> = failed
            .iter()
            .skip(MOST_BANNERS)
            .map(|fault| fault.headline())
            .collect();
        let words = theme::of(ui).small(format!("and {more} more"));
        ui.label(words).on_hover_text(rest.join("\n"));
    }
}

/// Where CloudTrail could not be read.
fn failed<'a>(cx: &ViewContext<'a>, asked: &Asked) -> Vec<&'a Arc<Fault>> {
    states(cx, asked)
        .filter_map(|(_, oneshot)| match oneshot {
            Oneshot::Failed { fault, .. } => Some(fault),
            _ => None,
        })
        .collect()
}

fn trail(ui: &mut Ui, cx: &mut ViewContext<'_>, view: &mut Decided, (wide, alone): (bool, bool)) {
    let theme = theme::of(ui);
    let scopes = view.scopes(cx).len();
    let asked = looked_at(cx, view);
    let pending = states(cx, &asked)
        .filter(|(_, oneshot)| matches!(oneshot, Oneshot::Pending { .. }))
        .count();
    let reason = match (scopes, pending) {
        (0, _) => Some("There is no account to ask about".to_owned()),
        (_, 0) => None,
        (_, pending) => Some(format!("{pending} have not answered yet")),
    };
    let places = match scopes {
        1 => "1 account and region".to_owned(),
        several => format!("{several} accounts and regions"),
    };
    let button = Button::new("Ask CloudTrail")
        .named(format!("Ask CloudTrail about {places}"))
        .disabled_because(reason);
    let hint = "LookupEvents for PutApprovalResult: 50 events a call, at most 2 calls a second for each account and region. Events come up to 15 minutes late and are kept for 90 days.";
    if ui.add(button).on_hover_text(hint).clicked() {
        view.ask_trail(cx);
    }
    let chip = ui.add(Chip::new(days(view.trail_days)).clickable());
    Popup::menu(&chip)
        .accessible_name("How far back")
        .show(|ui| {
            for each in DAYS {
                if pick::item(ui, &days(each), view.trail_days == each) {
                    view.trail_days = each;
                }
            }
        });
    let words = match (asked.len(), pending) {
        (0, _) => {
            format!("{places}, at most 2 calls a second each; events come up to 15 min late")
        }
        (_, 1..) => format!("CloudTrail is being read: {pending} of {places} to come…"),
        (_, 0) => told(cx, &asked, scopes),
    };
    let room = ui.available_width();
    let most = match (wide, alone) {
        (true, _) => room * 0.5,
        (false, true) => room,
        (false, false) => return,
    };
    ui.scope(|ui| {
        ui.set_max_width(most);
        ui.add(egui::Label::new(theme.small(words)).truncate());
    });
}

fn told(cx: &ViewContext<'_>, asked: &Asked, scopes: usize) -> String {
    let answers = answers(cx, asked);
    let events: usize = answers.iter().map(|(.., trail)| trail.events.len()).sum();
    let cut = answers.iter().any(|(.., trail)| trail.cut);
    let unread = failed(cx, asked).len();
    if answers.is_empty() && unread > 0 {
        return "CloudTrail could not be read".to_owned();
    }
    let span = span(cx, asked);
    let unasked = scopes.saturating_sub(asked.len());
    let more = match (unread, unasked, cut) {
        (0, 0, false) => String::new(),
        (0, 0, true) => "; there were more".to_owned(),
        (0, unasked, _) => format!("; {unasked} of {scopes} not asked"),
        (unread, ..) => format!("; {unread} of {} could not be read", unread + answers.len()),
    };
    match events {
        0 => format!("CloudTrail tells of no decision in the last {span}{more}"),
        1 => format!("CloudTrail told of 1 decision in the last {span}{more}"),
        several => format!("CloudTrail told of {several} decisions in the last {span}{more}"),
    }
}

/// How far back the answers go: the shortest and the longest, where they differ.
fn span(cx: &ViewContext<'_>, asked: &Asked) -> String {
    let back = |from: Option<&Timestamp>| from.map(|from| rough(from.age(cx.now)));
    let shortest = back(asked.values().max()).unwrap_or_default();
    let longest = back(asked.values().min()).unwrap_or_default();
    if shortest == longest {
        longest
    } else {
        format!("{shortest} to {longest}")
    }
}

fn days(days: u64) -> String {
    match days {
        1 => "last day".to_owned(),
        several => format!("last {several} days"),
    }
}

/// This program's file, or what was last saved: both are paths that can be copied.
fn file(ui: &mut Ui, cx: &mut ViewContext<'_>, journal: &Journal) {
    let theme = theme::of(ui);
    let (words, path) = match (&journal.export, &journal.path) {
        (Some(Export::Saved { path, .. }), _) => ("Saved as", path.as_str()),
        (Some(Export::Failed(fault)), _) => {
            let label = egui::Label::new(theme.small(safe_text::line(&fault.message))).truncate();
            ui.add(label);
            return;
        }
        (None, Some(path)) => ("Own record", path.as_str()),
        (None, None) => {
            ui.label(theme.small("There is no folder for a record: nothing can be decided here"));
            return;
        }
    };
    if journal.unreadable > 0 {
        let lines = match journal.unreadable {
            1 => "1 line cannot be read and is kept".to_owned(),
            several => format!("{several} lines cannot be read and are kept"),
        };
        ui.label(theme.small(lines));
    }
    let shown = safe_text::elide_middle(path, 42).into_owned();
    let look = (font::mono(), theme.soft);
    copyable::text(ui, &shown, path, look, cx.actions);
    ui.label(theme.small(words));
}
