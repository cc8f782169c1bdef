//! The bar at the head of the window: where one can go, what is searched from here, and the accounts signed in to.

use std::time::Duration;

use eframe::egui::{
    self, Align, CornerRadius, Layout, Response, Role, Sense, StrokeKind, Ui, Vec2, WidgetInfo,
};

use super::FrameInput;
use super::history::History;
use super::title;
use crate::model::account::Account;
use crate::model::ids::Region;
use crate::model::settings::Settings;
use crate::model::time;
use crate::ui::action::{Actions, UiAction};
use crate::ui::route::Route;
use crate::ui::theme::{self, font, size, space};
use crate::ui::views::VIEWS;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::{self, Chip};
use crate::ui::widgets::{age, glyph, key_hint, safe_text};

/// Paints the bar.
pub fn show(ui: &mut Ui, input: &FrameInput<'_>, history: &History, actions: &mut Actions) {
    let room = ui.available_size();
    ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let theme = theme::of(ui);
        glyph::logo(ui, 18.0);
        let name = egui::RichText::new("Starboard")
            .font(font::logo())
            .color(theme.text);
        ui.label(name);
        ui.add_space(space::XS);
        steps(ui, history, actions);
        tabs(ui, input, history, actions);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::M;
            accounts(ui, input, actions);
            search(ui, actions);
        });
    });
}

/// Back and forward, for who has no such keys at hand.
fn steps(ui: &mut Ui, history: &History, actions: &mut Actions) {
    ui.spacing_mut().item_spacing.x = 0.0;
    let nowhere = |can: bool| (!can).then(|| "There is no such step".to_owned());
    let back = Button::new("←")
        .named("Back")
        .quiet()
        .disabled_because(nowhere(history.can_go_back()));
    if ui.add(back).clicked() {
        actions.push(UiAction::Back);
    }
    let forward = Button::new("→")
        .named("Forward")
        .quiet()
        .disabled_because(nowhere(history.can_go_forward()));
    if ui.add(forward).clicked() {
        actions.push(UiAction::Forward);
    }
    ui.add_space(space::XS);
}

fn tabs(ui: &mut Ui, input: &FrameInput<'_>, history: &History, actions: &mut Actions) {
    ui.spacing_mut().item_spacing.x = 2.0;
    let route = history.current();
    let needs = input.snapshot.board.needs.len();
    for entry in VIEWS {
        let Some(home) = (entry.home)() else { continue };
        // A pipeline is opened from the Board and belongs to it.
        let on = (entry.shows)(route)
            || (home == Route::Board
                && !VIEWS
                    .iter()
                    .any(|other| (other.home)().is_some() && (other.shows)(route)));
        if tab(ui, entry.title, on).clicked() {
            actions.push(UiAction::Go(home.clone()));
        }
        if matches!(home, Route::Approvals(_)) && needs > 0 {
            let pill = chip::count(ui, needs);
            pill.on_hover_text(title::gates(needs));
            ui.add_space(space::XS);
        }
    }
}

fn tab(ui: &mut Ui, title: &str, on: bool) -> Response {
    let theme = theme::of(ui);
    let galley = ui
        .painter()
        .layout_no_wrap(title.to_owned(), font::body(), theme.soft);
    let wanted = Vec2::new(galley.size().x + 16.0, 28.0);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, on, title));
    let lit = response.hovered() || response.has_focus();
    let (fill, colour) = match (on, lit) {
        (true, _) => (theme.tab_bg, theme.tab_text),
        (false, true) => (theme.hover, theme.text),
        (false, false) => (egui::Color32::TRANSPARENT, theme.soft),
    };
    ui.painter()
        .rect_filled(rect, CornerRadius::same(size::RADIUS), fill);
    let at = rect.center() - galley.size() / 2.0;
    ui.painter()
        .galley_with_override_text_color(at, galley, colour);
    response
}

