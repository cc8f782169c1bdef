//! An action of a provider without a pane of its own: how it is configured, what it says, why it failed, where it runs,
//! and where to look further.

use eframe::egui::{self, Align, Layout, Margin, Ui};

use crate::model::graph::{ActionNode, label};
use crate::model::ids::Scope;
use crate::model::mask;
use crate::model::oneshot::{ActionType, Oneshot, Request, Response};
use crate::model::pipeline::ActionDeclaration;
use crate::model::status::Status;
use crate::model::there;
use crate::model::time::{duration, rough};
use crate::ui::action::UiAction;
use crate::ui::route::Route;
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::details::row_ui;
use crate::ui::views::project::failure;
use crate::ui::views::project::panes::{head_ui, not_run_ui};
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::stage_graph::execution_link;
use crate::ui::widgets::{age, copyable, glyph, safe_text};

pub fn ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode, cx: &mut ViewContext<'_>) {
    let declared = scene.pipeline.declaration(&action.key);
    let kind = declared.and_then(|declared| type_of(scene, declared, cx));
    let links = links(action, declared, kind.as_ref());
    head_ui(ui, action, |ui| {
        let theme = theme::of(ui);
        ui.label(theme.faint(safe_text::line(&action.place())));
        let clock = action.clock(cx.now);
        if !clock.is_empty() {
            ui.label(theme.faint(clock));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            for (words, url) in &links {
                let button = Button::new(safe_text::line(words));
                if ui.add(button).on_hover_text(url).clicked() {
                    cx.actions.push(UiAction::OpenLink(url.clone()));
                }
            }
        });
    });
    egui::ScrollArea::vertical()
        .id_salt("other")
        .auto_shrink(false)
        .show(ui, |ui| {
            egui::Frame::new()
                .inner_margin(Margin::symmetric(12, 10))
                .show(ui, |ui| {
                    elsewhere_ui(ui, scene, action, cx);
                    if action.state.status == Status::NotRun {
                        let room = ui.available_size().min(egui::vec2(f32::INFINITY, 130.0));
                        ui.allocate_ui(room, |ui| not_run_ui(ui, scene, action));
                    } else {
                        said_ui(ui, scene, action, cx);
                    }
                    configuration_ui(ui, scene, action, kind.as_ref(), cx);
                    runs_ui(ui, scene, action, cx);
                });
        });
}

/// How its provider declared this kind of action. Asked only of those that are not AWS's own.
fn type_of(
    scene: Scene<'_>,
    declared: &ActionDeclaration,
    cx: &mut ViewContext<'_>,
) -> Option<ActionType> {
    if declared.owner == "AWS" {
        return None;
    }
    let request = Request::ActionTypes {
        scope: scene.pipeline.key.scope.clone(),
    };
    match cx.oneshots.get(&request) {
        Some(Oneshot::Ready {
            response: Response::ActionTypes(types),
            ..
        }) => there::type_of(types, declared).cloned(),
        None => {
            cx.actions.push(UiAction::Ask(request));
            None
        }
        Some(_) => None,
    }
}

/// The pages of this run and of what it works on, from the right.
fn links(
    action: &ActionNode,
    declared: Option<&ActionDeclaration>,
    kind: Option<&ActionType>,
) -> Vec<(String, String)> {
    let provider = safe_text::elide(&action.provider, 24).into_owned();
    let mut links = Vec::new();
    let filled = kind.zip(declared);
    let told = action.external_url.clone().filter(|url| there::is_web(url));
    let run = told.or_else(|| {
        let (kind, declared) = filled?;
        let id = action.external_id.as_deref()?;
        there::execution_url(kind, &declared.configuration, id)
    });
    links.extend(run.map(|url| (format!("Open in {provider} ↗"), url)));
    let entity =
        filled.and_then(|(kind, declared)| there::entity_url(kind, &declared.configuration));
    links.extend(entity.map(|url| (format!("{provider} project ↗"), url)));
    links
}

/// An action of another account or region says where it runs, and what it takes to see it there.
fn elsewhere_ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode, cx: &mut ViewContext<'_>) {
    let Some((words, is_signed_in)) = elsewhere(scene, action) else {
        return;
    };
    let theme = theme::of(ui);
    let frame = egui::Frame::new()
        .fill(theme.raised)
        .corner_radius(size::RADIUS)
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(egui::Label::new(theme.body(safe_text::line(&words))).wrap());
        if !is_signed_in {
            ui.add_space(space::XS);
            if ui.add(Button::new("Sign in to it…").small()).clicked() {
                cx.actions.push(UiAction::Go(Route::Accounts));
            }
        }
    });
    ui.add_space(space::M);
}

/// Where it runs, if elsewhere than the pipeline, and whether that can be looked at from here.
fn elsewhere(scene: Scene<'_>, action: &ActionNode) -> Option<(String, bool)> {
    let own = &scene.pipeline.key.scope.region;
    let region = action.region.as_ref().filter(|region| *region != own);
    let Some(number) = &action.account else {
        return region.map(|region| {
            (
                format!("Runs in {region}, not in the pipeline's region."),
                true,
            )
        });
    };
    let in_region = region.map_or_else(String::new, |region| format!(" in {region}"));
    let grouped = number.grouped();
    Some(match scene.account_of(action) {
        Some(account) => (
            format!(
                "Runs in {} ({grouped}){in_region}, with a role there.",
                account.name
            ),
            true,
        ),
        None => (
            format!(
                "Runs in account {grouped}{in_region}, which is not signed in here: what it does there can be seen once it is."
            ),
            false,
        ),
    })
}

