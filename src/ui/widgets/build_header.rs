//! The head of a build's pane: its name and machine, the line that says why it failed, its phases, its writes.

use eframe::egui::{
    self, Margin, Role, Sense, Stroke, WidgetInfo, text::LayoutJob, text::TextFormat,
};

use super::build_pane::HEADER;
use super::build_verbs;
use super::button::Button;
use super::chip::Chip;
use super::log_view::LogView;
use super::{age, copyable, glyph, phase_strip, safe_text, split, write};
use crate::model::ansi;
use crate::model::build::Build;
use crate::model::ids::BuildKey;
use crate::model::mask;
use crate::model::status::Status;
use crate::model::time::{self, Timestamp};
use crate::ui::action::UiAction;
use crate::ui::theme::{self, font, size};
use crate::ui::view::ViewContext;

/// Name, id, machine, the log's search and its clock.
pub fn show(
    ui: &mut egui::Ui,
    cx: &mut ViewContext<'_>,
    build: &Build,
    log_bar: impl FnOnce(&mut egui::Ui, &mut ViewContext<'_>),
) {
    split::row(ui, HEADER, 12.0, cx, log_bar, |ui, cx| name(ui, cx, build));
    underline(ui);
}

fn name(ui: &mut egui::Ui, cx: &mut ViewContext<'_>, build: &Build) {
    let theme = theme::of(ui);
    // AWS calls a build that waits in the queue one in progress; only its phase tells.
    let status = build.status();
    let (word, phase) = (build.state.word(), &build.current_phase);
    let said = format!("{}: AWS says {word}, {phase}", status.label());
    glyph::status(ui, status, size::GLYPH).on_hover_text(safe_text::line(&said));
    ui.label(theme.strong(safe_text::line(build.project.as_str())));
    let short = short_id(build);
    let look = (font::mono(), theme.faint);
    copyable::text(ui, &short, &build.arn, look, cx.actions);
    let compute = compute_words(&build.about.environment.compute);
    let machine = [compute.as_str(), build.about.environment.image.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .map(|part| safe_text::line(part).into_owned())
        .collect::<Vec<_>>()
        .join(" · ");
    if !machine.is_empty() {
        let chip = Chip::new(safe_text::elide(&machine, 48));
        if chip.width(ui) <= ui.available_width() {
            ui.add(chip).on_hover_text(safe_text::line(&format!(
                "{} · {}",
                build.about.environment.compute, build.about.environment.image
            )));
        }
    }
}

/// `general1 large` for `BUILD_GENERAL1_LARGE`; AWS's own word stands in the hint.
fn compute_words(word: &str) -> String {
    word.strip_prefix("BUILD_").map_or_else(
        || word.to_owned(),
        |size| size.replace('_', " ").to_lowercase(),
    )
}

/// `#412 3f9c0e12`: the number a person says, and enough of the id to tell builds apart.
pub fn short_id(build: &Build) -> String {
    let uuid = build
        .id
        .as_str()
        .rsplit_once(':')
        .map_or(build.id.as_str(), |(_, uuid)| uuid);
    let short = safe_text::elide_middle(uuid.split('-').next().unwrap_or(uuid), 12).into_owned();
    match build.number {
        Some(number) => format!("#{number} {short}"),
        None => short,
    }
}

/// The line under a header.
pub fn underline(ui: &egui::Ui) {
    let theme = theme::of(ui);
    ui.painter().hline(
        ui.max_rect().x_range(),
        ui.cursor().top() - 0.5,
        Stroke::new(1.0, theme.line),
    );
}

/// Why it failed, on one line; returns whether a person asked for the line of the log. The card tells more.
pub fn why(
    ui: &mut egui::Ui,
    cx: &mut ViewContext<'_>,
    key: &BuildKey,
    build: &Build,
    log: &LogView,
) -> bool {
    let theme = theme::of(ui);
    let status = build.state.status;
    let phase = build.failing_phase();
    let mut clicked = false;
    let fill = theme.status_tint(status).unwrap_or(theme.raised);
    let behind = ui.painter().add(egui::Shape::Noop);
    let row = split::row(
        ui,
        HEADER,
        12.0,
        &mut clicked,
        |ui, clicked| {
            if ui.add(Button::new("Why").key("w")).clicked() {
                cx.actions.push(UiAction::OpenWhy {
                    build: key.clone(),
                    place: None,
                });
            }
            if let Some(why) = log.why() {
                let button = Button::new(format!("Line {}", why.line.0 + 1));
                *clicked = ui.add(button).clicked();
            }
        },
        |ui, _| {
            glyph::status(ui, status, size::GLYPH);
            let width = ui.available_width();
            let (job, said) = sentence(ui, build, log, width);
            let galley = ui.painter().layout_job(job);
            let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, said.clone()));
            ui.painter().galley(rect.min, galley, theme.text);
            let context = phase
                .into_iter()
                .flat_map(|phase| &phase.contexts)
                .find(|context| !context.message.is_empty());
            if let Some(context) = context {
                let words = format!("CodeBuild says: {}", context.words());
                response.on_hover_text(safe_text::block(&words));
            }
        },
    );
    let radius = egui::CornerRadius::ZERO;
    ui.painter()
        .set(behind, egui::Shape::rect_filled(row, radius, fill));
    underline(ui);
    clicked
}

