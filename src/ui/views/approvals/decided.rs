//! The ledger: every decision that is known, from the pipelines' own records, this program's and, when asked,
//! CloudTrail's. Filtered, sorted, exported.
//!
//! The rows are joined anew only when a source changed, filtered and sorted anew only when a wish did.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, Align, Id, Key, Layout, Popup, ScrollArea, Ui, Vec2};

use super::ledger_row::{self, Column, Columns};
use super::sources;
use crate::model::ids::{AccountName, Scope};
use crate::model::ledger::{self, LedgerFilter, LedgerRow, Ruling};
use crate::model::time::Timestamp;
use crate::model::trail::Trail;
use crate::ui::action::UiAction;
use crate::ui::keys::{self, Move};
use crate::ui::route::{ProjectRoute, Route};
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{empty, panel, pick, safe_text, skeleton};

/// How often the rows follow what is polled, in seconds.
const JOIN_EVERY: f64 = 1.0;

pub struct Decided {
    filter: LedgerFilter,
    /// As typed: `2026-11-23`.
    from: String,
    to: String,
    sort: (Column, bool),
    rows: Arc<Vec<LedgerRow>>,
    rows_of: Option<Known>,
    /// When, in egui's seconds.
    joined_at: f64,
    /// Places in `rows`, in order.
    shown: Vec<usize>,
    shown_of: Option<Wish>,
    /// Counts the times `rows` were joined.
    revision: u64,
    selected: Option<usize>,
    reveal: bool,
    scroll: f32,
    page: usize,
    /// How far back CloudTrail was asked, in each place where it was.
    pub(super) trail_from: BTreeMap<Scope, Timestamp>,
    pub(super) trail_days: u64,
    /// The pass of egui that last painted this.
    painted: Option<u64>,
}

impl Default for Decided {
    fn default() -> Self {
        Self {
            filter: LedgerFilter::default(),
            from: String::new(),
            to: String::new(),
            sort: (Column::When, false),
            rows: Arc::default(),
            rows_of: None,
            joined_at: 0.0,
            shown: Vec::new(),
            shown_of: None,
            revision: 0,
            selected: None,
            reveal: false,
            scroll: 0.0,
            page: 1,
            trail_from: BTreeMap::new(),
            trail_days: 7,
            painted: None,
        }
    }
}

/// What the joined rows stand on.
#[derive(Clone, PartialEq, Eq)]
struct Known {
    pipelines: u64,
    accounts: u64,
    journal: u64,
    trails: Vec<(Scope, Timestamp)>,
}

/// What the order of the rows depends on.
#[derive(Clone, PartialEq, Eq)]
struct Wish {
    revision: u64,
    filter: LedgerFilter,
    sort: (Column, bool),
}

