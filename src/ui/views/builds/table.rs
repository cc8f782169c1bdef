//! A table of builds: its head, its rows, the walk through it by key. Used for all builds and for one project's history.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use eframe::egui::{self, Align2, Id, Rect, Role, ScrollArea, Sense, Ui, Vec2, WidgetInfo};

use super::columns::{Column, Columns};
use super::order::{Group, Line, Order, Wish};
use super::row::{self, Shown};
use super::usual::Usuals;
use crate::model::build::BuildRow;
use crate::model::ids::{BuildKey, BuildProjectKey, Scope};
use crate::model::settings::BuildSort;
use crate::ui::keys;
use crate::ui::theme::{self, font, size};
use crate::ui::view::ViewContext;
use crate::ui::widgets::{glyph, panel, safe_text};

/// What was done to the table.
pub enum Done {
    Open(BuildKey),
    OpenProject(BuildProjectKey),
    Sort(BuildSort),
}

/// The look at a table: what is selected, folded, in sight.
pub struct BuildTable {
    /// Apart from other tables.
    id: &'static str,
    pub order: Order,
    pub folded: BTreeSet<BuildProjectKey>,
    selected: Option<BuildKey>,
    /// The selection moved by key and has to be brought into sight.
    reveal: bool,
    /// Rows that fitted in the last frame.
    page: usize,
}

impl BuildTable {
    pub fn new(id: &'static str) -> Self {
        Self {
            id,
            order: Order::default(),
            folded: BTreeSet::new(),
            selected: None,
            reveal: false,
            page: 0,
        }
    }

    /// Works the order out anew if something changed.
    pub fn follow(&mut self, rows: &[Arc<BuildRow>], wish: Wish, cx: &ViewContext<'_>) {
        // Rows are many, their scopes are few.
        let mut places: BTreeMap<Scope, usize> = BTreeMap::new();
        self.order.update(rows, wish, |row| {
            let scope = &row.key.scope;
            if let Some(length) = places.get(scope) {
                return *length;
            }
            let length = super::account_words(cx, scope).chars().count();
            places.insert(scope.clone(), length);
            length
        });
    }

    /// The selected build, if it is among those shown: a row that the filter hides is nothing a key should act on.
    pub fn selected(&self, rows: &[Arc<BuildRow>]) -> Option<&BuildKey> {
        let selected = self.selected.as_ref()?;
        self.order.position(rows, selected).map(|_| selected)
    }

    /// Paints it into all the room there is; `after` is painted below the last row, or in the place of rows that are not
    /// there.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        rows: &[Arc<BuildRow>],
        usuals: &Usuals,
        within_project: bool,
        after: impl FnOnce(&mut Ui, &mut ViewContext<'_>, &Columns),
    ) -> Option<Done> {
        let mut ui = panel::whole(ui);
        // Clear of the bar that scrolls.
        let width = ui.max_rect().width() - 10.0;
        let columns = Columns::new(width, &self.order, within_project);
        let mut done = self.head_ui(&mut ui, &columns);
        if self.order.lines.is_empty() {
            after(&mut ui, cx, &columns);
            return done;
        }
        let mut scroll = ScrollArea::vertical()
            .id_salt(self.id)
            .auto_shrink([false, false]);
        let is_revealed = std::mem::take(&mut self.reveal);
        if is_revealed && let Some(offset) = self.reveal_offset(&ui, rows) {
            scroll = scroll.vertical_scroll_offset(offset);
        }
        let count = self.order.lines.len();
        // One line more for what stands below.
        let output = scroll.show_rows(
            &mut ui,
            size::ROW,
            count + usize::from(within_project),
            |ui, range| {
                let shows_end = within_project && range.contains(&count);
                for index in range {
                    match self.order.lines.get(index) {
                        Some(Line::Row(at)) => {
                            if let Some(row) = rows.get(*at)
                                && self.row_ui(ui, cx, row, usuals, &columns)
                            {
                                self.selected = Some(row.key.clone());
                                done = Some(Done::Open(row.key.clone()));
                            }
                        }
                        Some(Line::Group(group)) => match group_ui(ui, cx, group, usuals) {
                            Some(GroupDone::Fold) => {
                                let project = group.project.clone();
                                if !self.folded.remove(&project) {
                                    self.folded.insert(project);
                                }
                            }
                            Some(GroupDone::Open) => {
                                done = Some(Done::OpenProject(group.project.clone()));
                            }
                            None => {}
                        },
                        None => break,
                    }
                }
                if shows_end {
                    after(ui, cx, &columns);
                }
            },
        );
        self.page = (output.inner_rect.height() / size::ROW) as usize;
        let offset = output.state.clamped_offset().y;
        let kept = self.scroll_id();
        ui.ctx().data_mut(|data| data.insert_temp(kept, offset));
        done
    }

    fn row_ui(
        &self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        row: &BuildRow,
        usuals: &Usuals,
        columns: &Columns,
    ) -> bool {
        let build = row.build.value();
        let shown = Shown {
            row,
            usual: build.and_then(|build| usuals.of(&row.project_key(build))),
            selected: self.selected.as_ref() == Some(&row.key),
        };
        row::show(ui, cx, shown, columns).clicked()
    }

