//! The settings: looks, log, where issue keys lead. Every change holds at once and is saved by itself. Main thread.

mod kept;

use eframe::egui::{
    self, CornerRadius, Margin, Role, ScrollArea, Sense, StrokeKind, Ui, Vec2, WidgetInfo,
};

use crate::model::issue::{IssueFinder, IssuePattern};
use crate::model::settings::{BoardGroup, LogClock, Settings, ThemeChoice};
use crate::ui::action::UiAction;
use crate::ui::route::Route;
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::{View, ViewContext};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::safe_text;
use crate::ui::widgets::text_field::TextField;

const LABEL: f32 = 180.0;
const WIDTH: f32 = 860.0;

#[derive(Default)]
pub struct SettingsView {
    pattern: String,
    url: String,
    sample: String,
    kept: kept::KeptPanel,
}

const KEYS: &[(&str, &str)] = &[
    ("Tab", "to the next control"),
    ("Ctrl++ Ctrl+−", "larger, smaller"),
];

impl View for SettingsView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        ScrollArea::vertical()
            .auto_shrink([false, false])
            .content_margin(Margin::same(16))
            .show(ui, |ui| {
                ui.set_max_width(WIDTH);
                let theme = theme::of(ui);
                ui.label(theme.title("Settings"));
                ui.add_space(space::M);
                panel(ui, "Looks", |ui| looks(ui, cx));
                panel(ui, "Board", |ui| board(ui, cx));
                panel(ui, "Build log", |ui| log(ui, cx));
                panel(ui, "Kept logs", |ui| self.kept.ui(ui, cx));
                panel(ui, "Issues", |ui| self.issues(ui, cx));
                ui.label(theme.small(format!(
                    "Starboard {}. Settings are saved by themselves; secrets are never among them.",
                    env!("CARGO_PKG_VERSION")
                )));
            });
    }

    fn keys(&self, _route: &Route) -> &'static [(&'static str, &'static str)] {
        KEYS
    }
}

fn panel(ui: &mut Ui, title: &str, content: impl FnOnce(&mut Ui)) {
    let theme = theme::of(ui);
    ui.label(theme.caption(title));
    theme
        .panel_frame()
        .inner_margin(Margin::symmetric(16, 12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = space::S;
            content(ui);
        });
    ui.add_space(space::L);
}

fn setting(ui: &mut Ui, name: &str, content: impl FnOnce(&mut Ui)) {
    let room = Vec2::new(ui.available_width(), size::BUTTON);
    let layout = egui::Layout::left_to_right(egui::Align::Center);
    ui.allocate_ui_with_layout(room, layout, |ui| {
        let left = ui.cursor().left();
        ui.label(theme::of(ui).body(name));
        let used = ui.cursor().left() - left;
        ui.add_space((LABEL - used).max(space::S));
        content(ui);
    });
}

fn set(cx: &mut ViewContext<'_>, change: impl FnOnce(&mut Settings) + Send + 'static) {
    cx.actions.push(UiAction::Settings(Box::new(change)));
}

fn looks(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    setting(ui, "Theme", |ui| {
        let choices = [
            ("System", ThemeChoice::System),
            ("Dark", ThemeChoice::Dark),
            ("Light", ThemeChoice::Light),
        ];
        if let Some(theme) = choose(ui, "Theme", &choices, cx.settings.theme) {
            set(cx, move |settings| settings.theme = theme);
        }
    });
    setting(ui, "Size", |ui| {
        if ui.add(Button::new("Smaller").key("Ctrl −")).clicked() {
            cx.actions.push(UiAction::ZoomOut);
        }
        ui.label(theme::of(ui).body(format!("{:.0} %", cx.settings.zoom * 100.0)));
        if ui.add(Button::new("Larger").key("Ctrl +")).clicked() {
            cx.actions.push(UiAction::ZoomIn);
        }
        let one = (cx.settings.zoom - 1.0).abs() < 0.001;
        let reset = Button::new("Reset")
            .key("Ctrl 0")
            .disabled_because(one.then(|| "It is the system's size".to_owned()));
        if ui.add(reset).clicked() {
            cx.actions.push(UiAction::ZoomReset);
        }
    });
}

fn board(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    setting(ui, "Pipelines grouped by", |ui| {
        let choices = [
            ("Nothing", BoardGroup::None),
            ("Account", BoardGroup::Account),
            ("Repository", BoardGroup::Repository),
        ];
        if let Some(group) = choose(ui, "Group by", &choices, cx.settings.views.board_group) {
            set(cx, move |settings| settings.views.board_group = group);
        }
    });
}

