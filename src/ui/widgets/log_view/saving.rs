//! What leaves the window: the whole log as a file or in an editor, and links to its lines.

use std::time::Duration;

use eframe::egui::{self, Align, Layout, Ui};

use super::select::{Copying, Selection};
use super::shown::Shown;
use super::{LogInput, LogView, bar, grouped};
use crate::model::link::BuildLink;
use crate::model::log::LineNo;
use crate::model::oneshot::{EditedLog, Oneshot, Request, Response, SavedLog};
use crate::ui::action::{Actions, UiAction};
use crate::ui::theme::{self, font};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::safe_text;

/// So long a note of what was saved stays.
const NOTE: Duration = Duration::from_secs(10);

/// Saves the whole log where people find what they saved: without control characters and secrets, or as it came.
pub fn save(how: Copying, input: &LogInput<'_>, actions: &mut Actions) {
    actions.push(UiAction::SaveLog {
        key: input.key.clone(),
        log: input.log.clone(),
        raw: how == Copying::Raw,
    });
}

/// What became of the last save and of the last opening, until it is put away; a success goes by itself after a while.
pub fn notes_ui(ui: &mut Ui, input: &LogInput<'_>, actions: &mut Actions) {
    let key = || input.key.clone();
    note_ui(ui, Request::SaveLog { key: key() }, input, actions);
    note_ui(ui, Request::EditLog { key: key() }, input, actions);
    let saved = input.oneshots.get(&Request::SaveLog { key: key() });
    if let Some(Oneshot::Ready {
        response: Response::SavedLog(saved),
        ..
    }) = saved
    {
        let path = saved.path.clone();
        note_ui(ui, Request::OpenFile { path }, input, actions);
    }
}

/// What became of one request.
fn note_ui(ui: &mut Ui, request: Request, input: &LogInput<'_>, actions: &mut Actions) {
    let Some(state) = input.oneshots.get(&request) else {
        return;
    };
    if let Oneshot::Ready { at, .. } = state {
        match NOTE.checked_sub(at.age(input.now)) {
            Some(left) if !left.is_zero() => ui.ctx().request_repaint_after(left),
            Some(_) | None => {
                actions.push(UiAction::Dismiss(request));
                return;
            }
        }
    }
    let words = match state {
        Oneshot::Ready { response, .. } => match response {
            Response::SavedLog(_) => String::new(),
            Response::EditedLog(edited) => edited_words(edited),
            _ => return,
        },
        Oneshot::Pending { .. } if matches!(request, Request::SaveLog { .. }) => {
            "Saving the log…".to_owned()
        }
        Oneshot::Pending { .. } => "Opening the log…".to_owned(),
        Oneshot::Failed { fault, .. } => safe_text::line(&fault.message).into_owned(),
    };
    bar::row(ui, |ui| {
        let theme = theme::of(ui);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = Button::new("×").quiet().small().named("Put this note away");
            if ui.add(close).clicked() {
                actions.push(UiAction::Dismiss(request.clone()));
            }
            let told = match state {
                Oneshot::Ready {
                    response: Response::SavedLog(saved),
                    ..
                } => {
                    saved_ui(ui, saved, actions);
                    return;
                }
                Oneshot::Ready { .. } => theme.body(words.as_str()),
                Oneshot::Pending { .. } => theme.small(words.as_str()),
                Oneshot::Failed { .. } => theme.body(words.as_str()).color(theme.fail),
            };
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(egui::Label::new(told).truncate())
                    .on_hover_text(&words);
            });
        });
    });
}

