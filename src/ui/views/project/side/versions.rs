//! What changed between two versions of the pipeline's structure, in words, place by place.
//!
//! Versions that were current while the program ran are at hand; others are read when they are picked (GetPipeline).

use std::sync::Arc;

use eframe::egui::{self, Ui};

use crate::model::artifact::DifferenceLine;
use crate::model::definition_diff::{ChangeKind, Difference, differences, lines};
use crate::model::fault::Fault;
use crate::model::oneshot::{Oneshot, Request, Response};
use crate::model::pipeline::Definition;
use crate::ui::action::UiAction;
use crate::ui::theme::{self, Theme, size, space};
use crate::ui::view::ViewContext;
use crate::ui::views::project::scene::Scene;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::text_view;
use crate::ui::widgets::{fault_banner, menu, safe_text, skeleton};

/// Versions offered, the newest first.
const OFFERED: u32 = 50;

#[derive(Default)]
pub struct Versions {
    older: Option<u32>,
    newer: Option<u32>,
    /// What was compared last, for as long as the two are the same allocations.
    made: Option<Made>,
}

struct Made {
    older: Arc<Definition>,
    newer: Arc<Definition>,
    told: Vec<Told>,
}

/// A difference, and of long texts its lines.
struct Told {
    difference: Difference,
    lines: Vec<DifferenceLine>,
}

/// A version as far as it is known.
enum Known {
    Ready(Arc<Definition>),
    Reading,
    Failed(Arc<Fault>, Box<Request>),
}

impl Versions {
    pub fn ui(&mut self, ui: &mut Ui, scene: Scene<'_>, cx: &mut ViewContext<'_>) {
        let theme = theme::of(ui);
        let Some(current) = scene.pipeline.definition.value().cloned() else {
            ui.add_space(space::S);
            skeleton::rows(ui, "Reading the structure…", 4);
            return;
        };
        let newest = current.version.max(scene.pipeline.version).max(1);
        if newest < 2 {
            ui.add_space(space::S);
            let words = "This is the first version; nothing has changed since.";
            ui.add(egui::Label::new(theme.small(words)).wrap());
            return;
        }
        let newer = self.newer.unwrap_or(newest).clamp(2, newest);
        let older = self.older.unwrap_or(newer - 1).clamp(1, newest);
        ui.add_space(space::S);
        ui.horizontal(|ui| {
            ui.label(theme.soft("From"));
            if let Some(picked) = picker_ui(ui, "older", older, newest) {
                self.older = Some(picked);
            }
            ui.label(theme.soft("to"));
            if let Some(picked) = picker_ui(ui, "newer", newer, newest) {
                self.newer = Some(picked);
            }
        });
        ui.add_space(space::S);
        if older == newer {
            ui.label(theme.small("Pick two different versions."));
            return;
        }
        let (a, b) = (
            version(scene, &current, older, cx),
            version(scene, &current, newer, cx),
        );
        match (a, b) {
            (Known::Ready(older), Known::Ready(newer)) => {
                let all = self.told(&older, &newer);
                for told in all {
                    difference_ui(ui, told);
                }
                if all.is_empty() {
                    let words = "Nothing in the structure differs between these two.";
                    ui.label(theme.soft(words));
                }
            }
            (Known::Failed(fault, request), _) | (_, Known::Failed(fault, request)) => {
                fault_banner::show(ui, &fault, cx.now);
                ui.add_space(space::S);
                if ui.add(Button::new("Try again").small()).clicked() {
                    cx.actions.push(UiAction::Dismiss((*request).clone()));
                    cx.actions.push(UiAction::Ask(*request));
                }
            }
            _ => {
                skeleton::rows(ui, "Reading the earlier version…", 4);
            }
        }
        ui.add_space(space::S);
    }

