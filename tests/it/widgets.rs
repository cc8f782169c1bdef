//! The small widgets, all on one sheet.

use eframe::egui::{self, Margin, Vec2};
use starboard::model::fault::{Fault, FaultClass};
use starboard::model::ids::Scope;
use starboard::model::status::Status;
use starboard::model::time::Timestamp;
use starboard::ui::theme::{self, size};
use starboard::ui::widgets::button::Button;
use starboard::ui::widgets::chip::{self, Chip};
use starboard::ui::widgets::text_field::TextField;
use starboard::ui::widgets::{age, empty, fault_banner, glyph, key_hint, skeleton};

use crate::harness;

const NOW: Timestamp = Timestamp::from_millis(1_795_449_600_000);

fn sheet(ui: &mut egui::Ui) {
    egui::Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
        let theme = theme::of(ui);
        ui.horizontal(|ui| {
            for status in Status::ALL {
                glyph::status(ui, status, size::GLYPH);
            }
            for status in Status::ALL {
                glyph::status(ui, status, 24.0);
            }
        });
        ui.horizontal(|ui| {
            ui.add(Button::new("Review").key("a"));
            ui.add(Button::new("Stop…").danger());
            ui.add(Button::new("Release change").go());
            ui.add(Button::new("Retry failed").disabled_because(Some("This account is read-only".into())));
            ui.add(Button::new("Quiet").quiet());
        });
        ui.horizontal(|ui| {
            ui.add(Chip::new("prod · eu-west-1 · 52 min").production(true).dot(theme.ok));
            ui.add(Chip::new("staging").dot(theme.ok));
            ui.add(Chip::new("HARB-2231").small());
            chip::count(ui, 3);
            key_hint::key(ui, "Ctrl K");
        });
        let mut text = String::new();
        TextField::new(&mut text, "Filter").key("/").show(ui);
        ui.horizontal(|ui| {
            ui.label(theme.title("checkout-api"));
            ui.label(theme.strong("strong 0123456789"));
            ui.label(theme.soft("soft 1111111111"));
            ui.label(theme.mono("9be07d4 -> != ▸▾×✗␛"));
            age::ago(ui, Timestamp::from_millis(NOW.millis() - 1_080_000), NOW);
        });
        let fault = Fault {
            class: FaultClass::Denied,
            scope: Some(Scope { account: "prod".into(), region: "eu-west-1".into() }),
            service: "codepipeline",
            operation: "GetPipelineState",
            code: Some("AccessDeniedException".into()),
            request_id: None,
            message: "User arn:aws:iam::482100937715:user/ines is not authorized to perform codepipeline:GetPipelineState".into(),
            since: Timestamp::from_millis(NOW.millis() - 240_000),
        };
        fault_banner::show(ui, &fault, NOW);
        skeleton::rows(ui, "Reading the pipelines of prod…", 3);
        empty::show(ui, "No pipelines yet", "Sign in to an account that has some, or look at the demo.", |ui| {
            ui.add(Button::new("Add an account").go());
        });
    });
}

#[test]
fn widgets_look_as_drawn() {
    harness::shot("widgets", Vec2::new(760.0, 480.0), sheet);
}
