//! What stands above a log: search, filters, times and the menu of everything else; and the menu under the pointer.

use eframe::egui::{self, Align, Layout, Response, Role, Stroke, Ui, Vec2, WidgetInfo};

use super::saving;
use super::select::{self, Copying};
use super::{LogInput, LogView, Move, clock};
use crate::model::settings::LogClock;
use crate::ui::action::Actions;
use crate::ui::theme;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::{live_pane, menu, safe_text};

/// The height of a row of chips.
const ROW: f32 = 32.0;
const MENU: f32 = 300.0;
/// Words of a line in the menu about it.
const WORDS: usize = 32;

impl LogView {
    /// Search, filter, times and menu, laid out from right to left.
    pub fn bar_ui(
        &mut self,
        ui: &mut Ui,
        height: f32,
        input: &LogInput<'_>,
        actions: &mut Actions,
    ) {
        let more = ui
            .add(
                Button::new("⋯")
                    .quiet()
                    .small()
                    .named("More about this log"),
            )
            .on_hover_text("Wrap, save, open in your editor, mask");
        menu::show(&more, MENU, |ui| self.more_ui(ui, input, actions));
        clock_chip(ui, input.clock, actions);
        let sought = self.find.sought().cloned();
        // A filter is a choice of one log's lines.
        if self.merging.is_none() {
            self.filters.menu_ui(ui, sought.as_ref());
        }
        // The search reads from left to right inside its place at the right.
        let room = Vec2::new(self.find.width(), height);
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(room.x);
            let from = self.first_visible_line();
            if let Some(line) = self.find.ui(ui, &self.lines(input), from, &self.shown) {
                self.moves.push(Move::Show(line));
            }
        });
    }

    /// What has to be said above the lines: a search that is not understood, the filters, secrets in sight, a saved file.
    pub fn notes_ui(&mut self, ui: &mut Ui, input: &LogInput<'_>, actions: &mut Actions) {
        if let Some(fault) = self.find.fault().map(str::to_owned) {
            row(ui, |ui| {
                let theme = theme::of(ui);
                ui.label(
                    theme
                        .body("Not understood as a regular expression:")
                        .color(theme.fail),
                );
                ui.label(theme.mono(fault));
            });
        }
        self.merged_ui(ui);
        if !self.filters.is_empty() && self.merging.is_none() {
            let of = self.lines(input).len();
            let told = self.filters.told(of);
            row(ui, |ui| self.filters.chips_ui(ui, &told));
        }
        if self.unmasked {
            row(ui, |ui| {
                let theme = theme::of(ui);
                let chip = Chip::new("secrets shown  ×").clickable().colour(theme.fail);
                if ui.add(chip).on_hover_text("Mask them again").clicked() {
                    self.unmasked = false;
                }
                ui.label(theme.small("on screen and in copies, in this view, until it is closed"));
            });
        }
        saving::notes_ui(ui, input, actions);
    }

    /// What stands where the filters leave no line: which they are, and the way out.
    pub(super) fn empty_ui(&mut self, ui: &mut Ui, room: egui::Rect) {
        // The one row there may be says how many are hidden.
        if self.rows.len() > 1 || self.merging.is_some() || !self.filters.leaves_nothing() {
            return;
        }
        let theme = theme::of(ui);
        let place = egui::Rect::from_center_size(
            room.center_top() + Vec2::new(0.0, 64.0),
            Vec2::new((room.width() - 48.0).max(0.0), 72.0),
        );
        let layout = Layout::top_down(Align::Center);
        let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(place).layout(layout));
        inside.set_clip_rect(room.intersect(ui.clip_rect()));
        let words = format!("No line passes: {}", self.filters.words());
        inside.add(egui::Label::new(theme.body(words)).wrap());
        inside.add_space(8.0);
        let clear = Button::new("Show all lines").small();
        if inside.add(clear).clicked() {
            self.filters.clear();
        }
    }

    fn more_ui(&mut self, ui: &mut Ui, input: &LogInput<'_>, actions: &mut Actions) {
        if menu::check(ui, "Wrap long lines", self.wraps, Some("z")) {
            self.wraps = !self.wraps;
        }
        if menu::check(ui, "Gather repeated lines", self.gathers, None) {
            self.gathers = !self.gathers;
        }
        if menu::check(ui, "Show secrets in this view", self.unmasked, None) {
            self.unmasked = !self.unmasked;
        }
        menu::caption(ui, "Folds");
        if menu::item(ui, "Open all", None, None) {
            self.folds.set_all_open(true);
        }
        if menu::item(ui, "Fold all", None, None) {
            self.folds.set_all_open(false);
        }
        self.merge_menu_ui(ui, input);
        if input.build.is_some() {
            menu::caption(ui, "From now on");
            let refusal = live_pane::refusal(input.key, input.complete);
            if menu::item(ui, "Live Tail, billed…", Some("Ctrl+Shift+L"), refusal) {
                live_pane::ask(ui.ctx());
            }
        }
        menu::caption(ui, "The whole log");
        if menu::item(ui, "Select all", Some("Ctrl+A"), None) {
            self.select_all(input);
        }
        if menu::item(ui, "Open in your editor", Some("Ctrl+E"), None) {
            self.edit(input, actions);
        }
        if menu::item(ui, "Save a clean copy", Some("Ctrl+S"), None) {
            saving::save(Copying::Clean, input, actions);
        }
        if menu::item(ui, "Save as it came, with secrets", None, None) {
            saving::save(Copying::Raw, input, actions);
        }
    }
}

