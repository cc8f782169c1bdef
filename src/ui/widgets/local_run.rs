//! How to run a build on one's own machine: the exact command lines in order, the files they need, and what will differ.

use eframe::egui::{self, CornerRadius, Label, Margin, Ui};

use crate::model::build::{BuildAbout, LocalRun, VariableValue};
use crate::ui::action::{Actions, UiAction};
use crate::ui::theme::{self, font, size, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{facts, safe_text, split};

/// Paints the steps, or why there are none.
pub fn show(
    ui: &mut Ui,
    run: &Result<LocalRun, String>,
    about: &BuildAbout,
    actions: &mut Actions,
) {
    let theme = theme::of(ui);
    ui.add_space(space::S);
    let run = match run {
        Ok(run) => run,
        Err(why) => {
            ui.label(theme.strong("It cannot be run on this machine"));
            facts::note(ui, why);
            return;
        }
    };
    let words = "In a folder with the sources. Docker has to run here.";
    ui.add(Label::new(theme.small(words)).wrap());
    ui.add_space(space::XS);
    if ui.add(Button::new("Copy all commands")).clicked() {
        copy(actions, &all(run), "Copied all commands");
    }
    for (index, step) in run.steps.iter().enumerate() {
        let why = format!("{}. {}", index + 1, capital(step.why));
        block_ui(ui, &why, &step.command, actions);
    }
    missing_ui(ui, about);
    for file in &run.files {
        block_ui(ui, &format!("File {}", file.name), &file.text, actions);
    }
    block_ui(ui, "The build without AWS's script", &run.docker, actions);
    if !run.notes.is_empty() {
        facts::section(ui, "What differs from CodeBuild");
        for note in &run.notes {
            facts::note(ui, note);
        }
    }
}

/// Every command in order, a line each.
pub fn all(run: &LocalRun) -> String {
    let commands: Vec<&str> = run.steps.iter().map(|step| step.command.as_str()).collect();
    commands.join("\n")
}

/// The references whose values only AWS has.
fn missing_ui(ui: &mut Ui, about: &BuildAbout) {
    let theme = theme::of(ui);
    let variables = about.environment.variables.iter();
    let missing: Vec<&str> = variables
        .filter(|it| {
            matches!(
                it.value,
                VariableValue::ParameterStore(_) | VariableValue::SecretsManager(_)
            )
        })
        .map(|it| it.name.as_str())
        .collect();
    if missing.is_empty() {
        return;
    }
    ui.add_space(space::S);
    let words = format!(
        "Without their values: {}. They are kept in Parameter Store or Secrets Manager, which Starboard never reads; fill them in yourself.",
        missing.join(", ")
    );
    ui.add(Label::new(theme.body(safe_text::line(&words))).wrap());
}

fn block_ui(ui: &mut Ui, title: &str, text: &str, actions: &mut Actions) {
    let theme = theme::of(ui);
    ui.add_space(space::S);
    let said = safe_text::line(title).into_owned();
    let named = theme.caption(said.as_str());
    split::row(
        ui,
        size::CHIP,
        0.0,
        actions,
        |ui, actions| {
            let button = Button::new("Copy").small().named(format!("Copy: {title}"));
            if ui.add(button).clicked() {
                copy(actions, text, &format!("Copied: {title}"));
            }
        },
        |ui, _| {
            ui.add(Label::new(named).truncate())
                .on_hover_text(said.as_str());
        },
    );
    ui.add_space(2.0);
    egui::Frame::new()
        .fill(theme.sunk)
        .stroke(theme.outline())
        .corner_radius(CornerRadius::same(size::RADIUS))
        .inner_margin(Margin::same(8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let shown = safe_text::block(text).into_owned();
            let text = egui::RichText::new(shown)
                .font(font::mono())
                .color(theme.text);
            ui.add(Label::new(text).wrap().selectable(true));
        });
}

fn copy(actions: &mut Actions, text: &str, said: &str) {
    actions.push(UiAction::Copy(text.to_owned()));
    actions.push(UiAction::Say(said.to_owned()));
}

fn capital(words: &str) -> String {
    let mut characters = words.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().collect::<String>() + characters.as_str(),
        None => String::new(),
    }
}