/// What looks like a field is the door to the palette.
fn search(ui: &mut Ui, actions: &mut Actions) {
    let width = ui.available_width().min(360.0);
    if width < 120.0 {
        return;
    }
    let theme = theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, size::FIELD), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Search and do"));
    let line = if response.hovered() || response.has_focus() {
        egui::Stroke::new(1.0, theme.faint)
    } else {
        theme.outline()
    };
    let radius = CornerRadius::same(size::RADIUS);
    ui.painter()
        .rect(rect, radius, theme.sunk, line, StrokeKind::Inside);
    let key = key_hint::layout(ui, "Ctrl K");
    let key_room = Vec2::new(key_hint::width(&key), key_hint::HEIGHT);
    let words = if width > 300.0 {
        "Pipelines, gates, repositories, verbs…"
    } else {
        "Search…"
    };
    let galley = ui
        .painter()
        .layout_no_wrap(words.to_owned(), font::body(), theme.faint);
    let at = egui::pos2(rect.left() + 8.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.faint);
    let centre = egui::pos2(rect.right() - 8.0 - key_room.x / 2.0, rect.center().y);
    key_hint::paint(ui, egui::Rect::from_center_size(centre, key_room), key);
    if response.clicked() {
        actions.push(UiAction::OpenPalette);
    }
}

/// From the right, as many as leave room for the search.
fn accounts(ui: &mut Ui, input: &FrameInput<'_>, actions: &mut Actions) {
    const SEARCH: f32 = 180.0;
    let rows = input.snapshot.accounts.rows();
    let mut left_out = rows.len();
    for account in rows.iter().rev() {
        let chip = chip_of(ui, account, input);
        if ui.available_width() - chip.width(ui) < SEARCH {
            break;
        }
        left_out -= 1;
        let response = ui.add(chip).on_hover_text(hint(account));
        if response.clicked() {
            actions.push(UiAction::Go(Route::Accounts));
        }
    }
    if left_out > 0 {
        let more = ui.add(Chip::new(format!("{left_out} more")).clickable());
        if more.clicked() {
            actions.push(UiAction::Go(Route::Accounts));
        }
    }
}

fn chip_of(ui: &Ui, account: &Account, input: &FrameInput<'_>) -> Chip {
    const SOON: Duration = Duration::from_mins(10);
    let theme = theme::of(ui);
    let mut words = display_name(account, input.settings);
    if let [region] = account.regions.as_slice() {
        words = format!("{words} · {region}");
    }
    let left = account
        .identity
        .value()
        .and_then(|identity| identity.expires)
        .map(|expires| input.now.age(expires));
    let mut dot = if account.identity.value().is_some() {
        theme.ok
    } else {
        theme.faint
    };
    if let Some(left) = left.filter(|left| *left < Duration::from_hours(1)) {
        age::tick(ui, left);
        if left.is_zero() {
            words.push_str(" · session ended");
        } else if left < SOON {
            words = format!("{words} · {} left", time::rough(left));
        } else {
            words = format!("{words} · {}", time::rough(left));
        }
        // Signing in again is a person's to do.
        if left < SOON {
            dot = theme.wait;
        }
    }
    if account.identity.fault().is_some() {
        dot = theme.fail;
    }
    Chip::new(safe_text::elide(&words, 40))
        .production(account.production)
        .dot(dot)
        .clickable()
}

/// The name a person gave the account, else its own.
fn display_name(account: &Account, settings: &Settings) -> String {
    let named = settings
        .accounts
        .iter()
        .find(|one| one.name == account.name)
        .and_then(|one| one.display_name.clone());
    safe_text::line(&named.unwrap_or_else(|| account.name.to_string())).into_owned()
}

fn hint(account: &Account) -> String {
    let regions: Vec<&str> = account.regions.iter().map(Region::as_str).collect();
    let place = format!("{} in {}", account.name, regions.join(", "));
    match (account.identity.value(), account.identity.fault()) {
        (_, Some(fault)) => format!("{place}\n{}", fault.headline()),
        (Some(identity), None) => {
            let session = identity
                .expires
                .map(|expires| format!("\nSession until {}", expires.local()))
                .unwrap_or_default();
            let number = identity.account.grouped();
            format!("{place}\n{number}\n{}{session}", identity.arn)
        }
        (None, None) => format!("{place}\nSigning in…"),
    }
}
