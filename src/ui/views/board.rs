//! The Board: what needs a person, what fails, and every pipeline in one table.
//!
//! It keeps the filter, the selection and the order of the rows; the order is worked out again only when the board's
//! revision or a wish changes. Main thread.

mod attention;
mod columns;
mod order;
mod row;
mod states;

use std::collections::{BTreeMap, BTreeSet};

use eframe::egui::{
    self, Align, Align2, Id, Key, Layout, Popup, Rect, Role, ScrollArea, Sense, Ui, Vec2,
    WidgetInfo,
};

use crate::model::board::Board;
use crate::model::ids::{AccountName, PipelineKey, Scope};
use crate::model::settings::{BoardGroup, BoardSort};
use crate::ui::action::UiAction;
use crate::ui::keys::{self, Move};
use crate::ui::route::{ProjectRoute, Route};
use crate::ui::theme::{self, font, size, space};
use crate::ui::view::{View, ViewContext};
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{glyph, panel, pick, safe_text};
use columns::Columns;
use order::{Line, Order, Wish};

#[derive(Default)]
pub struct BoardView {
    filter: String,
    account: Option<AccountName>,
    reversed: bool,
    folded: BTreeSet<String>,
    selected: Option<PipelineKey>,
    order: Order,
    /// The selection moved by key and has to be brought into sight.
    reveal: bool,
    /// Rows that fitted in the last frame.
    page: usize,
}

const KEYS: &[(&str, &str)] = &[
    ("j k ↓ ↑", "move"),
    ("Enter", "open the pipeline"),
    ("/", "filter"),
    ("Esc", "clear the filter"),
    ("a", "review the row's gate, else the first"),
    ("w", "why the row failed, else the newest"),
    ("o", "open in the AWS console"),
    ("y", "copy the pipeline's name"),
];

impl View for BoardView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        if cx.snapshot.accounts.is_empty() {
            states::welcome(ui, cx);
            return;
        }
        let margin = egui::Margin::same(space::L as i8);
        egui::Frame::new().inner_margin(margin).show(ui, |ui| {
            states::faults(ui, cx);
            let marked = self.marked(&cx.snapshot.board).cloned();
            attention::show(ui, cx, marked.as_ref());
            ui.add_space(space::M);
            self.update_order(cx);
            self.tools(ui, cx);
            ui.add_space(space::XS);
            self.table(ui, cx);
        });
        if !cx.covered {
            self.obey(ui.ctx(), cx);
        }
    }

    fn keys(&self, _route: &Route) -> &'static [(&'static str, &'static str)] {
        KEYS
    }
}

impl BoardView {
    fn update_order(&mut self, cx: &ViewContext<'_>) {
        let board = &cx.snapshot.board;
        if let Some(account) = &self.account
            && cx.snapshot.accounts.get(account).is_none()
        {
            self.account = None;
        }
        let wish = Wish {
            revision: board.revision,
            filter: self.filter.clone(),
            account: self.account.clone(),
            group: cx.settings.views.board_group,
            sort: cx.settings.views.board_sort,
            reversed: self.reversed,
            folded: self.folded.clone(),
        };
        if self.order.wish != wish || self.order.lines.is_empty() {
            // Rows are many, their scopes are few.
            let mut places: BTreeMap<&Scope, usize> = BTreeMap::new();
            self.order.update(board, wish, |row| {
                let scope = &row.key.scope;
                *places
                    .entry(scope)
                    .or_insert_with(|| account_words(cx, scope).chars().count())
            });
        }
    }

