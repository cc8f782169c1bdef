//! The inbox: the gates that wait, each with what it would let through, until when, and what queues behind it.

use std::collections::BTreeMap;
use std::sync::Arc;

use eframe::egui::{self, Align, Id, Key, Layout, Popup, ScrollArea, Sense, Ui, Vec2};

use super::list::{GateKey, Line, List, Wish};
use super::row::{self, Columns};
use crate::model::board::{Board, Need};
use crate::model::fault::Fault;
use crate::model::ids::{AccountName, Scope};
use crate::model::snapshot::Listings;
use crate::ui::action::UiAction;
use crate::ui::keys::{self, Move};
use crate::ui::route::{ProjectRoute, Route};
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{empty, fault_banner, safe_text, skeleton};
use crate::ui::widgets::{panel, pick};

/// More banners than this would hide the gates.
const MOST_BANNERS: usize = 3;

#[derive(Default)]
pub struct Waiting {
    filter: String,
    account: Option<AccountName>,
    by_account: bool,
    list: List,
    selected: Option<GateKey>,
    /// The selection moved by key and has to be brought into sight.
    reveal: bool,
    scroll: f32,
    /// Gates that fitted in the last frame.
    page: usize,
    unread: Unread,
}

/// Where gates may wait unseen: a fault for each scope and operation, with how many pipelines it hides; none for a
/// listing, which hides an unknown number. Kept for as long as the board and the listings are the same.
#[derive(Default)]
struct Unread {
    faults: Vec<(Arc<Fault>, Option<usize>)>,
    of: Option<(Arc<Board>, Arc<BTreeMap<Scope, Listings>>)>,
}

impl Unread {
    fn follow(&mut self, board: &Arc<Board>, listings: &Arc<BTreeMap<Scope, Listings>>) {
        let is_same = |of: &(Arc<Board>, Arc<BTreeMap<Scope, Listings>>)| {
            Arc::ptr_eq(&of.0, board) && Arc::ptr_eq(&of.1, listings)
        };
        if !self.of.as_ref().is_some_and(is_same) {
            self.faults = unread(board, listings);
            self.of = Some((Arc::clone(board), Arc::clone(listings)));
        }
    }
}

