//! What a build or a project runs in and with, as AWS says it, to read, to copy and to open.

use eframe::egui::{self, CornerRadius, Margin, Ui};

use crate::model::build::{Build, BuildAbout, BuildArtifact, BuildSource};
use crate::model::console;
use crate::model::ids::{BuildKey, Region};
use crate::model::mask;
use crate::model::time::Timestamp;
use crate::ui::action::UiAction;
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{copyable, facts, safe_text};

/// A longer buildspec is shown without colours.
const MOST_HIGHLIGHTED: usize = 64 * 1024;

pub fn of_build(ui: &mut Ui, cx: &mut ViewContext<'_>, key: &BuildKey, build: &Build) {
    facts::prepare(ui);
    facts::section(ui, "Build");
    facts::row(ui, "ARN", &build.arn, cx.actions);
    facts::row(ui, "State", build.state.word(), cx.actions);
    row(ui, "Started by", build.initiator.as_deref(), cx);
    row(ui, "Version", build.source_version.as_deref(), cx);
    let resolved = build.resolved_source_version.as_deref();
    row(ui, "Came to", resolved, cx);
    for (name, at) in [("Started", build.started), ("Ended", build.ended)] {
        row(ui, name, at.map(Timestamp::rfc3339).as_deref(), cx);
    }
    if let Some(billed) = build.billed(cx.now) {
        facts::row(ui, "Billed", &billed.words(), cx.actions);
    }
    failure(ui, cx, build);
    if !build.exported.is_empty() {
        facts::section(ui, "Exported variables");
        for (name, value) in &build.exported {
            facts::row(ui, name, &mask::shown(name, value, &[]), cx.actions);
        }
    }
    let log = build.log.as_ref();
    let group = log.map(|log| log.group.as_str());
    let stream = log.map(|log| log.stream.as_str());
    circumstances(ui, cx, &key.scope.region, &build.about, |ui, cx| {
        row(ui, "Log group", group, cx);
        row(ui, "Log stream", stream, cx);
        object_row(
            ui,
            "Log in S3",
            build.log_s3.as_deref(),
            &key.scope.region,
            cx,
        );
    });
}

/// What CodeBuild itself says of the first phase that failed.
fn failure(ui: &mut Ui, cx: &mut ViewContext<'_>, build: &Build) {
    let failing = build.failing_phase();
    let Some(phase) = failing.filter(|_| build.state.status.is_bad()) else {
        return;
    };
    facts::section(ui, "Failed");
    facts::row(ui, "Phase", &phase.name, cx.actions);
    for context in &phase.contexts {
        facts::row(ui, "Code", &context.status_code, cx.actions);
        facts::row(ui, "Message", &context.said(), cx.actions);
    }
}

/// The environment and everything around it; `logs` adds where this very build's log lies.
pub fn circumstances(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    region: &Region,
    about: &BuildAbout,
    logs: impl FnOnce(&mut Ui, &mut ViewContext<'_>),
) {
    environment(ui, cx, about);
    facts::section(ui, "Acts as");
    row(ui, "Role", about.service_role.as_deref(), cx);
    row(ui, "Key", about.encryption_key.as_deref(), cx);
    network(ui, cx, about);
    for artifact in &about.artifacts {
        artifact_ui(ui, cx, region, artifact);
    }
    facts::section(ui, "Log");
    let settings = &about.logs;
    let cloudwatch = settings.cloudwatch.as_deref().unwrap_or("enabled");
    facts::row(ui, "CloudWatch", cloudwatch, cx.actions);
    row(ui, "S3", settings.s3.as_deref(), cx);
    row(ui, "S3 prefix", settings.s3_location.as_deref(), cx);
    logs(ui, cx);
    facts::section(ui, "Limits");
    for (name, minutes) in [
        ("Times out after", about.timeout_minutes),
        ("Queued at most", about.queued_timeout_minutes),
    ] {
        let words = minutes.map(|minutes| format!("{minutes} min"));
        row(ui, name, words.as_deref(), cx);
    }
    for source in &about.sources {
        source_ui(ui, cx, source);
    }
}

fn environment(ui: &mut Ui, cx: &mut ViewContext<'_>, about: &BuildAbout) {
    let environment = &about.environment;
    facts::section(ui, "Runs in");
    facts::row(ui, "Image", &environment.image, cx.actions);
    facts::row(ui, "Compute", &environment.compute, cx.actions);
    facts::row(ui, "Kind", &environment.kind, cx.actions);
    let pulled = environment.image_credentials.as_deref();
    row(ui, "Image pulled as", pulled, cx);
    if environment.privileged {
        facts::row(ui, "Privileged", "yes: Docker runs inside", cx.actions);
    }
    row(ui, "Fleet", environment.fleet.as_deref(), cx);
    if let Some(cache) = &about.cache {
        facts::row(ui, "Cache", &cache.kind, cx.actions);
        row(ui, "Cache location", cache.location.as_deref(), cx);
        facts::row(ui, "Cache modes", &cache.modes.join(", "), cx.actions);
    }
    for (identifier, location) in &about.file_systems {
        facts::row(ui, &format!("Mount {identifier}"), location, cx.actions);
    }
}

fn network(ui: &mut Ui, cx: &mut ViewContext<'_>, about: &BuildAbout) {
    let Some(vpc) = &about.vpc else { return };
    facts::section(ui, "Network");
    facts::row(ui, "VPC", &vpc.id, cx.actions);
    facts::row(ui, "Subnets", &vpc.subnets.join(", "), cx.actions);
    let groups = vpc.security_groups.join(", ");
    facts::row(ui, "Security groups", &groups, cx.actions);
}

fn artifact_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, region: &Region, artifact: &BuildArtifact) {
    let is_none = artifact.kind == "NO_ARTIFACTS" && artifact.location.is_none();
    let title = match artifact.identifier.as_str() {
        "" => "Artifact".to_owned(),
        identifier => format!("Artifact {identifier}"),
    };
    facts::section(ui, &title);
    if is_none {
        facts::note(ui, "It gives none.");
        return;
    }
    facts::row(ui, "Kind", &artifact.kind, cx.actions);
    object_row(ui, "Location", artifact.location.as_deref(), region, cx);
    row(ui, "Path", artifact.path.as_deref(), cx);
    row(ui, "Name", artifact.name.as_deref(), cx);
    row(ui, "SHA-256", artifact.sha256.as_deref(), cx);
    row(ui, "MD5", artifact.md5.as_deref(), cx);
    if artifact.encryption_disabled {
        facts::row(ui, "Encryption", "disabled", cx.actions);
    }
}