fn log(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    setting(ui, "Time beside each line", |ui| {
        let choices = [
            ("Since the line before", LogClock::SinceLine),
            ("Since the start", LogClock::SinceStart),
            ("Local time", LogClock::Local),
            ("UTC", LogClock::Utc),
            ("None", LogClock::Off),
        ];
        if let Some(clock) = choose(ui, "Log time", &choices, cx.settings.views.log_clock) {
            set(cx, move |settings| settings.views.log_clock = clock);
        }
    });
}

/// A row of choices of which one is on; returns a choice that was pressed.
fn choose<T: Copy + PartialEq>(ui: &mut Ui, of: &str, choices: &[(&str, T)], now: T) -> Option<T> {
    let theme = theme::of(ui);
    let mut chosen = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (words, value) in choices {
            let on = *value == now;
            let colour = if on { theme.tab_text } else { theme.soft };
            let galley = ui
                .painter()
                .layout_no_wrap((*words).to_owned(), font::medium(), colour);
            let room = Vec2::new(galley.size().x + 20.0, size::BUTTON);
            let (rect, response) = ui.allocate_exact_size(room, Sense::click());
            response.widget_info(|| {
                WidgetInfo::selected(Role::RadioButton, true, on, format!("{of}: {words}"))
            });
            let radius = CornerRadius::same(size::RADIUS);
            if on {
                ui.painter().rect(
                    rect,
                    radius,
                    theme.accent_bg,
                    egui::Stroke::new(1.0, theme.accent),
                    StrokeKind::Inside,
                );
            } else if response.hovered() || response.has_focus() {
                ui.painter().rect_filled(rect, radius, theme.hover);
            }
            let at = rect.center() - galley.size() / 2.0;
            ui.painter().galley(at, galley, colour);
            if response.clicked() && !on {
                chosen = Some(*value);
            }
        }
    });
    chosen
}

/// A pattern that is kept, and the button that drops it.
fn pattern_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, pattern: &IssuePattern) {
    let theme = theme::of(ui);
    ui.horizontal(|ui| {
        ui.label(
            theme
                .mono(safe_text::line(&pattern.pattern))
                .color(theme.text),
        );
        ui.label(theme.faint("→"));
        ui.label(theme.mono(safe_text::line(&pattern.url)));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let remove = Button::new("Remove")
                .small()
                .quiet()
                .named(format!("Remove pattern {}", pattern.pattern));
            if ui.add(remove).clicked() {
                let gone = pattern.clone();
                set(cx, move |settings| {
                    settings.issue_patterns.retain(|kept| *kept != gone);
                });
            }
        });
    });
}

impl SettingsView {
    fn issues(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let theme = theme::of(ui);
        ui.add(egui::Label::new(theme.soft("Keys such as HARB-2231 and #318 are found in commit messages and branch names. A pattern here says where they lead; the first that fits is taken.")).wrap());
        let kept = cx.settings.issue_patterns.clone();
        for pattern in &kept {
            pattern_ui(ui, cx, pattern);
        }
        let fault = self.fault();
        ui.horizontal(|ui| {
            TextField::new(&mut self.pattern, r"Pattern, such as \bHARB-\d+")
                .mono()
                .width(240.0)
                .faulty(fault.is_some())
                .show(ui);
            TextField::new(&mut self.url, "https://jira.example/browse/{key}")
                .mono()
                .width(360.0)
                .show(ui);
            let add =
                Button::new("Add")
                    .named("Add pattern")
                    .disabled_because(fault.clone().or_else(|| {
                        (self.pattern.is_empty() || self.url.is_empty())
                            .then(|| "Type a pattern and an address".to_owned())
                    }));
            if ui.add(add).clicked() {
                let pattern = IssuePattern {
                    pattern: std::mem::take(&mut self.pattern),
                    url: std::mem::take(&mut self.url),
                };
                set(cx, move |settings| settings.issue_patterns.push(pattern));
            }
        });
        if let Some(fault) = fault {
            ui.label(theme.small(safe_text::line(&fault)).color(theme.fail));
        }
        ui.horizontal(|ui| {
            TextField::new(&mut self.sample, "Try it: type a commit message")
                .width(360.0)
                .show(ui);
            for link in cx.issues.find(&self.sample) {
                let words = link
                    .url
                    .clone()
                    .unwrap_or_else(|| format!("{}: leads nowhere yet", link.key));
                ui.label(theme.small(safe_text::line(&words)));
            }
        });
    }

    /// Why the pattern being typed cannot be taken.
    fn fault(&self) -> Option<String> {
        if self.pattern.is_empty() {
            return None;
        }
        let typed = IssuePattern {
            pattern: self.pattern.clone(),
            url: self.url.clone(),
        };
        if let Err(reason) = IssueFinder::new(&[typed]) {
            return Some(reason);
        }
        let web = self.url.is_empty()
            || self.url.starts_with("https://")
            || self.url.starts_with("http://");
        (!web).then(|| "The address has to begin with https:// or http://".to_owned())
    }
}