impl Waiting {
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        self.unread
            .follow(&cx.snapshot.board, &cx.snapshot.listings);
        faults(ui, &self.unread.faults, cx);
        self.update(cx);
        self.tools(ui, cx);
        ui.add_space(space::XS);
        self.table(ui, cx);
    }

    fn update(&mut self, cx: &ViewContext<'_>) {
        if let Some(account) = &self.account
            && cx.snapshot.accounts.get(account).is_none()
        {
            self.account = None;
        }
        let wish = Wish {
            revision: cx.snapshot.board.revision,
            filter: self.filter.clone(),
            account: self.account.clone(),
            by_account: self.by_account,
        };
        if self.list.wish != wish {
            self.list = List::new(&cx.snapshot.board, wish);
        }
    }

    fn tools(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let theme = theme::of(ui);
        let room = Vec2::new(ui.available_width(), size::BUTTON);
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            let all = cx.snapshot.board.needs.len();
            let words = match (self.list.passing, all) {
                (_, 0) => "Gates".to_owned(),
                (_, 1) => "1 gate waits for a person".to_owned(),
                (passing, all) if passing == all => format!("{all} gates wait for a person"),
                (passing, all) => format!("{passing} of {all} waiting gates"),
            };
            ui.label(theme.caption(words));
            self.account_menu(ui, cx);
            let grouped = if self.by_account {
                "grouped by account"
            } else {
                "not grouped"
            };
            if ui.add(Chip::new(grouped).clickable()).clicked() {
                self.by_account = !self.by_account;
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let field = TextField::new(&mut self.filter, "Filter the gates")
                    .key("/")
                    .id(filter_id())
                    .show(ui);
                if field.has_focus()
                    && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Enter))
                {
                    field.surrender_focus();
                }
            });
        });
    }

    fn account_menu(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let words = self.account.as_ref().map_or_else(
            || "all accounts".to_owned(),
            |account| safe_text::line(account.as_str()).into_owned(),
        );
        let chip = ui.add(Chip::new(words).clickable());
        Popup::menu(&chip).accessible_name("Account").show(|ui| {
            if pick::item(ui, "all accounts", self.account.is_none()) {
                self.account = None;
            }
            for account in cx.snapshot.accounts.rows() {
                let on = self.account.as_ref() == Some(&account.name);
                if pick::item(ui, &safe_text::line(account.name.as_str()), on) {
                    self.account = Some(account.name.clone());
                }
            }
        });
    }

    fn table(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let mut ui = panel::whole(ui);
        let inside = ui.max_rect();
        if self.list.lines.is_empty() {
            self.nothing(&mut ui, cx);
            return;
        }
        let columns = Columns::new(inside.width());
        row::header(&mut ui, &columns);
        let keyed = self.keyed(cx);
        let lines = std::mem::take(&mut self.list.lines);
        let tops = tops(&lines);
        let total = tops.last().copied().unwrap_or(0.0);
        let mut scroll = ScrollArea::vertical()
            .id_salt("gates")
            .auto_shrink([false, false]);
        if let Some(offset) = self.reveal_offset(&ui, cx, &lines, &tops) {
            scroll = scroll.vertical_scroll_offset(offset);
        }
        let output = scroll.show_viewport(&mut ui, |ui, viewport| {
            ui.set_height(total);
            let top = ui.max_rect().top();
            let first = tops.partition_point(|y| *y <= viewport.min.y);
            for index in first.saturating_sub(1)..lines.len() {
                let Some(y) = tops.get(index).filter(|y| **y < viewport.max.y) else {
                    break;
                };
                let at = top + *y;
                self.line(ui, cx, (&columns, keyed.as_ref()), lines.get(index), at);
            }
        });
        self.scroll = output.state.clamped_offset().y;
        self.page = (output.inner_rect.height() / row::HEIGHT) as usize;
        self.list.lines = lines;
    }

    fn line(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        (columns, keyed): (&Columns, Option<&GateKey>),
        line: Option<&Line>,
        top: f32,
    ) {
        let room = |height| {
            egui::Rect::from_min_size(
                egui::pos2(ui.max_rect().left(), top),
                Vec2::new(ui.max_rect().width(), height),
            )
        };
        match line {
            Some(Line::Group(account, gates)) => {
                let rect = room(row::GROUP);
                row::group(ui, cx, rect, account, *gates);
            }
            Some(Line::Gate(index)) => {
                let Some(need) = cx.snapshot.board.needs.get(*index).cloned() else {
                    return;
                };
                let rect = room(row::HEIGHT);
                cx.focus.visible.push(need.gate.pipeline.clone());
                let key = GateKey::of(&need);
                let marked = keyed == Some(&key);
                let selected = self.selected.as_ref() == Some(&key);
                let shown = row::show(ui, cx, rect, &need, columns, (selected, marked));
                if shown.review {
                    self.selected = Some(key);
                    cx.actions.push(open_card(&need));
                } else if shown.open {
                    self.selected = Some(key);
                    cx.actions.push(UiAction::Go(pipeline_of(&need)));
                }
            }
            None => {}
        }
    }

    /// The gate that `a` opens: the selected one if it is shown, else the first.
    fn keyed(&self, cx: &ViewContext<'_>) -> Option<GateKey> {
        let needs = &cx.snapshot.board.needs;
        let shown = self.list.gates().filter_map(|index| needs.get(index));
        let mut keys = shown.map(|need| GateKey::of(need));
        let selected = self.selected.as_ref();
        let first = keys.next()?;
        if selected.is_none() || selected == Some(&first) {
            return Some(first);
        }
        Some(keys.find(|key| Some(key) == selected).unwrap_or(first))
    }

    fn reveal_offset(
        &mut self,
        ui: &Ui,
        cx: &ViewContext<'_>,
        lines: &[Line],
        tops: &[f32],
    ) -> Option<f32> {
        if !std::mem::take(&mut self.reveal) {
            return None;
        }
        let selected = self.selected.as_ref()?;
        let needs = &cx.snapshot.board.needs;
        let index = lines.iter().position(|line| match line {
            Line::Gate(index) => needs
                .get(*index)
                .is_some_and(|need| GateKey::of(need) == *selected),
            Line::Group(..) => false,
        })?;
        let (top, bottom) = (tops.get(index)?, tops.get(index + 1)?);
        let height = ui.available_height();
        if *top < self.scroll {
            Some(*top)
        } else if *bottom > self.scroll + height {
            Some(*bottom - height)
        } else {
            None
        }
    }

    fn nothing(&self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let board = &cx.snapshot.board;
        if !board.needs.is_empty() {
            let how = "No waiting gate has these words in its pipeline, place, action or change.";
            empty::show(ui, "Nothing passes the filter", how, |_| {});
            return;
        }
        if cx.snapshot.accounts.is_empty() {
            let how = "Gates come with the pipelines of an account.";
            empty::show(ui, "No account yet", how, |ui| {
                if ui.add(Button::new("Add an account").go()).clicked() {
                    cx.actions.push(UiAction::Go(Route::Accounts));
                }
            });
            return;
        }
        let loading = board.rows.iter().filter(|row| row.loading).count();
        if is_reading(cx) || loading > 0 {
            egui::Frame::new()
                .inner_margin(egui::Margin::same(16))
                .show(ui, |ui| {
                    let words = match loading {
                        0 => "Reading the pipelines, to see which gates wait…".to_owned(),
                        some => format!("Reading {some} more pipelines, to see which gates wait…"),
                    };
                    skeleton::rows(ui, &words, 6);
                });
            return;
        }
        if !self.unread.faults.is_empty() {
            let how = "The faults above say which. A gate may wait there without being seen here.";
            empty::show(ui, "Nothing waits where it can be read", how, |ui| {
                if ui.add(Button::new("Read again now").key("F5")).clicked() {
                    cx.actions.push(UiAction::Refresh);
                }
            });
            return;
        }
        let how = "Every gate of every account and region appears here as soon as it waits for a person, the one that expires first at the top.";
        empty::show(ui, "Nothing waits for a person", how, |_| {});
    }

    pub fn obey(&mut self, context: &egui::Context, cx: &mut ViewContext<'_>) {
        if keys::typed(context, "/") {
            context.memory_mut(|memory| memory.request_focus(filter_id()));
        }
        if !self.filter.is_empty() && keys::pressed(context, Key::Escape) {
            self.filter.clear();
        }
        self.walk(context, cx);
        let needs = &cx.snapshot.board.needs;
        let shown = |key: &GateKey| {
            self.list
                .gates()
                .filter_map(|index| needs.get(index))
                .find(|need| GateKey::of(need) == *key)
        };
        let selected = self.selected.as_ref().and_then(shown).cloned();
        let first = self.list.gates().next().and_then(|index| needs.get(index));
        if keys::pressed(context, Key::A) {
            match selected.as_ref().or(first) {
                Some(need) => cx.actions.push(open_card(need)),
                None => cx
                    .actions
                    .push(UiAction::Say("No gate waits here".to_owned())),
            }
        }
        let Some(need) = selected else { return };
        if keys::enter(context) {
            cx.actions.push(UiAction::Go(pipeline_of(&need)));
        }
        if keys::pressed(context, Key::Y) {
            let name = need.gate.pipeline.name.to_string();
            cx.actions.push(UiAction::Say(format!("Copied {name}")));
            cx.actions.push(UiAction::Copy(name));
        }
    }

    fn walk(&mut self, context: &egui::Context, cx: &ViewContext<'_>) {
        let gates: Vec<usize> = self.list.gates().collect();
        let Some(step) = keys::moves(context, gates.len(), self.page) else {
            return;
        };
        let needs = &cx.snapshot.board.needs;
        let key = |index: &usize| needs.get(*index).map(|need| GateKey::of(need));
        let at = self.selected.as_ref().and_then(|selected| {
            gates
                .iter()
                .position(|it| key(it).as_ref() == Some(selected))
        });
        let to = Move::from(step, at, gates.len());
        self.selected = gates.get(to).and_then(key);
        self.reveal = true;
    }
}

