//! The handle between two panes. It is as wide as the gap it stands in, and shows itself under the pointer.

use eframe::egui::{
    self, CornerRadius, CursorIcon, Key, Modifiers, Rect, Role, Sense, Ui, Vec2, WidgetInfo,
};

use crate::ui::theme;

/// Which way a splitter moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moves {
    Sideways,
    UpAndDown,
}

/// What a splitter did in this frame.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Moved {
    /// Points, towards the right or the bottom.
    pub by: f32,
    /// It was let go: the time to remember where it is.
    pub released: bool,
    /// Double click: back to the size it chooses itself.
    pub reset: bool,
}

const KEY_STEP: f32 = 16.0;

/// Paints the handle and tells how far it was dragged, or moved with the arrow keys while it has the focus.
pub fn ui(ui: &Ui, rect: Rect, moves: Moves, name: &str) -> Moved {
    let id = ui.scope_id().with(("splitter", name));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, name));
    let along = |delta: Vec2| match moves {
        Moves::Sideways => delta.x,
        Moves::UpAndDown => delta.y,
    };
    let lit = response.hovered() || response.dragged() || response.has_focus();
    if lit {
        let theme = theme::of(ui);
        let line = match moves {
            Moves::Sideways => Vec2::new(2.0, rect.height()),
            Moves::UpAndDown => Vec2::new(rect.width(), 2.0),
        };
        let line = Rect::from_center_size(rect.center(), line);
        ui.painter()
            .rect_filled(line, CornerRadius::same(1), theme.accent);
    }
    let cursor = match moves {
        Moves::Sideways => CursorIcon::ResizeHorizontal,
        Moves::UpAndDown => CursorIcon::ResizeVertical,
    };
    let mut moved = Moved {
        by: along(response.drag_delta()),
        released: response.drag_stopped(),
        reset: response.double_clicked(),
    };
    if response.has_focus() {
        let (less, more) = match moves {
            Moves::Sideways => (Key::ArrowLeft, Key::ArrowRight),
            Moves::UpAndDown => (Key::ArrowUp, Key::ArrowDown),
        };
        ui.memory_mut(|memory| {
            let filter = egui::EventFilter {
                horizontal_arrows: true,
                vertical_arrows: true,
                ..egui::EventFilter::default()
            };
            memory.set_focus_lock_filter(id, filter);
        });
        let steps = ui.input_mut(|input| {
            let mut count = |key| input.count_and_consume_key(Modifiers::NONE, key) as f32;
            count(more) - count(less)
        });
        if steps != 0.0 {
            moved.by += steps * KEY_STEP;
            moved.released = true;
        }
    }
    response.on_hover_and_drag_cursor(cursor);
    moved
}