impl Decided {
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        // Other windows write to the file too: coming back from elsewhere reads it again.
        let pass = ui.ctx().cumulative_pass_nr();
        let before = self.painted.replace(pass);
        if before.is_none_or(|before| before + 1 < pass) {
            cx.actions.push(UiAction::ReadJournal);
        }
        self.update(ui, cx);
        self.tools(ui, cx);
        ui.add_space(space::XS);
        sources::show(ui, cx, self);
        ui.add_space(space::XS);
        self.table(ui, cx);
    }

    /// Whether the rows are to be joined anew. What is polled moves all the time and in a large account costs a pass over
    /// everything, so it is followed once in a while; anything a person did shows at once.
    fn is_due(&self, ui: &Ui, known: &Known) -> bool {
        let Some(joined) = &self.rows_of else {
            return true;
        };
        if joined == known {
            return false;
        }
        let only_polled = Known {
            pipelines: joined.pipelines,
            ..known.clone()
        } == *joined;
        let wait = self.joined_at + JOIN_EVERY - ui.input(|input| input.time);
        if only_polled && wait > 0.0 {
            ui.ctx()
                .request_repaint_after(Duration::from_secs_f64(wait));
            return false;
        }
        true
    }

    fn update(&mut self, ui: &Ui, cx: &ViewContext<'_>) {
        let trails = sources::answers(cx, &self.trail_from);
        let known = Known {
            pipelines: cx.snapshot.pipelines.revision(),
            accounts: cx.snapshot.accounts.revision(),
            journal: cx.journal.revision,
            trails: trails
                .iter()
                .map(|(scope, at, _)| (scope.clone(), *at))
                .collect(),
        };
        if self.is_due(ui, &known) {
            let trails: Vec<(Scope, Arc<Trail>)> = trails
                .into_iter()
                .map(|(scope, _, trail)| (scope, trail))
                .collect();
            let snapshot = cx.snapshot;
            let (pipelines, accounts) = (&snapshot.pipelines, &snapshot.accounts);
            let chosen = self.chosen().cloned();
            self.rows = Arc::new(ledger::rows(
                pipelines,
                accounts,
                &trails,
                &cx.journal.records,
            ));
            self.selected = chosen.and_then(|row| self.rows.iter().position(|it| *it == row));
            self.rows_of = Some(known);
            self.joined_at = ui.input(|input| input.time);
            self.revision += 1;
        }
        self.filter.from = ledger::day(&self.from, 0);
        self.filter.to = ledger::day(&self.to, 1);
        let wish = Wish {
            revision: self.revision,
            filter: self.filter.clone(),
            sort: self.sort,
        };
        if self.shown_of.as_ref() != Some(&wish) {
            self.arrange();
            self.shown_of = Some(wish);
        }
    }

    fn arrange(&mut self) {
        let terms = self.filter.terms();
        let rows = &self.rows;
        self.shown = (0..rows.len())
            .filter(|index| {
                rows.get(*index)
                    .is_some_and(|row| self.filter.passes(row, &terms))
            })
            .collect();
        let (column, reversed) = self.sort;
        // The rows come newest first, and equal ones keep that order.
        self.shown
            .sort_by(|a, b| match (rows.get(*a), rows.get(*b)) {
                (Some(a), Some(b)) => {
                    let order = column.compare(a, b);
                    if reversed { order.reverse() } else { order }
                }
                _ => std::cmp::Ordering::Equal,
            });
    }

    fn chosen(&self) -> Option<&LedgerRow> {
        self.rows.get(self.selected?)
    }

    fn tools(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let theme = theme::of(ui);
        let room = Vec2::new(ui.available_width(), size::BUTTON);
        ui.allocate_ui_with_layout(room, Layout::left_to_right(Align::Center), |ui| {
            let words = match (self.shown.len(), self.rows.len()) {
                (_, 0) => "Decisions".to_owned(),
                (_, 1) => "1 decision".to_owned(),
                (shown, all) if shown == all => format!("{all} decisions"),
                (shown, all) => format!("{shown} of {all} decisions"),
            };
            ui.label(theme.caption(words));
            self.account_menu(ui, cx);
            self.ruling_menu(ui);
            for (text, name, hint) in [
                (&mut self.from, "From day", "from 2026-11-01"),
                (&mut self.to, "Until day", "until 2026-11-30"),
            ] {
                let faulty = !text.trim().is_empty() && ledger::day(text, 0).is_none();
                let field = TextField::new(text, hint).width(128.0).faulty(faulty);
                let response = field.show(ui).accessible_name(name);
                if faulty {
                    response.on_hover_text("A day looks like 2026-11-23; until then all are shown");
                }
            }
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                self.export(ui, cx);
                let width = (ui.available_width() - space::S).clamp(90.0, 220.0);
                TextField::new(&mut self.filter.text, "Filter the decisions")
                    .key("/")
                    .width(width)
                    .id(filter_id())
                    .show(ui);
            });
        });
    }

    fn export(&self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let nothing = self
            .shown
            .is_empty()
            .then(|| "No decision is shown".to_owned());
        let button = Button::new("Export as CSV").disabled_because(nothing);
        let hint = "Saves the decisions shown, in this order, to your Downloads or documents";
        if ui.add(button).on_hover_text(hint).clicked() {
            let rows = self.shown.iter().filter_map(|index| self.rows.get(*index));
            let day: String = cx.now.rfc3339().chars().take(10).collect();
            cx.actions.push(match ledger::csv(rows) {
                Ok(text) => UiAction::Export {
                    name: format!("starboard-decisions-{day}.csv"),
                    text,
                },
                Err(problem) => UiAction::Say(problem),
            });
        }
    }

    fn account_menu(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let shown = |account: &AccountName| safe_text::line(account.as_str()).into_owned();
        let account = &mut self.filter.account;
        let words = account
            .as_ref()
            .map_or_else(|| "all accounts".to_owned(), shown);
        let chip = ui.add(Chip::new(words).clickable());
        Popup::menu(&chip).accessible_name("Account").show(|ui| {
            if pick::item(ui, "all accounts", account.is_none()) {
                *account = None;
            }
            for each in cx.snapshot.accounts.rows() {
                let on = account.as_ref() == Some(&each.name);
                if pick::item(ui, &shown(&each.name), on) {
                    *account = Some(each.name.clone());
                }
            }
        });
    }

    fn ruling_menu(&mut self, ui: &mut Ui) {
        let ruling = &mut self.filter.ruling;
        let words = ruling.map_or("every decision", Ruling::label);
        let chip = ui.add(Chip::new(words).clickable());
        Popup::menu(&chip).accessible_name("Decision").show(|ui| {
            if pick::item(ui, "every decision", ruling.is_none()) {
                *ruling = None;
            }
            for each in Ruling::ALL {
                if pick::item(ui, each.label(), *ruling == Some(each)) {
                    *ruling = Some(each);
                }
            }
        });
    }

    fn table(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let mut ui = panel::whole(ui);
        let inside = ui.max_rect();
        if self.shown.is_empty() {
            self.nothing(&mut ui, cx);
            return;
        }
        let columns = Columns::new(inside.width());
        if let Some(column) = ledger_row::header(&mut ui, &columns, self.sort.0) {
            let again = self.sort.0 == column;
            self.sort = (column, again && !self.sort.1);
        }
        let rows = Arc::clone(&self.rows);
        let mut scroll = ScrollArea::vertical()
            .id_salt("decisions")
            .auto_shrink([false, false]);
        if let Some(offset) = self.reveal_offset(&ui) {
            scroll = scroll.vertical_scroll_offset(offset);
        }
        let mut clicked = None;
        let output = scroll.show_rows(&mut ui, size::ROW, self.shown.len(), |ui, range| {
            for index in self.shown.get(range).unwrap_or_default() {
                let Some(row) = rows.get(*index) else {
                    continue;
                };
                let selected = self.selected == Some(*index);
                if ledger_row::show(ui, cx, row, &columns, selected) {
                    clicked = Some(*index);
                }
            }
        });
        self.scroll = output.state.clamped_offset().y;
        self.page = (output.inner_rect.height() / size::ROW) as usize;
        if let Some(row) = clicked.and_then(|index| rows.get(index)) {
            self.selected = clicked;
            cx.actions.push(UiAction::Go(place_of(row)));
        }
    }

    fn reveal_offset(&mut self, ui: &Ui) -> Option<f32> {
        if !std::mem::take(&mut self.reveal) {
            return None;
        }
        let index = self
            .shown
            .iter()
            .position(|index| Some(*index) == self.selected)?;
        let top = index as f32 * size::ROW;
        let height = ui.available_height();
        if top < self.scroll {
            Some(top)
        } else if top + size::ROW > self.scroll + height {
            Some(top + size::ROW - height)
        } else {
            None
        }
    }

    fn nothing(&self, ui: &mut Ui, cx: &ViewContext<'_>) {
        if !self.rows.is_empty() {
            let how = "No decision is of this account, kind and time with these words in it.";
            empty::show(ui, "Nothing passes the filter", how, |_| {});
        } else if cx
            .snapshot
            .listings
            .values()
            .any(|listings| listings.pipelines.is_loading())
        {
            egui::Frame::new()
                .inner_margin(egui::Margin::same(16))
                .show(ui, |ui| {
                    skeleton::rows(ui, "Reading what the pipelines keep of their gates…", 6);
                });
        } else {
            let how = "Decisions come here from the newest executions of every pipeline, from what is decided in Starboard, and from CloudTrail when it is asked.";
            empty::show(ui, "No decision is known yet", how, |_| {});
        }
    }

    pub fn obey(&mut self, context: &egui::Context, cx: &mut ViewContext<'_>) {
        if keys::typed(context, "/") {
            context.memory_mut(|memory| memory.request_focus(filter_id()));
        }
        if !self.filter.text.is_empty() && keys::pressed(context, Key::Escape) {
            self.filter.text.clear();
        }
        if let Some(step) = keys::moves(context, self.shown.len(), self.page) {
            let at = self
                .shown
                .iter()
                .position(|index| Some(*index) == self.selected);
            let to = Move::from(step, at, self.shown.len());
            self.selected = self.shown.get(to).copied();
            self.reveal = true;
        }
        let Some(row) = self.chosen().cloned() else {
            return;
        };
        if keys::enter(context) {
            cx.actions.push(UiAction::Go(place_of(&row)));
        }
        if keys::pressed(context, Key::Y) {
            cx.actions.push(UiAction::Copy(sentence(&row)));
            cx.actions
                .push(UiAction::Say("Copied the decision".to_owned()));
        }
    }

    /// Asks CloudTrail about every scope that is looked at, this many days back. What it told of others stays.
    pub(super) fn ask_trail(&mut self, cx: &mut ViewContext<'_>) {
        let from = Timestamp::from_millis(
            cx.now.millis()
                - i64::try_from(Duration::from_hours(24 * self.trail_days).as_millis())
                    .unwrap_or(0),
        );
        for scope in self.scopes(cx) {
            if let Some(earlier) = self.trail_from.insert(scope.clone(), from) {
                let request = sources::request(scope.clone(), earlier);
                cx.actions.push(UiAction::Dismiss(request));
            }
            cx.actions
                .push(UiAction::Ask(sources::request(scope, from)));
        }
    }

    /// Where CloudTrail would be asked: every region of every account, or of the one that is looked at.
    pub(super) fn scopes(&self, cx: &ViewContext<'_>) -> Vec<Scope> {
        let wanted = |name: &AccountName| {
            let account = self.filter.account.as_ref();
            account.is_none_or(|only| only == name)
        };
        let accounts = cx.snapshot.accounts.rows().iter();
        accounts
            .filter(|account| wanted(&account.name))
            .flat_map(|account| account.scopes())
            .collect()
    }
}

/// The decision in a line, for a message or a ticket.
fn sentence(row: &LedgerRow) -> String {
    let revisions: Vec<&str> = row.revisions.iter().map(|it| it.id.short()).collect();
    format!(
        "{} {} {}/{} of {} ({}) with {} at {}: {}",
        row.person(),
        row.ruling.label(),
        row.action.stage,
        row.action.action,
        row.pipeline.name,
        row.pipeline.scope,
        revisions.join(", "),
        row.at.rfc3339(),
        row.comment
    )
}

fn place_of(row: &LedgerRow) -> Route {
    Route::Project(ProjectRoute {
        execution: row.execution.clone(),
        action: Some(row.action.clone()),
        ..ProjectRoute::new(row.pipeline.clone())
    })
}

fn filter_id() -> Id {
    Id::unique("decisions filter")
}
