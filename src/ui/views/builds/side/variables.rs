//! Environment variables: plain ones masked where they look like secrets, the others as what they refer to.

use std::collections::BTreeSet;

use eframe::egui::{self, Ui};

use crate::model::build::{BuildAbout, Variable, VariableValue};
use crate::model::mask;
use crate::model::status::Status;
use crate::ui::action::UiAction;
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::{copyable, glyph, safe_text};

#[derive(Default)]
pub struct Variables {
    /// Names of those that a person asked to see.
    revealed: BTreeSet<String>,
}

impl Variables {
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, about: &BuildAbout) {
        let theme = theme::of(ui);
        let variables = &about.environment.variables;
        ui.add_space(space::S);
        if variables.is_empty() {
            let words = "No environment variables are set; the buildspec may set its own.";
            ui.add(egui::Label::new(theme.small(words)).wrap());
            return;
        }
        let secrets: Vec<&Variable> = variables.iter().filter(|it| looks_secret(it)).collect();
        if !secrets.is_empty() {
            warning_ui(ui, &secrets);
            ui.add_space(space::S);
        }
        for variable in variables {
            self.variable_ui(ui, cx, variable);
        }
    }

    fn variable_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, variable: &Variable) {
        let theme = theme::of(ui);
        let name = safe_text::line(&variable.name).into_owned();
        ui.horizontal(|ui| {
            ui.set_height(size::LINE);
            let face = (font::strong(), theme.text);
            copyable::text(ui, &name, &variable.name, face, cx.actions);
            if let Some(kind) = kind(&variable.value) {
                ui.add(Chip::new(safe_text::elide(&safe_text::line(kind), 32)).small());
            }
            if looks_secret(variable) {
                glyph::status(ui, Status::Errored, size::SMALL_GLYPH)
                    .on_hover_text("It looks like a secret, in plain text");
            }
        });
        match &variable.value {
            VariableValue::Plain(value) | VariableValue::Other(_, value) => {
                self.plain_ui(ui, cx, variable, value.reveal());
            }
            VariableValue::ParameterStore(name) | VariableValue::SecretsManager(name) => {
                let face = (font::mono(), theme.soft);
                copyable::text(ui, name, name, face, cx.actions);
            }
        }
        ui.add_space(space::XS);
        let line = ui.max_rect().x_range();
        ui.painter()
            .hline(line, ui.cursor().top(), theme.row_line());
        ui.add_space(space::XS);
    }

    /// The value, or its mask and the way to see it.
    fn plain_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        variable: &Variable,
        value: &str,
    ) {
        let theme = theme::of(ui);
        let shown = mask::shown(&variable.name, value, &[]);
        let is_masked = shown != value;
        let revealed = self.revealed.contains(&variable.name);
        ui.horizontal(|ui| {
            ui.set_height(size::LINE);
            if value.is_empty() {
                ui.label(theme.small("empty"));
            } else if is_masked && !revealed {
                let text = egui::RichText::new(shown.as_ref())
                    .font(font::mono())
                    .color(theme.soft);
                ui.label(text);
            } else {
                let face = (font::mono(), theme.soft);
                let room = ui.available_width() - if is_masked { 60.0 } else { 0.0 };
                ui.scope(|ui| {
                    ui.set_max_width(room.max(40.0));
                    copy_ui(ui, cx, value, is_masked, face);
                });
            }
            if is_masked {
                let (word, name) = if revealed {
                    ("Hide", "Hide")
                } else {
                    ("Show", "Show")
                };
                let button = Button::new(word)
                    .small()
                    .named(format!("{name} the value of {}", variable.name));
                if ui.add(button).clicked() && !self.revealed.remove(&variable.name) {
                    self.revealed.insert(variable.name.clone());
                }
            }
        });
    }
}

/// A secret that is shown is copied without being said again in a toast or read out by a screen reader.
fn copy_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    value: &str,
    is_secret: bool,
    face: (egui::FontId, egui::Color32),
) {
    if !is_secret {
        copyable::text(ui, value, value, face, cx.actions);
        return;
    }
    let words = safe_text::line(value);
    let text = egui::RichText::new(words.as_ref())
        .font(face.0)
        .color(face.1);
    let label = egui::Label::new(text)
        .truncate()
        .selectable(false)
        .sense(egui::Sense::click());
    let response = ui.add(label);
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::Role::Button, true, "Copy the value shown")
    });
    if response.clicked() {
        cx.actions.push(UiAction::Copy(value.to_owned()));
        cx.actions
            .push(UiAction::Say("Copied the value".to_owned()));
    }
    response.on_hover_text("Click to copy");
}

/// A plain value under a name that people give to secrets, or that has the form of an access key.
pub fn looks_secret(variable: &Variable) -> bool {
    match &variable.value {
        VariableValue::Plain(value) | VariableValue::Other(_, value) => {
            let value = value.reveal();
            !value.is_empty() && mask::shown(&variable.name, value, &[]) != value
        }
        VariableValue::ParameterStore(_) | VariableValue::SecretsManager(_) => false,
    }
}

/// AWS's word for what is no plain text.
fn kind(value: &VariableValue) -> Option<&str> {
    match value {
        VariableValue::Plain(_) => None,
        VariableValue::ParameterStore(_) => Some("PARAMETER_STORE"),
        VariableValue::SecretsManager(_) => Some("SECRETS_MANAGER"),
        VariableValue::Other(kind, _) => Some(kind),
    }
}

fn warning_ui(ui: &mut Ui, secrets: &[&Variable]) {
    let theme = theme::of(ui);
    let names: Vec<String> = secrets
        .iter()
        .map(|variable| safe_text::line(&variable.name).into_owned())
        .collect();
    let noun = if names.len() == 1 { "looks" } else { "look" };
    let words = format!(
        "{} {noun} like a secret in plain text: everyone who may read the project or a build sees it. Keep it in Secrets Manager or Parameter Store.",
        names.join(", ")
    );
    egui::Frame::new()
        .fill(theme.faded(theme.err, 0.1))
        .corner_radius(size::RADIUS)
        .inner_margin(egui::Margin::symmetric(10, 6))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_top(|ui| {
                glyph::status(ui, Status::Errored, size::GLYPH);
                ui.add(egui::Label::new(theme.body(words)).wrap());
            });
        });
}
