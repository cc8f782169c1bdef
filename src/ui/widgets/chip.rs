//! A pill with a short word: an account, a region, a filter.

use eframe::egui::{
    self, Color32, CornerRadius, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, Widget,
    WidgetInfo,
};

use crate::ui::theme::{self, font, size};

const PADDING: f32 = 9.0;
const DOT: f32 = 8.0;
const GAP: f32 = 6.0;

/// A chip. It is quiet unless it stands for production, and answers clicks only if asked to.
pub struct Chip {
    text: String,
    production: bool,
    dot: Option<Color32>,
    clickable: bool,
    height: f32,
    colour: Option<Color32>,
}

impl Chip {
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            production: false,
            dot: None,
            clickable: false,
            height: size::CHIP,
            colour: None,
        }
    }

    /// Inverse: this is production.
    pub fn production(mut self, production: bool) -> Self {
        self.production = production;
        self
    }

    /// A dot of this colour before the word.
    pub fn dot(mut self, colour: Color32) -> Self {
        self.dot = Some(colour);
        self
    }

    pub fn clickable(mut self) -> Self {
        self.clickable = true;
        self
    }

    /// Eighteen points high, for use inside a line of text.
    pub fn small(mut self) -> Self {
        self.height = 18.0;
        self
    }

    /// Another colour for the word, such as that of a fault.
    pub fn colour(mut self, colour: Color32) -> Self {
        self.colour = Some(colour);
        self
    }

    /// The width it takes.
    pub fn width(&self, ui: &Ui) -> f32 {
        let font = if self.production {
            font::caption()
        } else {
            font::small()
        };
        let text = ui.fonts_mut(|fonts| {
            fonts
                .layout_no_wrap(self.text.clone(), font, Color32::PLACEHOLDER)
                .size()
                .x
        });
        text + 2.0 * PADDING + self.dot.map_or(0.0, |_| DOT + GAP)
    }
}

impl Widget for Chip {
    fn ui(self, ui: &mut Ui) -> Response {
        let theme = theme::of(ui);
        let (font, text_colour) = if self.production {
            (font::caption(), theme.bg)
        } else {
            (font::small(), self.colour.unwrap_or(theme.soft))
        };
        let dot_width = self.dot.map_or(0.0, |_| DOT + GAP);
        let galley = ui
            .painter()
            .layout_no_wrap(self.text.clone(), font, text_colour);
        let wanted = Vec2::new(galley.size().x + 2.0 * PADDING + dot_width, self.height);
        let sense = if self.clickable {
            Sense::click()
        } else {
            Sense::hover()
        };
        let (rect, response) = ui.allocate_exact_size(wanted, sense);
        let role = if self.clickable {
            Role::Button
        } else {
            Role::Label
        };
        response.widget_info(|| WidgetInfo::labeled(role, ui.is_enabled(), &self.text));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let radius = CornerRadius::same((self.height / 2.0) as u8);
        let lit = self.clickable && (response.hovered() || response.has_focus());
        let (fill, line) = match (self.production, lit) {
            (true, _) => (theme.text, Stroke::NONE),
            (false, true) => (theme.hover, Stroke::new(1.0, theme.faint)),
            (false, false) => (Color32::TRANSPARENT, theme.outline()),
        };
        ui.painter()
            .rect(rect, radius, fill, line, StrokeKind::Inside);
        let mut left = rect.left() + PADDING;
        if let Some(colour) = self.dot {
            let centre = egui::pos2(left + DOT / 2.0, rect.center().y);
            if self.production {
                ui.painter()
                    .circle_filled(centre, DOT / 2.0 + 1.0, theme.bg);
            }
            ui.painter().circle_filled(centre, DOT / 2.0, colour);
            left += DOT + GAP;
        }
        let top = rect.center().y - galley.size().y / 2.0;
        ui.painter()
            .galley(egui::pos2(left, top), galley, text_colour);
        response
    }
}

/// A count in an amber pill: how many things wait for a person.
pub fn count(ui: &mut Ui, count: usize) -> Response {
    let theme = theme::of(ui);
    let galley = ui
        .painter()
        .layout_no_wrap(count.to_string(), font::tiny(), theme.on_wait);
    let (rect, response) = ui.allocate_exact_size(
        Vec2::new((galley.size().x + 12.0).max(18.0), 16.0),
        Sense::hover(),
    );
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{count} waiting")));
    ui.painter()
        .rect_filled(rect, CornerRadius::same(8), theme.wait);
    ui.painter()
        .galley(rect.center() - galley.size() / 2.0, galley, theme.on_wait);
    response
}
