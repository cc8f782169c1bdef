//! The part of the settings about logs that are kept on this computer: whether, how much, how full, and away with them.

use eframe::egui::{self, CornerRadius, Sense, Ui, Vec2, WidgetInfo};

use super::{choose, set, setting};
use crate::model::kept::Kept;
use crate::model::settings::KeptLogSettings;
use crate::ui::action::{KeptAction, UiAction};
use crate::ui::theme::{self, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::log_view::bytes;
use crate::ui::widgets::log_view::grouped;
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{fault_banner, safe_text};

const BAR: Vec2 = Vec2::new(240.0, 8.0);

/// What is being typed or confirmed.
#[derive(Default)]
pub struct KeptPanel {
    /// The limit as typed; none while nobody types.
    limit: Option<String>,
    /// The button that clears was pressed once.
    clearing: bool,
    /// The folder has been looked at since the view was opened.
    looked: bool,
}

impl KeptPanel {
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let theme = theme::of(ui);
        if !std::mem::replace(&mut self.looked, true) {
            cx.actions.push(UiAction::Kept(KeptAction::Look));
        }
        ui.add(egui::Label::new(theme.soft("The log of a finished build that was read to its end stays on this computer, compressed. It opens without a call, can be searched together with other builds of its project, and is still there once CloudWatch has expired it. A log holds what the build printed, secrets too: the files are readable by you alone.")).wrap());
        let Some(place) = cx.kept.place.as_deref() else {
            ui.label(theme.body("This user has no folder to keep them in: nothing is kept."));
            return;
        };
        let policy = cx.settings.kept_logs;
        setting(ui, "Keep logs", |ui| {
            let choices = [("Keep", true), ("Do not keep", false)];
            if let Some(keep) = choose(ui, "Keep logs", &choices, policy.keep) {
                set(cx, move |settings| settings.kept_logs.keep = keep);
            }
        });
        setting(ui, "Of production accounts", |ui| {
            let choices = [("Keep", true), ("Do not keep", false)];
            if let Some(keep) = choose(ui, "Of production accounts", &choices, policy.production) {
                set(cx, move |settings| settings.kept_logs.production = keep);
            }
        });
        setting(ui, "At most", |ui| self.limit(ui, cx));
        setting(ui, "Used", |ui| used(ui, cx.kept, policy));
        setting(ui, "Where", |ui| {
            ui.label(theme.mono(safe_text::line(place)));
        });
        if let Some(fault) = &cx.kept.fault {
            fault_banner::show(ui, fault, cx.now);
        }
        self.clear(ui, cx);
    }

    /// The field of the limit. What cannot be taken is said, and the limit before it holds.
    fn limit(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let theme = theme::of(ui);
        let now = cx.settings.kept_logs.limit_megabytes;
        let mut text = self.limit.clone().unwrap_or_else(|| now.to_string());
        let fault = limit_of(&text).err();
        let field = TextField::new(&mut text, "Most room for kept logs, in MB")
            .mono()
            .width(96.0)
            .faulty(fault.is_some())
            .show(ui);
        ui.label(theme.body("MB"));
        if field.changed() {
            self.limit = Some(text);
        }
        // A limit takes logs away: it holds once it has been typed to its end.
        if field.lost_focus()
            && let Some(typed) = self.limit.take()
        {
            match limit_of(&typed) {
                Ok(limit) if limit != now => {
                    set(cx, move |settings| {
                        settings.kept_logs.limit_megabytes = limit;
                    });
                }
                Ok(_) => {}
                Err(_) => self.limit = Some(typed),
            }
        }
        match fault {
            Some(fault) => ui.label(theme.small(fault).color(theme.fail)),
            None => ui.label(theme.faint("The log that was read longest ago goes first.")),
        };
    }

    /// Asks before it removes: what CloudWatch has expired exists nowhere else.
    fn clear(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let count = cx.kept.logs.len();
        if count == 0 {
            self.clearing = false;
        }
        ui.horizontal(|ui| {
            if self.clearing {
                let words = format!("Remove {} from this computer", logs(count));
                if ui.add(Button::new(words).danger()).clicked() {
                    cx.actions.push(UiAction::Kept(KeptAction::Clear));
                    self.clearing = false;
                }
                if ui.add(Button::new("Keep them")).clicked() {
                    self.clearing = false;
                }
                let theme = theme::of(ui);
                ui.label(theme.small("Those that CloudWatch has expired exist nowhere else."));
            } else {
                let none = (count == 0).then(|| "Nothing is kept".to_owned());
                let clear = Button::new("Clear kept logs…").disabled_because(none);
                self.clearing = ui.add(clear).clicked();
            }
        });
    }
}

/// A limit as a person types it.
fn limit_of(text: &str) -> Result<u32, String> {
    let limits = KeptLogSettings::LIMITS;
    let limit = text.trim().parse().ok();
    limit.filter(|limit| limits.contains(limit)).ok_or_else(|| {
        format!(
            "A whole number of megabytes, {} to {}",
            limits.start(),
            grouped(u64::from(*limits.end()))
        )
    })
}

fn logs(count: usize) -> String {
    match count {
        1 => "1 log".to_owned(),
        several => format!("{} logs", grouped(several as u64)),
    }
}

/// How much of the room is taken, as a bar and in words.
fn used(ui: &mut Ui, kept: &Kept, policy: KeptLogSettings) {
    let theme = theme::of(ui);
    let limit = policy.limit();
    let words = format!(
        "{} of {}, {}",
        bytes(kept.used),
        bytes(limit),
        logs(kept.logs.len())
    );
    let (rect, response) = ui.allocate_exact_size(BAR, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Meter, true, format!("Used: {words}")));
    let radius = CornerRadius::same(4);
    ui.painter().rect_filled(rect, radius, theme.sunk);
    let share = (kept.used as f64 / limit.max(1) as f64).clamp(0.0, 1.0) as f32;
    if share > 0.0 {
        let mut filled = rect;
        filled.set_width((rect.width() * share).max(4.0));
        ui.painter().rect_filled(filled, radius, theme.accent);
    }
    ui.painter()
        .rect_stroke(rect, radius, theme.outline(), egui::StrokeKind::Inside);
    ui.add_space(space::XS);
    ui.label(theme.body(words));
    if kept.unreadable > 0 {
        ui.label(theme.faint(format!(
            "{} in the folder cannot be read and {} as it is",
            match kept.unreadable {
                1 => "1 file".to_owned(),
                several => format!("{several} files"),
            },
            if kept.unreadable == 1 {
                "stays"
            } else {
                "stay"
            }
        )));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_a_whole_number_of_megabytes_within_bounds() {
        assert_eq!(limit_of(" 500 "), Ok(500));
        assert_eq!(limit_of("10"), Ok(10));
        for wrong in ["", "9", "-5", "1.5", "2 GB", "1000001", "99999999999"] {
            assert!(limit_of(wrong).is_err(), "{wrong}");
        }
    }
}