/// Where each line begins, and behind the last where all end.
fn tops(lines: &[Line]) -> Vec<f32> {
    let mut y = 0.0;
    let mut tops = Vec::with_capacity(lines.len() + 1);
    tops.push(y);
    for line in lines {
        y += match line {
            Line::Group(..) => row::GROUP,
            Line::Gate(_) => row::HEIGHT,
        };
        tops.push(y);
    }
    tops
}

fn filter_id() -> Id {
    Id::unique("approvals filter")
}

fn open_card(need: &Need) -> UiAction {
    UiAction::OpenGate {
        pipeline: need.gate.pipeline.clone(),
        action: need.gate.action.clone(),
        execution: need.execution(),
    }
}

fn pipeline_of(need: &Need) -> Route {
    Route::Project(ProjectRoute {
        action: Some(need.gate.action.clone()),
        execution: need.execution(),
        ..ProjectRoute::new(need.gate.pipeline.clone())
    })
}

/// Whether some scope's pipelines have not been listed yet, well or badly.
fn is_reading(cx: &ViewContext<'_>) -> bool {
    let listings = &cx.snapshot.listings;
    listings.is_empty()
        || listings
            .values()
            .any(|listings| listings.pipelines.is_loading())
}

fn unread(board: &Board, listings: &BTreeMap<Scope, Listings>) -> Vec<(Arc<Fault>, Option<usize>)> {
    let mut faults: BTreeMap<(&Scope, &str), (Arc<Fault>, Option<usize>)> = BTreeMap::new();
    for (scope, listings) in listings {
        if let Some(fault) = listings.pipelines.fault() {
            faults.insert((scope, ""), (Arc::clone(fault), None));
        }
    }
    for row in &board.rows {
        if let Some(fault) = &row.fault
            && !faults.contains_key(&(&row.key.scope, ""))
        {
            let entry = faults
                .entry((&row.key.scope, fault.operation))
                .or_insert_with(|| (Arc::clone(fault), Some(0)));
            entry.1 = entry.1.map(|count| count + 1);
        }
    }
    faults.into_values().collect()
}

fn faults(ui: &mut Ui, unread: &[(Arc<Fault>, Option<usize>)], cx: &ViewContext<'_>) {
    if unread.is_empty() {
        return;
    }
    for (fault, _) in unread.iter().take(MOST_BANNERS) {
        fault_banner::show(ui, fault, cx.now);
        ui.add_space(space::XS);
    }
    let theme = theme::of(ui);
    let hidden: Vec<String> = unread
        .iter()
        .map(|(fault, pipelines)| {
            let place = fault
                .scope
                .as_ref()
                .map_or_else(|| fault.service.to_owned(), ToString::to_string);
            match pipelines {
                None => place,
                Some(1) => format!("{place} (1 pipeline)"),
                Some(count) => format!("{place} ({count} pipelines)"),
            }
        })
        .collect();
    let words = format!(
        "Gates there cannot be read now; one may wait unseen, and what is shown of them is older: {}.",
        hidden.join(", ")
    );
    let label = egui::Label::new(theme.small(safe_text::line(&words)))
        .truncate()
        .sense(Sense::hover());
    ui.add(label).on_hover_text(words);
    ui.add_space(space::S);
}