    fn tools(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let theme = theme::of(ui);
        let room = Vec2::new(ui.available_width(), size::BUTTON);
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            let all = cx.snapshot.board.rows.len();
            let count = match (self.order.passing, all) {
                (_, 0) if states::is_reading(cx) => "Pipelines".to_owned(),
                (_, 1) => "1 pipeline".to_owned(),
                (passing, all) if passing == all => format!("{all} pipelines"),
                (passing, all) => format!("{passing} of {all} pipelines"),
            };
            ui.label(theme.caption(count));
            self.account_menu(ui, cx);
            group_menu(ui, cx);
            self.sort_menu(ui, cx);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let field = TextField::new(&mut self.filter, "Filter")
                    .key("/")
                    .id(filter_id())
                    .show(ui);
                if field.gained_focus() {
                    self.order.prepare(&cx.snapshot.board);
                }
                if field.has_focus()
                    && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Enter))
                {
                    field.surrender_focus();
                }
            });
        });
    }

    fn account_menu(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let words = self
            .account
            .as_ref()
            .map_or_else(|| "all accounts".to_owned(), ToString::to_string);
        let chip = ui.add(Chip::new(words).clickable());
        let mut chosen = None;
        Popup::menu(&chip).accessible_name("Account").show(|ui| {
            if pick::item(ui, "all accounts", self.account.is_none()) {
                chosen = Some(None);
            }
            for account in cx.snapshot.accounts.rows() {
                let on = self.account.as_ref() == Some(&account.name);
                if pick::item(ui, &safe_text::line(account.name.as_str()), on) {
                    chosen = Some(Some(account.name.clone()));
                }
            }
        });
        if let Some(account) = chosen {
            self.account = account;
        }
    }

    fn sort_menu(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let sort = cx.settings.views.board_sort;
        let direction = if self.reversed { ", reversed" } else { "" };
        let chip = ui.add(Chip::new(format!("{}{direction}", sort_words(sort))).clickable());
        let mut chosen = None;
        Popup::menu(&chip).accessible_name("Order").show(|ui| {
            for other in SORTS {
                if pick::item(ui, sort_words(other), other == sort) {
                    chosen = Some(other);
                }
            }
        });
        if let Some(chosen) = chosen {
            self.sort_by(chosen, cx);
        }
    }

    /// The same order asked for again is turned round.
    fn sort_by(&mut self, sort: BoardSort, cx: &mut ViewContext<'_>) {
        if cx.settings.views.board_sort == sort {
            self.reversed = !self.reversed;
        } else {
            self.reversed = false;
            cx.actions
                .push(UiAction::Settings(Box::new(move |settings| {
                    settings.views.board_sort = sort;
                })));
        }
    }

    fn table(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let mut ui = panel::whole(ui);
        let inside = ui.max_rect();
        let columns = Columns::new(inside.width(), &self.order);
        self.header(&mut ui, cx, &columns);
        if self.order.lines.is_empty() {
            states::no_rows(&mut ui, cx, &self.filter, &columns);
            return;
        }
        let lines = std::mem::take(&mut self.order.lines);
        let mut scroll = ScrollArea::vertical()
            .id_salt("pipelines")
            .auto_shrink([false, false]);
        if std::mem::take(&mut self.reveal)
            && let Some(offset) = self.reveal_offset(&ui, cx, &lines)
        {
            scroll = scroll.vertical_scroll_offset(offset);
        }
        let output = scroll.show_rows(&mut ui, size::ROW, lines.len(), |ui, range| {
            for index in range {
                match lines.get(index) {
                    Some(Line::Row(row)) => self.row(ui, cx, &columns, *row),
                    Some(Line::Group {
                        name,
                        rows,
                        worst,
                        folded,
                    }) => {
                        let response = group_ui(ui, name, *rows, *worst, *folded);
                        self.fold(name, response.clicked());
                    }
                    None => {}
                }
            }
        });
        self.page = (output.inner_rect.height() / size::ROW) as usize;
        ui.ctx()
            .data_mut(|data| data.insert_temp(scroll_id(), output.state.clamped_offset().y));
        self.order.lines = lines;
    }

    /// Folds an open group, opens a folded one.
    fn fold(&mut self, group: &str, clicked: bool) {
        if clicked && !self.folded.remove(group) {
            self.folded.insert(group.to_owned());
        }
    }

    /// How far to scroll so that the selection is in sight; none if it is.
    fn reveal_offset(&self, ui: &Ui, cx: &ViewContext<'_>, lines: &[Line]) -> Option<f32> {
        let selected = self.selected.as_ref()?;
        let index = order::position(lines, &cx.snapshot.board, selected)?;
        let top = index as f32 * size::ROW;
        let height = ui.available_height();
        let offset: f32 = ui
            .ctx()
            .data(|data| data.get_temp(scroll_id()))
            .unwrap_or(0.0);
        if top < offset {
            Some(top)
        } else if top + size::ROW > offset + height {
            Some(top + size::ROW - height)
        } else {
            None
        }
    }

    fn header(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, columns: &Columns) {
        let theme = theme::of(ui);
        let wanted = Vec2::new(ui.available_width(), size::TABLE_HEADER);
        let (rect, _) = ui.allocate_exact_size(wanted, Sense::hover());
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, theme.outline());
        for (column, cell) in columns.cells(rect) {
            let right = column == columns::Column::Changed;
            let (at, align) = if right {
                (cell.right_center(), Align2::RIGHT_CENTER)
            } else {
                (cell.left_center(), Align2::LEFT_CENTER)
            };
            let mut colour = theme.faint;
            if let Some(sort) = column.sort().filter(|_| column != columns::Column::Status) {
                let response =
                    ui.interact(cell, Id::unique(("head", column.title())), Sense::click());
                response.widget_info(|| {
                    WidgetInfo::labeled(
                        Role::ColumnHeader,
                        true,
                        format!("Sort by {}", column.title()),
                    )
                });
                if response.hovered()
                    || response.has_focus()
                    || sort == cx.settings.views.board_sort
                {
                    colour = theme.soft;
                }
                if response.clicked() {
                    self.sort_by(sort, cx);
                }
            }
            ui.painter()
                .text(at, align, column.title(), font::small_medium(), colour);
        }
    }

    fn row(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, columns: &Columns, index: usize) {
        let Some(row) = cx.snapshot.board.rows.get(index) else {
            return;
        };
        cx.focus.visible.push(row.key.clone());
        let selected = self.selected.as_ref() == Some(&row.key);
        let response = row::show(ui, cx, row, columns, selected);
        if response.clicked() {
            self.selected = Some(row.key.clone());
            cx.actions.push(open(&row.key));
        }
    }

    fn obey(&mut self, context: &egui::Context, cx: &mut ViewContext<'_>) {
        if keys::typed(context, "/") {
            context.memory_mut(|memory| memory.request_focus(filter_id()));
        }
        if !self.filter.is_empty() && keys::pressed(context, Key::Escape) {
            self.filter.clear();
        }
        let board = &cx.snapshot.board;
        let marked = self.marked(board);
        if keys::pressed(context, Key::A)
            && let Some(need) = board.needs.get(attention::need_at(board, marked))
        {
            cx.actions.push(UiAction::OpenGate {
                pipeline: need.gate.pipeline.clone(),
                action: need.gate.action.clone(),
                execution: need.execution(),
            });
        }
        if keys::pressed(context, Key::W)
            && let Some(failing) = board.failing.get(attention::failing_at(board, marked))
        {
            cx.actions.push(attention::explain(failing, cx));
        }
        self.walk(context, cx);
        let Some(selected) = self.selected.clone() else {
            return;
        };
        if keys::enter(context) {
            cx.actions.push(open(&selected));
        }
        if keys::pressed(context, Key::Y) {
            cx.actions.push(UiAction::Copy(selected.name.to_string()));
            cx.actions
                .push(UiAction::Say(format!("Copied {}", selected.name)));
        }
        if keys::pressed(context, Key::O) {
            cx.actions.push(UiAction::OpenLink(console(&selected)));
        }
    }

    /// The selected row, if it is among those shown: a row that the filter hides is nothing a key should act on.
    fn marked(&self, board: &Board) -> Option<&PipelineKey> {
        let selected = self.selected.as_ref()?;
        order::position(&self.order.lines, board, selected).map(|_| selected)
    }

    fn walk(&mut self, context: &egui::Context, cx: &ViewContext<'_>) {
        let Some(step) = keys::moves(context, self.order.lines.len(), self.page) else {
            return;
        };
        let rows: Vec<usize> = self
            .order
            .lines
            .iter()
            .filter_map(|line| match line {
                Line::Row(index) => Some(*index),
                Line::Group { .. } => None,
            })
            .collect();
        let board = &cx.snapshot.board.rows;
        let at = self.selected.as_ref().and_then(|key| {
            rows.iter()
                .position(|index| board.get(*index).is_some_and(|row| row.key == *key))
        });
        let to = Move::from(step, at, rows.len());
        self.selected = rows
            .get(to)
            .and_then(|index| board.get(*index))
            .map(|row| row.key.clone());
        self.reveal = true;
    }
}

