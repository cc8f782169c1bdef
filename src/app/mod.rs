//! The wiring: what was asked for becomes an engine and a window.
//!
//! `app` alone knows every room. The window runs on the main thread; whatever blocks or waits runs on the runtime that
//! `cli` made.

mod ask;
pub mod background;
pub mod boot;
mod claims;
mod crash;
mod editor;
pub mod journal;
mod keeping;
pub mod kept;
mod oneshots;
mod saving;
pub mod settings_store;
pub mod window;

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui;

use crate::app::boot::Where;
use crate::app::window::{App, Keeper};
use crate::cli::Exit;
use crate::engine::pace::Pace;
use crate::engine::waker::Waker;
use crate::model::settings::{Settings, WindowSettings};

/// In the desktop file, the window's class, the keyring and the settings' folder alike.
pub const APPLICATION_ID: &str = "dev.starboard.Starboard";

/// Opens the window and runs until it is closed.
pub fn window(runtime: &tokio::runtime::Runtime, places: &Where) -> Exit {
    let started = Instant::now();
    crash::report_panics();
    let (settings, keeper, notice) = match places {
        // The demo neither reads nor writes a person's settings.
        Where::Demo { .. } => (Settings::default(), Keeper::Nothing, None),
        Where::Real { .. } => {
            let loaded = settings_store::load();
            (loaded.settings, Keeper::File, loaded.notice)
        }
    };
    let context = egui::Context::default();
    let waker = waker(&context);
    let vaults = boot::vaults(places);
    let boot = match runtime.block_on(boot::boot(places, &settings, vaults, waker.clone())) {
        Ok(boot) => boot,
        Err(error) => {
            crate::cli::complain(&error.message);
            return error.exit;
        }
    };
    close_on_signal(runtime, &context);
    let simulated = boot.simulator.is_some();
    let options = options(&settings.window, simulated);
    let handle = runtime.handle().clone();
    let app = move |creation: &eframe::CreationContext<'_>| {
        let app = App::new(
            &creation.egui_ctx,
            boot,
            waker,
            settings,
            keeper,
            notice,
            handle,
        )
        .timed_from(started);
        Ok(Box::new(app) as Box<dyn eframe::App>)
    };
    match eframe::run_native_ext(APPLICATION_ID, options, Some(context), Box::new(app)) {
        Ok(()) => Exit::Done,
        Err(error) => {
            crate::cli::complain(&format!(
                "no window could be opened: {error}. Without a graphics card try LIBGL_ALWAYS_SOFTWARE=1; without a display, `starboard status`"
            ));
            Exit::Unreachable
        }
    }
}

/// Asks egui for exactly one frame, in its turn; `request_repaint` would paint two.
fn waker(context: &egui::Context) -> Waker {
    const SOON: Duration = Duration::from_millis(1);
    let (context, pace) = (context.clone(), Pace::default());
    Waker::new(move || context.request_repaint_after(pace.wait().max(SOON)))
}

fn options(window: &WindowSettings, simulated: bool) -> eframe::NativeOptions {
    let title = if simulated {
        "Starboard (simulated account)"
    } else {
        "Starboard"
    };
    let mut viewport = egui::ViewportBuilder::default()
        .with_app_id(APPLICATION_ID)
        .with_title(title)
        .with_inner_size([window.width.max(640.0), window.height.max(400.0)])
        .with_min_inner_size([640.0, 400.0])
        .with_maximized(window.maximized);
    if let Ok(icon) =
        eframe::icon_data::from_png_bytes(include_bytes!("../../icons/png/starboard-256.png"))
    {
        viewport = viewport.with_icon(Arc::new(icon));
    }
    eframe::NativeOptions {
        viewport,
        renderer: eframe::Renderer::Glow,
        ..Default::default()
    }
}

/// SIGTERM and SIGINT close the window as a person does, so that the settings are saved.
fn close_on_signal(runtime: &tokio::runtime::Runtime, context: &egui::Context) {
    let context = context.clone();
    runtime.spawn(async move {
        crate::cli::signal().await;
        context.send_viewport_cmd(egui::ViewportCommand::Close);
        context.request_repaint_after(Duration::from_millis(1));
    });
}