    fn told(&mut self, older: &Arc<Definition>, newer: &Arc<Definition>) -> &[Told] {
        let same = |made: &Made| Arc::ptr_eq(&made.older, older) && Arc::ptr_eq(&made.newer, newer);
        if !self.made.as_ref().is_some_and(same) {
            self.made = None;
        }
        let tell = |difference: Difference| Told {
            lines: difference
                .texts
                .as_ref()
                .map(|(was, is)| lines(was, is))
                .unwrap_or_default(),
            difference,
        };
        let made = self.made.get_or_insert_with(|| Made {
            older: Arc::clone(older),
            newer: Arc::clone(newer),
            told: differences(older, newer).into_iter().map(tell).collect(),
        });
        &made.told
    }
}

fn picker_ui(ui: &mut Ui, which: &str, picked: u32, newest: u32) -> Option<u32> {
    let button = Button::new(format!("version {picked} ▾"))
        .small()
        .named(format!("The {which} version: {picked}"));
    let response = ui.add(button);
    let mut chosen = None;
    menu::show(&response, 200.0, |ui| {
        egui::ScrollArea::vertical()
            .max_height(280.0)
            .show(ui, |ui| {
                for version in (1..=newest).rev().take(OFFERED as usize) {
                    let words = if version == newest {
                        format!("version {version}, the current")
                    } else {
                        format!("version {version}")
                    };
                    if menu::item(ui, &words, None, None) {
                        chosen = Some(version);
                    }
                }
            });
    });
    chosen
}

fn version(
    scene: Scene<'_>,
    current: &Arc<Definition>,
    wanted: u32,
    cx: &mut ViewContext<'_>,
) -> Known {
    let mut at_hand = std::iter::once(current).chain(&scene.pipeline.earlier);
    if let Some(known) = at_hand.find(|definition| definition.version == wanted) {
        return Known::Ready(Arc::clone(known));
    }
    let request = Request::Definition {
        pipeline: scene.pipeline.key.clone(),
        version: wanted,
    };
    match cx.oneshots.get(&request) {
        Some(Oneshot::Ready {
            response: Response::Definition(definition),
            ..
        }) => Known::Ready(Arc::clone(definition)),
        Some(Oneshot::Failed { fault, .. }) => Known::Failed(Arc::clone(fault), Box::new(request)),
        None => {
            cx.actions.push(UiAction::Ask(request));
            Known::Reading
        }
        Some(_) => Known::Reading,
    }
}

fn difference_ui(ui: &mut Ui, told: &Told) {
    let Told { difference, lines } = told;
    let theme = theme::of(ui);
    ui.add_space(space::XS);
    let (sign, colour) = mark(theme, difference.kind);
    let response = ui
        .horizontal_top(|ui| {
            let sign = egui::RichText::new(sign)
                .font(theme::font::mono_bold())
                .color(colour);
            ui.label(sign);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                let words = theme.body(safe_text::line(&difference.words));
                ui.add(egui::Label::new(words).wrap());
                ui.label(theme.small(safe_text::line(&difference.place)));
            });
        })
        .response;
    response.on_hover_text(difference.kind.label());
    if !lines.is_empty() {
        let height = (lines.len() as f32 * 18.0 + 4.0).min(220.0);
        let frame = egui::Frame::new()
            .fill(theme.sunk)
            .corner_radius(size::RADIUS);
        frame.show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.set_height(height);
            let id = format!("{} {}", difference.place, difference.words);
            text_view::difference(ui, &id, lines);
        });
    }
    let line = ui.max_rect().x_range();
    ui.add_space(space::XS);
    ui.painter()
        .hline(line, ui.cursor().top(), theme.row_line());
}

const fn mark(theme: &Theme, kind: ChangeKind) -> (&'static str, egui::Color32) {
    match kind {
        ChangeKind::Added => ("+", theme.ok),
        ChangeKind::Removed => ("−", theme.fail),
        ChangeKind::Changed => ("~", theme.accent),
        ChangeKind::Moved => ("→", theme.back),
    }
}