/// A row above the lines, with a line below it.
pub fn row(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let theme = theme::of(ui);
    let (rect, _) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), ROW), egui::Sense::hover());
    ui.painter()
        .rect_filled(rect, egui::CornerRadius::ZERO, theme.panel);
    ui.painter().hline(
        rect.x_range(),
        rect.bottom() - 0.5,
        Stroke::new(1.0, theme.line),
    );
    let mut inside = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(rect.shrink2(Vec2::new(12.0, 0.0)))
            .layout(Layout::left_to_right(Align::Center)),
    );
    inside.set_clip_rect(rect.intersect(ui.clip_rect()));
    inside.spacing_mut().item_spacing.x = 8.0;
    content(&mut inside);
}

/// What can be done with what lies under the pointer.
pub fn context_menu(
    view: &mut LogView,
    area: &Response,
    input: &LogInput<'_>,
    actions: &mut Actions,
) {
    let words = select::words(view, input);
    let Some(selected) = view.selected.clone() else {
        return;
    };
    menu::context(area, MENU, |ui| {
        if menu::item(ui, "Copy", Some("y"), None) {
            select::copy(view, Copying::Clean, input, actions);
        }
        if menu::item(ui, "Copy as it came", Some("Shift+Y"), None) {
            select::copy(view, Copying::Raw, input, actions);
        }
        let nowhere = input
            .build
            .is_none()
            .then_some("only lines of a build have one");
        if menu::item(ui, "Copy link to the line", Some("l"), nowhere) {
            view.copy_link(input, actions);
        }
        if menu::item(ui, "Open the whole line", Some("Enter"), None) {
            view.opened = Some(selected.to);
        }
        let Some(words) = words else {
            return;
        };
        let short = safe_text::elide(&words, WORDS).into_owned();
        menu::caption(ui, &short);
        let merged = view
            .merging
            .is_some()
            .then_some("take the merged logs apart first");
        if menu::item(ui, "Show only lines with it", Some("i"), merged) {
            view.filters.add(false, words.clone());
        }
        if menu::item(ui, "Hide lines with it", Some("x"), merged) {
            view.filters.add(true, words.clone());
        }
        if menu::item(ui, "Find it", None, None) {
            view.find.look_for(words);
        }
    });
}

fn clock_chip(ui: &mut Ui, clock: LogClock, actions: &mut Actions) {
    let chip = Chip::new(clock::word(clock)).clickable();
    let response = ui
        .add(chip)
        .on_hover_text("What the times beside the lines count; press to change it (t)");
    response.widget_info(|| {
        let told = format!("Times: {}", clock::word(clock));
        WidgetInfo::labeled(Role::Button, true, told)
    });
    if response.clicked() {
        clock::go_on(clock, actions);
    }
}
