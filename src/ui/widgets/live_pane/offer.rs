//! The page before a Live Tail session: what it costs, what it leaves out, what it is to be about, and the yes.

use eframe::egui::{self, Align, Layout, Margin, RichText, Ui};

use crate::model::ids::{BuildKey, LogKey};
use crate::model::live::{CENTS_A_MINUTE, FREE_MINUTES, LONGEST, LiveAsk, MOST_A_SECOND};
use crate::ui::theme::{self, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::log_view::grouped;
use crate::ui::widgets::scope_chip::Place;
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{safe_text, segments};

const WIDTH: f32 = 620.0;
const LABEL: f32 = 84.0;
const CONTROL: f32 = 28.0;
/// The height of a line of text.
const LINE: f32 = 18.0;
/// The longest filter pattern AWS takes (StartLiveTail, API reference).
const LONGEST_PATTERN: usize = 1024;

#[derive(Default)]
pub(super) struct Offer {
    whole_group: bool,
    pattern: String,
}

impl Offer {
    /// Paints the page; what a person said yes to.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        log: &LogKey,
        build: &BuildKey,
    ) -> Option<LiveAsk> {
        let theme = theme::of(ui);
        ui.painter().rect_filled(
            ui.available_rect_before_wrap(),
            egui::CornerRadius::ZERO,
            theme.sunk,
        );
        egui::ScrollArea::vertical()
            .auto_shrink([false, false])
            .show(ui, |ui| {
                egui::Frame::new()
                    .inner_margin(Margin::symmetric(24, 20))
                    .show(ui, |ui| {
                        ui.set_max_width(WIDTH.min(ui.available_width()));
                        ui.spacing_mut().item_spacing.y = space::S;
                        self.page_ui(ui, cx, log, build)
                    })
                    .inner
            })
            .inner
    }

    fn page_ui(
        &mut self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        log: &LogKey,
        build: &BuildKey,
    ) -> Option<LiveAsk> {
        let theme = theme::of(ui);
        ui.label(theme.title("Live Tail"));
        let wrapped = |ui: &mut Ui, text: RichText| ui.add(egui::Label::new(text).wrap());
        wrapped(
            ui,
            theme.body("Lines about a second after they are written. The log that Starboard reads anyway is complete and costs nothing; Live Tail is neither."),
        );
        ui.add_space(space::S);
        for (name, words) in terms() {
            labelled(ui, name, LINE, |ui| {
                wrapped(ui, theme.body(words));
            });
        }
        ui.add_space(space::S);
        labelled(ui, "Lines of", CONTROL, |ui| {
            ui.horizontal(|ui| {
                if segments::segment(ui, "this build", !self.whole_group, CONTROL) {
                    self.whole_group = false;
                }
                if segments::segment(ui, "all streams of the group", self.whole_group, CONTROL) {
                    self.whole_group = true;
                }
            });
            let of = if self.whole_group {
                log.group.as_str()
            } else {
                log.stream.as_str()
            };
            let of = safe_text::line(of).into_owned();
            ui.add(egui::Label::new(theme.mono(of)).truncate());
        });
        let too_long = self.pattern.trim().chars().count() > LONGEST_PATTERN;
        labelled(ui, "Only", CONTROL, |ui| {
            TextField::new(
                &mut self.pattern,
                "Filter pattern, as ERROR or -DEBUG; empty for all",
            )
            .width(360.0)
            .height(CONTROL)
            .mono()
            .faulty(too_long)
            .show(ui);
        });
        ui.add_space(space::S);
        let place = Place::of(cx.snapshot, cx.settings, &build.scope);
        let words = format!("Start Live Tail in {}", place.object());
        let refusal = too_long.then(|| {
            let most = grouped(LONGEST_PATTERN as u64);
            format!("AWS takes {most} characters of a pattern")
        });
        let start = Button::new(words).go().disabled_because(refusal);
        let yes = ui.horizontal(|ui| ui.add(start).clicked()).inner;
        yes.then(|| LiveAsk {
            scope: log.scope.clone(),
            group: log.group.clone(),
            stream: (!self.whole_group).then(|| log.stream.clone()),
            pattern: self.pattern.trim().to_owned(),
        })
    }
}

/// What a person has to know before: a word and a sentence each.
fn terms() -> [(&'static str, String); 4] {
    let hours = LONGEST.as_secs() / 3600;
    [
        (
            "Price",
            format!(
                "AWS bills each minute that the session is open: ${}.{:02} in us-east-1, other regions differ, after {} free minutes a month in the account.",
                CENTS_A_MINUTE / 100,
                CENTS_A_MINUTE % 100,
                grouped(u64::from(FREE_MINUTES))
            ),
        ),
        (
            "Sampled",
            format!(
                "Of more than {MOST_A_SECOND} lines a second AWS sends a sample and leaves the rest out. Starboard says when.",
            ),
        ),
        (
            "Begins",
            "With what is written from now on. What was written before is in the log alone."
                .to_owned(),
        ),
        (
            "Ends",
            format!(
                "When you stop it, leave this page or hide the window; after {hours} hours at the latest. It never starts again by itself.",
            ),
        ),
    ]
}

/// A name at the left, in the middle of its first line, and what belongs to it at the right.
fn labelled(ui: &mut Ui, name: &str, first: f32, content: impl FnOnce(&mut Ui)) {
    let theme = theme::of(ui);
    ui.horizontal_top(|ui| {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(LABEL, first), egui::Sense::hover());
        let layout = Layout::left_to_right(Align::Center);
        let mut inside = ui.new_child(egui::UiBuilder::new().max_rect(rect).layout(layout));
        inside.label(theme.soft(name));
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            content(ui);
        });
    });
}