/// Whether what it does lies in an account that nobody is signed in to here.
pub fn is_out_of_reach(scene: Scene<'_>, action: &ActionNode) -> bool {
    action.account.is_some() && scene.account_of(action).is_none()
}

/// The scope an action runs in, as far as that account is signed in.
pub fn scope_of(scene: Scene<'_>, action: &ActionNode) -> Scope {
    there::scope_of(action, &scene.pipeline.key.scope, scene.accounts)
}

fn said_ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode, cx: &mut ViewContext<'_>) {
    let theme = theme::of(ui);
    failure::ui(ui, scene, action, cx);
    if let Some(summary) = action.summary.as_deref().filter(|it| !it.is_empty()) {
        let words = theme.body(safe_text::block(summary));
        ui.add(egui::Label::new(words).wrap().selectable(true));
        ui.add_space(space::M);
    }
    if let Some(percent) = action
        .percent_complete
        .filter(|_| action.state.status == Status::Running)
    {
        ui.label(theme.soft(format!("{percent} % complete")));
        ui.add_space(space::M);
    }
    if let Some(id) = &action.external_id {
        ui.horizontal(|ui| {
            ui.label(theme.small("Run there as"));
            copyable::id(ui, id, id, cx.actions);
        });
    }
    if action.summary.is_none() && action.error.is_none() && action.external_id.is_none() {
        let words = format!(
            "{} tells CodePipeline no more than its state: {}.",
            safe_text::line(&action.provider),
            action.state
        );
        ui.add(egui::Label::new(theme.soft(words)).wrap());
    }
}

/// How it is configured: as it ran, else as it is declared. Secrets are masked.
fn configuration_ui(
    ui: &mut Ui,
    scene: Scene<'_>,
    action: &ActionNode,
    kind: Option<&ActionType>,
    cx: &mut ViewContext<'_>,
) {
    let theme = theme::of(ui);
    let attempt = scene
        .pipeline
        .attempts(&action.key)
        .find(|attempt| action.attempt.as_ref() == Some(&attempt.id));
    let declared = scene.pipeline.declaration(&action.key);
    let resolved = attempt
        .map(|attempt| &attempt.configuration)
        .filter(|configuration| !configuration.is_empty());
    let configuration = resolved.or_else(|| declared.map(|declared| &declared.configuration));
    let Some(configuration) = configuration.filter(|it| !it.is_empty()) else {
        return;
    };
    ui.add_space(space::L);
    let words = match (resolved, declared) {
        (Some(_), _) => "Configuration, as it ran".to_owned(),
        (None, Some(declared)) if declared.owner != "AWS" => {
            format!(
                "Configuration ({} by {})",
                declared.owner, declared.provider
            )
        }
        _ => "Configuration".to_owned(),
    };
    ui.label(theme.caption(safe_text::line(&words)));
    ui.add_space(space::XS);
    ui.spacing_mut().interact_size.y = size::LINE;
    let secret_keys = kind.map_or(&[][..], |kind| &kind.secret_keys);
    for (name, value) in configuration {
        row_ui(ui, name, &mask::shown(name, value, secret_keys), cx);
    }
}

/// What the action did in each execution lately.
fn runs_ui(ui: &mut Ui, scene: Scene<'_>, action: &ActionNode, cx: &mut ViewContext<'_>) {
    const SHOWN: usize = 12;
    let theme = theme::of(ui);
    let mut runs = scene.pipeline.attempts(&action.key).take(SHOWN).peekable();
    if runs.peek().is_none() {
        return;
    }
    ui.add_space(space::L);
    let usual = action
        .usual
        .map_or_else(String::new, |usual| format!(", usually {}", rough(usual)));
    ui.label(theme.caption(format!("Recent runs{usual}")));
    ui.add_space(space::XS);
    ui.spacing_mut().interact_size.y = size::LINE;
    for run in runs {
        ui.horizontal(|ui| {
            glyph::status(ui, run.status(), size::SMALL_GLYPH);
            let name = label(scene.pipeline, &run.execution);
            let is_shown = scene.execution_at(action) == Some(&run.execution);
            if execution_link(ui, &run.execution, &name) && !is_shown {
                cx.actions.push(UiAction::Go(
                    scene.with_execution(Some(run.execution.clone())),
                ));
            }
            if let Some(started) = run.started {
                age::ago(ui, started, cx.now);
            }
            if let Some(took) = run.duration() {
                ui.label(theme.small(format!("took {}", duration(took))));
            }
            let said = run.error.as_ref().map(|error| &error.message);
            if let Some(said) = said.or(run.external_summary.as_ref()) {
                let said = theme.small(safe_text::line(said));
                ui.add(egui::Label::new(said).truncate());
            }
        });
    }
}