/// `1 test failed in BUILD, cargo test: thread … panicked`, in its faces and as plain words.
fn sentence(ui: &egui::Ui, build: &Build, log: &LogView, width: f32) -> (LayoutJob, String) {
    let theme = theme::of(ui);
    let phase = build
        .failing_phase()
        .map_or("", |phase| phase.name.as_str());
    let mut job = LayoutJob::default();
    let mut put = |text: &str, font: egui::FontId| {
        job.append(text, 0.0, TextFormat::simple(font, theme.text));
    };
    let what = match log.why().and_then(|why| why.failed_tests) {
        Some(1) => "1 test failed".to_owned(),
        Some(count) => format!("{count} tests failed"),
        None => match build.state.word() {
            "TIMED_OUT" => "Timed out".to_owned(),
            "FAULT" => "CodeBuild's own fault".to_owned(),
            _ if build.state.status == Status::Errored => "Errored".to_owned(),
            _ => "Failed".to_owned(),
        },
    };
    put(&what, font::strong());
    if !phase.is_empty() {
        put(&format!(" in {}", ansi::draw(phase, 64).text), font::body());
    }
    if let Some(command) = log.failed_command() {
        put(", ", font::body());
        // Masked before it is cut: half a secret is not known as one.
        let command = mask::masked_text(command);
        put(&ansi::draw(&command, 60).text, font::mono());
    }
    let said = log.why().map(|why| mask::masked_text(&why.text));
    let reason = said.or_else(|| {
        build
            .failing_phase()?
            .contexts
            .iter()
            .find(|context| !context.message.is_empty())
            .map(|context| context.said().replace('\n', " "))
    });
    if let Some(reason) = reason {
        put(": ", font::body());
        put(&ansi::draw(&reason, 300).text, font::mono());
    }
    job.wrap = egui::text::TextWrapping::truncate_at_width(width);
    let said = job.text.clone();
    (job, said)
}

/// The phases as a short list, where there is no log to head.
pub fn phases(ui: &mut egui::Ui, build: &Build, now: Timestamp) {
    let theme = theme::of(ui);
    egui::Frame::new()
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            for phase in &build.phases {
                if phase.name == "COMPLETED" {
                    continue;
                }
                ui.horizontal(|ui| {
                    glyph::status(ui, phase_strip::status(phase), size::SMALL_GLYPH);
                    ui.label(theme.strong(safe_text::line(&phase.name)));
                    if let Some(duration) = phase.duration {
                        ui.label(theme.small(time::duration(duration)));
                    } else if let (Status::Running, Some(started)) =
                        (phase.state.status, phase.started)
                    {
                        let elapsed = started.age(now);
                        ui.label(theme.small(time::duration(elapsed)));
                        age::tick_second(ui, elapsed);
                    }
                    for context in &phase.contexts {
                        if !context.message.is_empty() {
                            let said = context.said();
                            let text = safe_text::line(&said);
                            ui.label(theme.soft(safe_text::elide(&text, 160)));
                        }
                    }
                });
            }
        });
}

/// Stop while it runs, retry once it has ended; what became of the last one stands beside it.
pub fn writes(ui: &mut egui::Ui, cx: &mut ViewContext<'_>, key: &BuildKey, build: &Build) {
    let (offer, command) = build_verbs::first(key, build, cx);
    let button = Button::new(offer.words.clone())
        .small()
        .disabled_because(offer.refusal().map(str::to_owned));
    let button = if build.state.status.is_moving() {
        button.danger()
    } else {
        button
    };
    if ui.add(button).clicked() {
        cx.actions.push(offer.into_action());
    }
    write::progress(ui, cx, &command);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_are_named_shortly_and_unknown_ones_as_they_are() {
        assert_eq!(compute_words("BUILD_GENERAL1_LARGE"), "general1 large");
        assert_eq!(
            compute_words("ATTRIBUTE_BASED_COMPUTE"),
            "ATTRIBUTE_BASED_COMPUTE"
        );
    }
}
