//! What stands in the place of builds: none yet, still reading, not readable, nothing that passes.

use std::sync::Arc;

use eframe::egui::{self, Rect, Sense, Ui, Vec2};

use super::columns::{Column, Columns};
use super::order::Only;
use crate::model::fault::Fault;
use crate::ui::action::UiAction;
use crate::ui::route::Route;
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::{empty, fault_banner, safe_text, skeleton};

const MOST_BANNERS: usize = 2;

/// Why builds of some account and region could not be listed.
pub fn faults(ui: &mut Ui, cx: &ViewContext<'_>) {
    let faults: Vec<&Arc<Fault>> = cx
        .snapshot
        .listings
        .values()
        .filter_map(|listings| listings.builds.fault())
        .collect();
    for fault in faults.iter().take(MOST_BANNERS) {
        fault_banner::show(ui, fault, cx.now);
        ui.add_space(space::S);
    }
    let rest = faults.get(MOST_BANNERS..).unwrap_or_default();
    if !rest.is_empty() {
        let said: Vec<String> = rest.iter().map(|fault| fault.headline()).collect();
        ui.label(theme::of(ui).small(format!("and {} more faults", rest.len())))
            .on_hover_text(said.join("\n"));
        ui.add_space(space::S);
    }
}

/// Whether some scope's builds have not been listed yet, well or badly.
pub fn is_reading(cx: &ViewContext<'_>) -> bool {
    let listings = &cx.snapshot.listings;
    listings.is_empty()
        || listings
            .values()
            .any(|listings| listings.builds.is_loading())
}

/// Whether the builds of some scope have been listed: before, nothing is known of how many there are.
pub fn is_read(cx: &ViewContext<'_>) -> bool {
    let mut listings = cx.snapshot.listings.values();
    !cx.snapshot.builds.is_empty() || listings.any(|listings| listings.builds.value().is_some())
}

/// A table without a row.
pub fn no_rows(ui: &mut Ui, cx: &mut ViewContext<'_>, filter: &str, only: Only, columns: &Columns) {
    if cx.snapshot.accounts.is_empty() {
        let how = "Builds come with an account.";
        empty::show(ui, "No account yet", how, |ui| {
            if ui.add(Button::new("Add an account").go()).clicked() {
                cx.actions.push(UiAction::Go(Route::Accounts));
            }
        });
    } else if !cx.snapshot.builds.is_empty() {
        let how = if filter.trim().is_empty() {
            format!("No build here is {} now.", only.words())
        } else {
            format!(
                "No build has “{}” in its project, number, source, initiator, account, state or failure.",
                safe_text::line(filter)
            )
        };
        empty::show(ui, "Nothing passes the filter", &how, |_| {});
    } else if is_reading(cx) {
        reading(ui, cx, columns);
    } else if !is_read(cx) {
        let how = "The faults above say why. Starboard tries again by itself where that can help.";
        empty::show(ui, "The builds could not be read", how, |ui| {
            if ui.add(Button::new("Read again now").key("F5")).clicked() {
                cx.actions.push(UiAction::Refresh);
            }
        });
    } else {
        let how = "CodeBuild keeps builds for a year. The first one appears here by itself; a project without builds stands under Projects.";
        empty::show(ui, "No builds in these accounts and regions", how, |_| {});
    }
}

/// Rows to come, in the table's own columns.
fn reading(ui: &mut Ui, cx: &ViewContext<'_>, columns: &Columns) {
    const ROWS: usize = 8;
    let theme = theme::of(ui);
    for row in 0..ROWS {
        let wanted = Vec2::new(ui.available_width(), size::ROW);
        let (rect, _) = ui.allocate_exact_size(wanted, Sense::hover());
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, theme.row_line());
        for (index, (column, cell)) in columns.cells(rect).enumerate() {
            let part = match column {
                Column::Status => continue,
                Column::Says => skeleton::part(row + index) * 0.6,
                _ => skeleton::part(row + index) + 0.2,
            };
            let bar = Vec2::new(cell.width() * part.min(1.0), 10.0);
            let left = egui::pos2(cell.left(), cell.center().y - 5.0);
            skeleton::paint(ui, Rect::from_min_size(left, bar));
        }
    }
    ui.add_space(space::M);
    ui.horizontal(|ui| {
        ui.add_space(space::L);
        let accounts = cx.snapshot.accounts.rows().iter();
        let names: Vec<&str> = accounts.map(|account| account.name.as_str()).collect();
        let words = format!("Reading the builds of {}…", names.join(", "));
        ui.label(theme.small(safe_text::line(&words)));
    });
}