/// An object of S3: its bucket and key apart, each to be copied, and the way to it in the console.
fn object_row(
    ui: &mut Ui,
    name: &str,
    location: Option<&str>,
    region: &Region,
    cx: &mut ViewContext<'_>,
) {
    let Some(location) = location.filter(|location| !location.is_empty()) else {
        return;
    };
    let path = console::bucket_and_key(location);
    let Some((bucket, key)) = path.split_once('/').filter(|(_, key)| !key.is_empty()) else {
        facts::row(ui, name, location, cx.actions);
        return;
    };
    facts::row(ui, "Bucket", bucket, cx.actions);
    facts::row_with(ui, "Key", |ui| {
        let address = console::object(region, location);
        let room = ui.available_width() - 44.0;
        let face = (font::mono(), theme::of(ui).text);
        ui.scope(|ui| {
            ui.set_max_width(room.max(40.0));
            copyable::text(ui, key, key, face, cx.actions);
        });
        if let Some(address) = address {
            let button = Button::new("↗")
                .small()
                .named(format!("Open {name} in the AWS console"));
            if ui.add(button).on_hover_text(&address).clicked() {
                cx.actions.push(UiAction::OpenLink(address));
            }
        }
    });
}

fn source_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, source: &BuildSource) {
    let title = match source.identifier.as_str() {
        "" => "Source".to_owned(),
        identifier => format!("Source {identifier}"),
    };
    facts::section(ui, &title);
    facts::row(ui, "Kind", &source.kind, cx.actions);
    row(ui, "Location", source.location.as_deref(), cx);
    row(ui, "Version", source.version.as_deref(), cx);
    match (source.inline_buildspec(), source.buildspec.as_deref()) {
        (Some(text), _) => {
            facts::row_with(ui, "Buildspec", |ui| {
                ui.label(theme::of(ui).small("kept inline with the project"));
                if ui
                    .add(Button::new("Copy").small().named("Copy the buildspec"))
                    .clicked()
                {
                    cx.actions.push(UiAction::Copy(text.to_owned()));
                    let said = "Copied the buildspec".to_owned();
                    cx.actions.push(UiAction::Say(said));
                }
            });
            buildspec_ui(ui, text);
        }
        (None, Some(path)) => facts::row(ui, "Buildspec", path, cx.actions),
        (None, None) if source.identifier.is_empty() => {
            facts::row(ui, "Buildspec", "buildspec.yml", cx.actions);
        }
        (None, None) => {}
    }
}

/// The buildspec in colours, to be selected and copied.
fn buildspec_ui(ui: &mut Ui, text: &str) {
    let theme = theme::of(ui);
    let text = safe_text::block(text);
    let language = if text.trim_start().starts_with('{') {
        "json"
    } else {
        "yaml"
    };
    ui.add_space(space::XS);
    egui::Frame::new()
        .fill(theme.sunk)
        .stroke(theme.outline())
        .corner_radius(CornerRadius::same(size::RADIUS))
        .inner_margin(Margin::same(8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            let job = if text.len() <= MOST_HIGHLIGHTED {
                let look = if theme.dark {
                    egui_extras::syntax_highlighting::CodeTheme::dark(12.0)
                } else {
                    egui_extras::syntax_highlighting::CodeTheme::light(12.0)
                };
                egui_extras::syntax_highlighting::highlight(
                    ui.ctx(),
                    ui.style(),
                    &look.with_font_id(font::mono()),
                    &text,
                    language,
                )
            } else {
                let text = text.clone().into_owned();
                egui::text::LayoutJob::simple(text, font::mono(), theme.text, f32::INFINITY)
            };
            ui.add(egui::Label::new(job).wrap().selectable(true));
        });
}

fn row(ui: &mut Ui, name: &str, value: Option<&str>, cx: &mut ViewContext<'_>) {
    if let Some(value) = value {
        facts::row(ui, name, value, cx.actions);
    }
}