fn filter_id() -> Id {
    Id::unique("board filter")
}

fn scroll_id() -> Id {
    Id::unique("board scroll")
}

fn open(key: &PipelineKey) -> UiAction {
    UiAction::Go(Route::Project(ProjectRoute::new(key.clone())))
}

/// The pipeline's page in the AWS console.
fn console(key: &PipelineKey) -> String {
    let region = &key.scope.region;
    let name: String = url::form_urlencoded::byte_serialize(key.name.as_str().as_bytes()).collect();
    format!(
        "https://{region}.console.aws.amazon.com/codesuite/codepipeline/pipelines/{name}/view?region={region}"
    )
}

/// An account's name; with the region where it has more than one.
fn account_words(cx: &ViewContext<'_>, scope: &Scope) -> String {
    let named = cx
        .settings
        .accounts
        .iter()
        .find(|account| account.name == scope.account)
        .and_then(|account| account.display_name.as_deref())
        .unwrap_or_else(|| scope.account.as_str());
    let several = cx
        .snapshot
        .accounts
        .get(&scope.account)
        .is_some_and(|account| account.regions.len() > 1);
    let name = safe_text::line(named);
    if several {
        format!("{name} · {}", scope.region)
    } else {
        name.into_owned()
    }
}

const SORTS: [BoardSort; 5] = [
    BoardSort::Attention,
    BoardSort::Name,
    BoardSort::Account,
    BoardSort::Changed,
    BoardSort::Elapsed,
];

