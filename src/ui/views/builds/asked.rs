//! What a view asks for once and then shows: the answer, that it is on its way, or what went wrong.

use std::sync::Arc;

use eframe::egui::Ui;

use crate::model::fault::Fault;
use crate::model::oneshot::{Oneshot, Request, Response};
use crate::model::time::{Timestamp, ago};
use crate::ui::action::UiAction;
use crate::ui::theme::{self, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{age, fault_banner, skeleton};

/// How far a question is.
pub enum Asked<'a> {
    Reading,
    Failed(&'a Arc<Fault>),
    Ready(Timestamp, &'a Response),
}

/// Asks, unless it was asked before.
pub fn ask<'a>(cx: &mut ViewContext<'a>, request: &Request) -> Asked<'a> {
    match cx.oneshots.get(request) {
        Some(Oneshot::Ready { at, response }) => Asked::Ready(*at, response),
        Some(Oneshot::Failed { fault, .. }) => Asked::Failed(fault),
        Some(Oneshot::Pending { .. }) => Asked::Reading,
        None => {
            cx.actions.push(UiAction::Ask(request.clone()));
            Asked::Reading
        }
    }
}

/// What is known of a question that somebody else may have asked; asks nothing.
pub fn known<'a>(cx: &ViewContext<'a>, request: &Request) -> Option<&'a Response> {
    match cx.oneshots.get(request) {
        Some(Oneshot::Ready { response, .. }) => Some(response),
        _ => None,
    }
}

pub fn ask_again(cx: &mut ViewContext<'_>, request: &Request) {
    cx.actions.push(UiAction::Dismiss(request.clone()));
    cx.actions.push(UiAction::Ask(request.clone()));
}

/// What stands in the place of an answer that is not there; the answer, once it is.
pub fn show<'a>(
    ui: &mut Ui,
    cx: &mut ViewContext<'a>,
    request: &Request,
    words: &str,
) -> Option<(Timestamp, &'a Response)> {
    match ask(cx, request) {
        Asked::Ready(at, response) => Some((at, response)),
        Asked::Reading => {
            ui.add_space(space::S);
            skeleton::rows(ui, words, 4);
            None
        }
        Asked::Failed(fault) => {
            failed(ui, cx, request, fault);
            None
        }
    }
}

pub fn failed(ui: &mut Ui, cx: &mut ViewContext<'_>, request: &Request, fault: &Fault) {
    ui.add_space(space::S);
    fault_banner::show(ui, fault, cx.now);
    ui.add_space(space::XS);
    if ui.add(Button::new("Try again").small()).clicked() {
        ask_again(cx, request);
    }
}

/// `as of 3 min ago`, and the way to read it again.
pub fn age_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, request: &Request, at: Timestamp) {
    ui.horizontal(|ui| {
        let words = format!("as of {}", ago(at, cx.now));
        age::show(ui, theme::of(ui).small(words), at, cx.now);
        if ui.add(Button::new("Read again").small()).clicked() {
            ask_again(cx, request);
        }
    });
}
