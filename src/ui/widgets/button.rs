//! A button that says what it does, by which key, and when it cannot be pressed, why.

use eframe::egui::{
    self, Color32, CornerRadius, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, Widget,
    WidgetInfo,
};

use super::key_hint;
use crate::ui::theme::{self, font, size};

const PADDING: f32 = 11.0;
const GAP: f32 = 7.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    /// The one thing to do here.
    Go,
    /// Takes something away.
    Danger,
    /// No frame until the pointer is on it.
    Quiet,
}

/// A button. Its text is its name for screen readers and tests.
pub struct Button {
    text: String,
    kind: Kind,
    key: Option<&'static str>,
    disabled: Option<String>,
    height: f32,
    most_width: Option<f32>,
    name: Option<String>,
}

impl Button {
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            kind: Kind::Plain,
            key: None,
            disabled: None,
            height: size::BUTTON,
            most_width: None,
            name: None,
        }
    }

    /// The accent: the one thing to do here.
    pub fn go(mut self) -> Self {
        self.kind = Kind::Go;
        self
    }

    /// It takes something away.
    pub fn danger(mut self) -> Self {
        self.kind = Kind::Danger;
        self
    }

    /// Without a frame until the pointer is on it.
    pub fn quiet(mut self) -> Self {
        self.kind = Kind::Quiet;
        self
    }

    /// The key that does the same, shown beside the words.
    pub fn key(mut self, key: &'static str) -> Self {
        self.key = Some(key);
        self
    }

    /// Cannot be pressed, for this reason; none leaves it enabled.
    pub fn disabled_because(mut self, reason: Option<String>) -> Self {
        self.disabled = reason;
        self
    }

    /// Twenty-two points high.
    pub fn small(mut self) -> Self {
        self.height = 22.0;
        self
    }

    /// Cuts longer words with an ellipsis; the whole stays the name and the hint.
    pub fn most_width(mut self, width: f32) -> Self {
        self.most_width = Some(width);
        self
    }

    /// Another name for screen readers and tests, where the words alone do not tell the object.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl Widget for Button {
    fn ui(self, ui: &mut Ui) -> Response {
        let Self {
            text,
            kind,
            key,
            disabled,
            height,
            most_width,
            name,
        } = self;
        let theme = theme::of(ui);
        let enabled = ui.is_enabled() && disabled.is_none();
        let colour = match kind {
            _ if !enabled => theme.faint,
            Kind::Plain => theme.text,
            Kind::Quiet => theme.soft,
            Kind::Go => theme.on_accent,
            Kind::Danger => theme.fail,
        };
        let face = if kind == Kind::Go {
            font::strong()
        } else {
            font::medium()
        };
        let mut job = egui::text::LayoutJob::simple_singleline(text.clone(), face, colour);
        if let Some(width) = most_width {
            job.wrap = egui::text::TextWrapping::truncate_at_width(width - 2.0 * PADDING);
        }
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
        let key = key.map(|key| key_hint::layout(ui, key));
        let key_width = key.as_ref().map_or(0.0, |key| key_hint::width(key) + GAP);
        let wanted = Vec2::new(galley.size().x + key_width + 2.0 * PADDING, height);
        // A disabled button keeps its room and its hint, but answers nothing.
        let sense = if enabled {
            Sense::click()
        } else {
            Sense::hover()
        };
        let (rect, response) = ui.allocate_exact_size(wanted, sense);
        let name = name.unwrap_or_else(|| text.clone());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, &name));
        if ui.is_rect_visible(rect) {
            let look = match () {
                () if !enabled => Look::Disabled,
                () if response.is_pointer_button_down_on() => Look::Pressed,
                () if response.hovered() || response.has_focus() => Look::Lit,
                () => Look::Still,
            };
            let (fill, line) = colours(theme, kind, look);
            let radius = CornerRadius::same(size::RADIUS);
            ui.painter()
                .rect(rect, radius, fill, line, StrokeKind::Inside);
            if response.has_focus() {
                let around = rect.expand(2.0);
                let ring = Stroke::new(1.0, theme.accent);
                ui.painter()
                    .rect_stroke(around, radius, ring, StrokeKind::Inside);
            }
            let left = rect.left() + PADDING;
            let at = egui::pos2(left, rect.center().y - galley.size().y / 2.0);
            let text_width = galley.size().x;
            ui.painter().galley(at, galley.clone(), colour);
            if let Some(key) = key {
                let room = Vec2::new(key_hint::width(&key), key_hint::HEIGHT);
                let centre = egui::pos2(left + text_width + GAP + room.x / 2.0, rect.center().y);
                let room = egui::Rect::from_center_size(centre, room);
                if kind == Kind::Go && enabled {
                    let line = Stroke::new(1.0, theme.faded(colour, 0.5));
                    key_hint::paint_in(ui, room, key, line, colour);
                } else {
                    key_hint::paint(ui, room, key);
                }
            }
        }
        match disabled {
            Some(reason) => response.on_hover_text(reason),
            None if galley.elided => response.on_hover_text(text),
            None => response,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Disabled,
    Still,
    Lit,
    Pressed,
}

fn colours(theme: &theme::Theme, kind: Kind, look: Look) -> (Color32, Stroke) {
    match (kind, look) {
        (Kind::Quiet, Look::Disabled | Look::Still) => (Color32::TRANSPARENT, Stroke::NONE),
        (_, Look::Disabled) => (Color32::TRANSPARENT, theme.outline()),
        (Kind::Go, Look::Still) => (theme.accent, Stroke::NONE),
        (Kind::Go, Look::Lit) => (theme.faded(theme.accent, 0.9), Stroke::NONE),
        (Kind::Go, Look::Pressed) => (theme.faded(theme.accent, 0.8), Stroke::NONE),
        (_, Look::Still) => (theme.raised, theme.outline()),
        (_, Look::Lit) => (theme.hover, Stroke::new(1.0, theme.faint)),
        (_, Look::Pressed) => (theme.sunk, Stroke::new(1.0, theme.accent)),
    }
}