const fn sort_words(sort: BoardSort) -> &'static str {
    match sort {
        BoardSort::Attention => "not green first",
        BoardSort::Name => "by name",
        BoardSort::Account => "by account",
        BoardSort::Changed => "changed last first",
        BoardSort::Elapsed => "longest first",
    }
}

const fn group_words(group: BoardGroup) -> &'static str {
    match group {
        BoardGroup::None => "not grouped",
        BoardGroup::Account => "grouped by account",
        BoardGroup::Repository => "grouped by repository",
    }
}

fn group_menu(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let group = cx.settings.views.board_group;
    let chip = ui.add(Chip::new(group_words(group)).clickable());
    let mut chosen = None;
    Popup::menu(&chip).accessible_name("Groups").show(|ui| {
        for other in [
            BoardGroup::None,
            BoardGroup::Account,
            BoardGroup::Repository,
        ] {
            if pick::item(ui, group_words(other), other == group) {
                chosen = Some(other);
            }
        }
    });
    if let Some(chosen) = chosen {
        cx.actions
            .push(UiAction::Settings(Box::new(move |settings| {
                settings.views.board_group = chosen;
            })));
    }
}

fn group_ui(
    ui: &mut Ui,
    name: &str,
    rows: usize,
    worst: crate::model::status::Status,
    folded: bool,
) -> egui::Response {
    let theme = theme::of(ui);
    let wanted = Vec2::new(ui.available_width(), size::ROW);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(
            Role::DisclosureTriangle,
            true,
            !folded,
            format!("Group {name}"),
        )
    });
    ui.painter()
        .rect_filled(rect, 0, theme.faded(theme.raised, 0.8));
    ui.painter()
        .hline(rect.x_range(), rect.bottom() - 0.5, theme.row_line());
    let middle = rect.center().y;
    let arrow = if folded { "▸" } else { "▾" };
    let painter = ui.painter();
    painter.text(
        egui::pos2(rect.left() + 10.0, middle),
        Align2::LEFT_CENTER,
        arrow,
        font::body(),
        theme.faint,
    );
    let mark = Rect::from_center_size(
        egui::pos2(rect.left() + 34.0, middle),
        Vec2::splat(size::SMALL_GLYPH),
    );
    if folded {
        glyph::paint(ui, mark, worst);
    }
    let left = rect.left() + 50.0;
    let name = safe_text::line(name);
    let end = ui.painter().text(
        egui::pos2(left, middle),
        Align2::LEFT_CENTER,
        name.as_ref(),
        font::strong(),
        theme.text,
    );
    let count = format!("{rows}");
    ui.painter().text(
        egui::pos2(end.right() + 8.0, middle),
        Align2::LEFT_CENTER,
        count,
        font::small(),
        theme.faint,
    );
    response
}