/// Where a log was saved, and what can be done with it; laid out from right to left.
fn saved_ui(ui: &mut Ui, saved: &SavedLog, actions: &mut Actions) {
    let theme = theme::of(ui);
    let open = format!("Open with {}", saved.opener);
    if ui.add(Button::new(open).small()).clicked() {
        actions.push(UiAction::OpenFile(saved.path.clone()));
    }
    if ui.add(Button::new("Copy path").small()).clicked() {
        actions.push(UiAction::Copy(saved.path.clone()));
    }
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        let lines = grouped(u64::from(saved.lines));
        let how = if saved.raw {
            "secrets and all"
        } else {
            "secrets masked"
        };
        ui.label(theme.body(format!("Saved {lines} lines, {how}:")));
        let path = safe_text::line(&saved.path).into_owned();
        let letter = ui.fonts_mut(|fonts| fonts.glyph_width(&font::mono(), 'M'));
        let room = (ui.available_width() / letter).max(8.0) as usize;
        let short = safe_text::elide_middle(&path, room).into_owned();
        ui.add(egui::Label::new(theme.mono(short.as_str())).truncate())
            .on_hover_text(path);
    });
}

/// `Opened in code at line 211, secrets masked`.
fn edited_words(edited: &EditedLog) -> String {
    let editor = safe_text::line(&edited.editor);
    let line = edited.line.map_or_else(String::new, |line| {
        format!(" at line {}", grouped(u64::from(line)))
    });
    format!("Opened in {editor}{line}: a clean copy, secrets masked")
}

impl LogView {
    /// Opens a clean copy of the view's own log in the person's editor, at the line that is selected or the first in view.
    pub(super) fn edit(&self, input: &LogInput<'_>, actions: &mut Actions) {
        let line = self.own_line(self.line_meant());
        actions.push(UiAction::EditLog {
            key: input.key.clone(),
            log: input.log.clone(),
            line: line.unwrap_or(LineNo(0)),
        });
    }

    /// The first selected line, else the first one in view.
    fn line_meant(&self) -> LineNo {
        self.selected.as_ref().map_or_else(
            || self.first_visible_line(),
            |it| LineNo(*it.lines().start()),
        )
    }

    /// Copies a link to the selected line, or to the first one in view.
    pub(super) fn copy_link(&self, input: &LogInput<'_>, actions: &mut Actions) {
        let Some((build, line)) = self.linked(self.line_meant(), input.build) else {
            actions.push(UiAction::Say(
                "Only lines of a build have a link".to_owned(),
            ));
            return;
        };
        let link = BuildLink {
            build,
            line: Some(line),
        };
        actions.push(UiAction::Say(format!(
            "Copied a link to line {}; paste it into the palette",
            line.0 + 1
        )));
        actions.push(UiAction::Copy(link.to_string()));
    }

    /// Opens the line that is selected, or closes it again.
    pub(super) fn open_selected(&mut self) {
        let selected = self.selected.as_ref().map(|selected| selected.to);
        self.opened = if self.opened == selected {
            None
        } else {
            selected
        };
    }

    pub(super) fn select_all(&mut self, input: &LogInput<'_>) {
        let Some(last) = self.lines(input).len().checked_sub(1) else {
            return;
        };
        self.selected = Some(Selection {
            from: LineNo(0),
            to: LineNo(last),
            part: None,
        });
        self.moves.push(super::Move::LetGo);
    }

    /// The lines of a selection that the filters leave, the first `most` of them; folded ones too.
    pub(super) fn shown_of(&self, selected: &Selection, most: u32) -> Vec<LineNo> {
        let Shown::Only(left) = &self.shown else {
            return selected.lines().take(most as usize).map(LineNo).collect();
        };
        let lines = selected.lines();
        let mut next = left.next(LineNo(*lines.start()));
        let mut shown = Vec::new();
        while let Some(line) = next.filter(|line| lines.contains(&line.0))
            && shown.len() < most as usize
        {
            shown.push(line);
            next = left.next(LineNo(line.0 + 1));
        }
        shown
    }

    /// How many lines of a selection the filters leave.
    pub(super) fn count_of(&self, selected: &Selection) -> u32 {
        let lines = selected.lines();
        match &self.shown {
            Shown::Only(left) => left.count(*lines.start()..*lines.end() + 1),
            Shown::All | Shown::Gathered(_) => selected.len(),
        }
    }
}
