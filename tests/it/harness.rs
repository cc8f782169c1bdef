//! Looking at the window without one: paint a closure or an app headless, compare it with a stored picture.
//!
//! The source of truth is Linux with Mesa's lavapipe. `UPDATE_SNAPSHOTS=1` writes pictures that differ, `=force` all.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, Vec2};
use egui_kittest::{Harness, OsThreshold, SnapshotOptions, SnapshotResults};
use starboard::app::journal::{Desk, DeskClaims, Folders};
use starboard::engine::clock::Clock;
use starboard::engine::waker::Waker;
use starboard::ui::background::{Background, Job, Wake};
use starboard::ui::theme;

/// For engines with which nothing is decided.
pub fn undecided() -> Arc<DeskClaims> {
    let desk = Desk::new(Folders::none(), Waker::none(), Clock::Wall);
    Arc::new(DeskClaims(desk))
}

/// Runs a view's jobs where they are started: pictures and clicks wait for nothing.
pub struct AtOnce(pub egui::Context);

impl Background for AtOnce {
    fn run(&self, job: Job) {
        job();
        self.0.request_repaint_after(Duration::ZERO);
    }

    fn wake(&self) -> Wake {
        let context = self.0.clone();
        Arc::new(move || context.request_repaint_after(Duration::ZERO))
    }

    fn workers(&self) -> usize {
        1
    }
}

/// The size every view is judged at.
pub const WINDOW: Vec2 = Vec2::new(1440.0, 900.0);

/// A widget or view painted by a closure, without margins.
pub struct Sheet<'a>(Box<dyn FnMut(&mut egui::Ui) + 'a>);

impl eframe::App for Sheet<'_> {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let background = egui::Frame::new().fill(ui.visuals().panel_fill);
        egui::CentralPanel::no_frame()
            .frame(background)
            .show(ui, |ui| (self.0)(ui));
    }
}

/// A harness over a closure, in one theme.
pub fn sheet(
    size: Vec2,
    dark: bool,
    paint: impl FnMut(&mut egui::Ui) + 'static,
) -> Harness<'static, Sheet<'static>> {
    builder(size, dark).build_eframe(|_| Sheet(Box::new(paint)))
}

/// What every harness here has in common.
pub fn builder<State>(size: Vec2, dark: bool) -> egui_kittest::HarnessBuilder<State> {
    Harness::builder()
        .with_size(size)
        .with_os(egui::os::OperatingSystem::Nix)
        .with_theme(if dark {
            egui::Theme::Dark
        } else {
            egui::Theme::Light
        })
        .with_options(options())
        .with_context_setup(theme::install)
        .wgpu()
}

/// One pixel that differs is a difference where the pictures were made; other systems' drivers round otherwise.
fn options() -> SnapshotOptions {
    SnapshotOptions::new()
        .threshold(OsThreshold::new(2.0).linux(0.6))
        .max_failed_pixels(OsThreshold::new(5).linux(0))
}

/// Compares `NAME-dark` and `NAME-light` with their pictures; the closure paints one frame of either.
pub fn shot(name: &str, size: Vec2, paint: impl FnMut(&mut egui::Ui) + Clone + 'static) {
    let mut results = SnapshotResults::new();
    for (dark, suffix) in [(true, "dark"), (false, "light")] {
        let mut harness = sheet(size, dark, paint.clone());
        harness.run();
        harness.snapshot(format!("{name}-{suffix}"));
        results.extend_harness(&mut harness);
    }
}
