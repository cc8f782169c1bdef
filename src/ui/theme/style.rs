//! egui's own widgets (text fields, scroll bars, tooltips, menus) in the theme's colours.

use eframe::egui::{
    self, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Vec2,
};

use super::fonts::font;
use super::tokens::{Theme, size};

pub fn style(theme: &Theme) -> egui::Style {
    let mut style = egui::Style {
        visuals: visuals(theme),
        animation_time: 0.1,
        wrap_mode: Some(egui::TextWrapMode::Extend),
        ..egui::Style::default()
    };
    style.text_styles = [
        (TextStyle::Body, font::body()),
        (TextStyle::Button, font::medium()),
        (TextStyle::Small, font::small()),
        (TextStyle::Monospace, font::mono()),
        (
            TextStyle::Heading,
            FontId::new(16.0, FontFamily::Name(super::SEMIBOLD.into())),
        ),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(8.0, 4.0);
    spacing.button_padding = Vec2::new(10.0, 4.0);
    spacing.interact_size = Vec2::new(24.0, 24.0);
    spacing.menu_margin = Margin::same(4);
    spacing.window_margin = Margin::same(16);
    spacing.tooltip_width = 480.0;
    spacing.scroll = egui::style::ScrollStyle {
        floating: true,
        bar_width: 10.0,
        floating_width: 4.0,
        bar_inner_margin: 2.0,
        bar_outer_margin: 2.0,
        foreground_color: true,
        dormant_handle_opacity: 0.35,
        ..egui::style::ScrollStyle::solid()
    };
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.35;
    style
}

fn visuals(theme: &Theme) -> egui::Visuals {
    let mut visuals = if theme.dark {
        egui::Visuals::dark()
    } else {
        egui::Visuals::light()
    };
    let radius = CornerRadius::same(size::RADIUS);
    let shadow = Shadow {
        offset: [0, 8],
        blur: 32,
        spread: 0,
        color: theme.shadow,
    };
    let state = |fill, line, text| egui::style::WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, line),
        corner_radius: radius,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    visuals.widgets.noninteractive = state(theme.panel, theme.line, theme.text);
    visuals.widgets.inactive = state(theme.raised, theme.line, theme.soft);
    visuals.widgets.hovered = state(theme.hover, theme.faint, theme.text);
    visuals.widgets.active = state(theme.hover, theme.accent, theme.text);
    visuals.widgets.open = state(theme.raised, theme.faint, theme.text);
    visuals.selection.bg_fill = theme.faded(theme.accent, 0.35);
    visuals.selection.stroke = Stroke::new(1.0, theme.text);
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(theme.faint);
    visuals.hyperlink_color = theme.accent;
    visuals.faint_bg_color = theme.raised;
    visuals.extreme_bg_color = theme.sunk;
    visuals.text_edit_bg_color = Some(theme.sunk);
    visuals.code_bg_color = theme.sunk;
    visuals.warn_fg_color = theme.fail;
    visuals.error_fg_color = theme.fail;
    visuals.window_corner_radius = CornerRadius::same(size::DIALOG_RADIUS);
    visuals.menu_corner_radius = radius;
    visuals.window_fill = theme.panel;
    visuals.window_stroke = theme.outline();
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;
    visuals.panel_fill = theme.bg;
    visuals.text_cursor.stroke = Stroke::new(1.5, theme.accent);
    visuals.interact_cursor = None;
    visuals
}
