//! Why an action failed: AWS's words, and where they are about a right, which role lacks it and what to add.

use eframe::egui::{self, Margin, Ui};

use crate::model::graph::ActionNode;
use crate::model::permission::{MissingRight, RanWith};
use crate::ui::action::UiAction;
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{copyable, glyph, safe_text};

/// The error of an action, if it has one.
pub fn ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode, cx: &mut ViewContext<'_>) {
    let Some(error) = &action.error else {
        return;
    };
    let theme = theme::of(ui);
    let frame = egui::Frame::new()
        .fill(theme.fail_bg)
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_top(|ui| {
            glyph::status(ui, action.state.status, size::GLYPH);
            ui.vertical(|ui| {
                ui.label(theme.strong(safe_text::line(&error.code)));
                let words = theme.body(safe_text::block(&error.message));
                ui.add(egui::Label::new(words).wrap().selectable(true));
            });
        });
    });
    ui.add_space(space::S);
    if let Some(right) = missing(scene, action) {
        right_ui(ui, &right, cx);
    }
    ui.add_space(space::M);
}

/// The right that is missing, if the failure is about one.
pub fn missing(scene: Scene<'_>, action: &ActionNode) -> Option<MissingRight> {
    let error = action.error.as_ref()?;
    let definition = scene.pipeline.definition.value();
    let declared = scene.pipeline.declaration(&action.key);
    let attempt = scene
        .pipeline
        .attempts(&action.key)
        .find(|attempt| action.attempt.as_ref() == Some(&attempt.id));
    // The role of the attempt counts: the structure may have another by now.
    let action_role = attempt
        .and_then(|attempt| attempt.role_arn.as_deref())
        .or_else(|| declared.and_then(|declared| declared.role_arn.as_deref()));
    let ran_with = RanWith {
        pipeline_role: definition.map_or("", |definition| &definition.role_arn),
        action_role,
        provider: &action.provider,
    };
    MissingRight::read(error, ran_with)
}

fn right_ui(ui: &mut Ui, right: &MissingRight, cx: &mut ViewContext<'_>) {
    let theme = theme::of(ui);
    let frame = egui::Frame::new()
        .fill(theme.raised)
        .stroke(theme.outline())
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(12, 10));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.label(theme.caption("A permission is missing"));
        let words = theme.strong(safe_text::line(&right.headline()));
        ui.add(egui::Label::new(words).wrap());
        let words = theme.body(safe_text::line(&right.remedy()));
        ui.add(egui::Label::new(words).wrap());
        if !right.told {
            let words =
                "AWS names no action here; these are what the provider is documented to need.";
            ui.add(egui::Label::new(theme.small(words)).wrap());
        }
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().interact_size.y = size::LINE;
            ui.label(theme.small("Role"));
            copyable::id(ui, &right.role, &right.role, cx.actions);
        });
        let statement = statement(right);
        let copy = Button::new("Copy a policy statement").small();
        if ui
            .add(copy)
            .on_hover_text(safe_text::block(&statement))
            .clicked()
        {
            cx.actions.push(UiAction::Copy(statement));
            cx.actions
                .push(UiAction::Say("Copied a policy statement".to_owned()));
        }
    });
}

/// What a person pastes into a policy, to be looked at there.
fn statement(right: &MissingRight) -> String {
    let resource = right.resource.as_deref().unwrap_or("*");
    let statement = serde_json::json!({
        "Effect": "Allow",
        "Action": right.actions,
        "Resource": resource,
    });
    serde_json::to_string_pretty(&statement).unwrap_or_default()
}
