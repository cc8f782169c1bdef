//! Environment variables: plain ones masked where they look like secrets, the others as what they refer to.

use std::collections::BTreeSet;
use std::sync::Arc;

use eframe::egui::{self, Ui};

use crate::model::build::{
    BuildAbout, Reference, References, Suspicion, Variable, VariableValue, suspicions,
};
use crate::model::ids::BuildProjectKey;
use crate::model::mask;
use crate::model::oneshot::{Request, Response};
use crate::model::status::Status;
use crate::ui::action::UiAction;
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::builds::asked;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::references::{self, Tally};
use crate::ui::widgets::{copyable, glyph, safe_text};

#[derive(Default)]
pub struct Variables {
    /// Names of those that a person asked to see.
    revealed: BTreeSet<String>,
}

impl Variables {
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        project: &BuildProjectKey,
        about: &BuildAbout,
    ) {
        let theme = theme::of(ui);
        let variables = &about.environment.variables;
        ui.add_space(space::S);
        let references = check_ui(ui, cx, project);
        ui.add_space(space::S);
        if variables.is_empty() {
            let words = "No environment variables are set; the buildspec may set its own.";
            ui.add(egui::Label::new(theme.small(words)).wrap());
        }
        let suspicions = suspicions(about);
        if !suspicions.is_empty() {
            warning_ui(ui, &suspicions);
            ui.add_space(space::S);
        }
        let found = references.map_or(&[][..], |references| references.found.as_slice());
        for variable in variables {
            let own = found.iter().find(|it| it.needed_by == variable.name);
            let suspected = suspicions.iter().find(|it| it.name == variable.name);
            self.variable_ui(ui, cx, variable, suspected.map(|it| it.why), own);
        }
        let others = found.iter().filter(|it| {
            variables
                .iter()
                .all(|variable| variable.name != it.needed_by)
        });
        others_ui(ui, cx, others);
    }

    fn variable_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        variable: &Variable,
        suspected: Option<&str>,
        reference: Option<&Reference>,
    ) {
        let theme = theme::of(ui);
        let name = safe_text::line(&variable.name).into_owned();
        ui.horizontal(|ui| {
            ui.set_height(size::LINE);
            let face = (font::strong(), theme.text);
            copyable::text(ui, &name, &variable.name, face, cx.actions);
            if let Some(kind) = kind(&variable.value) {
                ui.add(Chip::new(safe_text::elide(&safe_text::line(kind), 32)).small());
            }
            if let Some(why) = suspected {
                glyph::status(ui, Status::Errored, size::SMALL_GLYPH)
                    .on_hover_text(format!("A secret in plain text? {why}"));
            }
        });
        match &variable.value {
            VariableValue::Plain(value) | VariableValue::Other(_, value) => {
                self.plain_ui(ui, cx, variable, value.reveal(), suspected.is_some());
            }
            VariableValue::ParameterStore(name) | VariableValue::SecretsManager(name) => {
                let face = (font::mono(), theme.soft);
                copyable::text(ui, name, name, face, cx.actions);
            }
        }
        if let Some(reference) = reference {
            references::outcome(ui, reference, cx.now);
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
        suspected: bool,
    ) {
        let theme = theme::of(ui);
        let shown = mask::shown(&variable.name, value, &[]);
        let is_masked = suspected || shown != value;
        let revealed = self.revealed.contains(&variable.name);
        ui.horizontal(|ui| {
            ui.set_height(size::LINE);
            if value.is_empty() {
                ui.label(theme.small("empty"));
            } else if is_masked && !revealed {
                let shown = if shown == value { mask::MASK } else { &shown };
                let text = egui::RichText::new(shown)
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

/// Asks on demand whether what the project refers to is there; the answer, once it is here.
fn check_ui<'a>(
    ui: &mut Ui,
    cx: &mut ViewContext<'a>,
    project: &BuildProjectKey,
) -> Option<&'a Arc<References>> {
    let request = Request::References {
        project: project.clone(),
    };
    if cx.oneshots.get(&request).is_none() {
        let button = Button::new("Check references").small();
        let hint = "Asks Parameter Store, Secrets Manager and KMS whether everything the project refers to is there. Values are never read.";
        if ui.add(button).on_hover_text(hint).clicked() {
            cx.actions.push(UiAction::Ask(request));
        }
        return None;
    }
    let shown = asked::show(ui, cx, &request, "Checking the references…");
    let Some((at, Response::References(references))) = shown else {
        return None;
    };
    let theme = theme::of(ui);
    ui.label(theme.strong(Tally::of(&references.found).words()));
    if let Some(words) = references.buildspec.words() {
        ui.add(egui::Label::new(theme.small(safe_text::line(&words))).wrap());
    }
    asked::age_ui(ui, cx, &request, at);
    Some(references)
}

/// What is referred to beside the variables: the encryption key, the registry's credential.
fn others_ui<'a>(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    others: impl Iterator<Item = &'a Reference>,
) {
    let theme = theme::of(ui);
    let others: Vec<&Reference> = others.collect();
    if others.is_empty() {
        return;
    }
    ui.label(theme.caption("Also referred to"));
    for reference in others {
        ui.add_space(space::XS);
        ui.horizontal(|ui| {
            ui.label(theme.strong(safe_text::line(&reference.needed_by)));
            ui.add(Chip::new(references::kind(reference)).small());
        });
        let face = (font::mono(), theme.soft);
        copyable::text(ui, &reference.name, &reference.name, face, cx.actions);
        references::outcome(ui, reference, cx.now);
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

/// AWS's word for what is no plain text.
fn kind(value: &VariableValue) -> Option<&str> {
    match value {
        VariableValue::Plain(_) => None,
        VariableValue::ParameterStore(_) => Some("PARAMETER_STORE"),
        VariableValue::SecretsManager(_) => Some("SECRETS_MANAGER"),
        VariableValue::Other(kind, _) => Some(kind),
    }
}

fn warning_ui(ui: &mut Ui, suspicions: &[Suspicion]) {
    let theme = theme::of(ui);
    let said: Vec<String> = suspicions
        .iter()
        .map(|it| format!("{}: {}", safe_text::line(&it.name), it.why))
        .collect();
    let noun = if said.len() == 1 {
        "A secret in plain text?"
    } else {
        "Secrets in plain text?"
    };
    let words = format!(
        "{noun} {}. Everyone who may read the project or a build sees it; Secrets Manager and Parameter Store keep it apart.",
        said.join("; ")
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