    /// Moves the selection by key; returns the build that Enter opens.
    pub fn obey(&mut self, context: &egui::Context, rows: &[Arc<BuildRow>]) -> Option<BuildKey> {
        if let Some(step) = keys::moves(context, self.order.lines.len(), self.page) {
            let shown: Vec<usize> = self
                .order
                .lines
                .iter()
                .filter_map(|line| match line {
                    Line::Row(index) => Some(*index),
                    Line::Group(_) => None,
                })
                .collect();
            let is_selected = |index: &usize| {
                rows.get(*index)
                    .is_some_and(|row| Some(&row.key) == self.selected.as_ref())
            };
            let at = shown.iter().position(is_selected);
            let to = shown.get(step.from(at, shown.len()));
            self.selected = to
                .and_then(|index| rows.get(*index))
                .map(|row| row.key.clone());
            self.reveal = true;
        }
        let selected = self.selected(rows)?.clone();
        keys::enter(context).then_some(selected)
    }

    fn scroll_id(&self) -> Id {
        Id::unique(("builds scroll", self.id))
    }

    /// How far to scroll so that the selection is in sight; none if it is.
    fn reveal_offset(&self, ui: &Ui, rows: &[Arc<BuildRow>]) -> Option<f32> {
        let index = self.order.position(rows, self.selected.as_ref()?)?;
        let top = index as f32 * size::ROW;
        let height = ui.available_height();
        let kept = self.scroll_id();
        let offset: f32 = ui.ctx().data(|data| data.get_temp(kept)).unwrap_or(0.0);
        if top < offset {
            Some(top)
        } else if top + size::ROW > offset + height {
            Some(top + size::ROW - height)
        } else {
            None
        }
    }

    fn head_ui(&self, ui: &mut Ui, columns: &Columns) -> Option<Done> {
        let theme = theme::of(ui);
        let wanted = Vec2::new(ui.available_width(), size::TABLE_HEADER);
        let (rect, _) = ui.allocate_exact_size(wanted, Sense::hover());
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, theme.outline());
        let mut done = None;
        for (column, cell) in columns.cells(rect) {
            let (at, align) = if column == Column::Started {
                (cell.right_center(), Align2::RIGHT_CENTER)
            } else {
                (cell.left_center(), Align2::LEFT_CENTER)
            };
            let mut colour = theme.faint;
            if let Some(sort) = column.sort() {
                let id = Id::unique((self.id, "head", column.title()));
                let response = ui.interact(cell, id, Sense::click());
                let name = format!("Sort by {}", column.title());
                response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, &name));
                let lit = response.hovered() || response.has_focus();
                if lit || self.order.wish.sort == sort {
                    colour = theme.soft;
                }
                if response.clicked() {
                    done = Some(Done::Sort(sort));
                }
            }
            ui.painter()
                .text(at, align, column.title(), font::small_medium(), colour);
        }
        done
    }
}

enum GroupDone {
    Fold,
    Open,
}

/// A project's head: a press folds it, a press on its name opens the project.
fn group_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    group: &Group,
    usuals: &Usuals,
) -> Option<GroupDone> {
    let theme = theme::of(ui);
    let wanted = Vec2::new(ui.available_width(), size::ROW);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    let name = safe_text::line(group.project.name.as_str()).into_owned();
    response.widget_info(|| {
        let words = format!("Group {name} in {}", group.project.scope);
        WidgetInfo::selected(Role::DisclosureTriangle, true, !group.folded, words)
    });
    let fill = theme.faded(theme.raised, 0.8);
    ui.painter().rect_filled(rect, 0, fill);
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, theme.row_line());
    let middle = rect.center().y;
    let put = |x: f32, words: &str, face, colour| {
        let at = egui::pos2(x, middle);
        ui.painter()
            .text(at, Align2::LEFT_CENTER, words, face, colour)
    };
    let arrow = if group.folded { "▸" } else { "▾" };
    put(rect.left() + 10.0, arrow, font::body(), theme.faint);
    let mark = Rect::from_center_size(
        egui::pos2(rect.left() + 34.0, middle),
        Vec2::splat(size::SMALL_GLYPH),
    );
    glyph::paint(ui, mark, group.status);
    let shown = safe_text::elide(&name, 60);
    let title = put(rect.left() + 50.0, &shown, font::strong(), theme.text);
    let mut said = vec![super::account_words(cx, &group.project.scope)];
    said.push(match group.rows {
        1 => "1 build".to_owned(),
        rows => format!("{rows} builds"),
    });
    if group.failed > 0 {
        said.push(format!("{} failed", group.failed));
    }
    if let Some(usual) = usuals.of(&group.project) {
        said.push(format!("usually {}", crate::model::time::rough(usual.took)));
    }
    let words = said.join(" · ");
    put(title.right() + 10.0, &words, font::small(), theme.faint);
    let open = ui.interact(
        title.expand2(Vec2::new(6.0, 6.0)),
        Id::unique(("open project", &group.project)),
        Sense::click(),
    );
    open.widget_info(|| WidgetInfo::labeled(Role::Link, true, format!("Open project {name}")));
    if open.hovered() || open.has_focus() {
        let y = title.bottom() - 1.0;
        let line = egui::Stroke::new(1.0, theme.text);
        ui.painter().hline(title.x_range(), y, line);
    }
    let open = open.on_hover_cursor(egui::CursorIcon::PointingHand);
    if open.clicked() {
        Some(GroupDone::Open)
    } else {
        response.clicked().then_some(GroupDone::Fold)
    }
}
