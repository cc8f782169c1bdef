//! An artifact opened inside the window, in the room below the graph: its files, one of them as text, or how it differs
//! from that of another execution.
//!
//! Nothing is downloaded before a person pressed the button that says its size, and nothing is ever written to disk.

use std::sync::Arc;

use eframe::egui::{self, Key, Margin, Ui, Vec2, pos2};

use crate::model::artifact::{
    ArtifactDifference, ArtifactFile, ArtifactKey, ArtifactListing, DifferenceKind, FileDifference,
};
use crate::model::oneshot::{Oneshot, Request, Response};
use crate::ui::action::UiAction;
use crate::ui::keys;
use crate::ui::theme::{self, Theme, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::file_list::{FileList, FileRow};
use crate::ui::widgets::text_view::{self, Lines};
use crate::ui::widgets::{copyable, empty, fault_banner, safe_text, skeleton, split};

/// What is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opened {
    Files(ArtifactKey),
    Difference {
        older: ArtifactKey,
        newer: ArtifactKey,
    },
}

/// The look at it.
pub struct ArtifactPane {
    opened: Opened,
    path: Option<String>,
    list: FileList,
    lines: Lines,
}

/// The list keeps this share of the width, within reason.
const LIST: f32 = 0.36;

impl ArtifactPane {
    pub fn new(opened: Opened) -> Self {
        Self {
            opened,
            path: None,
            list: FileList::default(),
            lines: Lines::default(),
        }
    }

    /// Paints it into all the room there is; whether it stays open.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) -> bool {
        let request = self.request();
        let state = cx.oneshots.get(&request).cloned();
        if state.is_none() {
            cx.actions.push(UiAction::Ask(request.clone()));
        }
        let words = match &state {
            Some(Oneshot::Ready { response, .. }) => summary(response),
            _ => String::new(),
        };
        let left = !cx.covered && keys::pressed(ui.ctx(), Key::Escape);
        let stays = self.head_ui(ui, &words) && !left;
        match state {
            Some(Oneshot::Ready { response, .. }) => match response {
                Response::Artifact(listing) => self.files_ui(ui, &listing, cx),
                Response::ArtifactDifference(difference) => {
                    self.difference_ui(ui, &difference, cx);
                }
                _ => {}
            },
            Some(Oneshot::Failed { fault, .. }) => {
                failed_ui(ui, &fault, request, cx);
            }
            _ => {
                egui::Frame::new().inner_margin(12).show(ui, |ui| {
                    skeleton::rows(ui, "Downloading and listing what is inside…", 6);
                });
            }
        }
        stays
    }

    /// Ends what is still on its way for it.
    pub fn close(&self, cx: &mut ViewContext<'_>) {
        let request = self.request();
        if let Some(Oneshot::Pending { .. }) = cx.oneshots.get(&request) {
            cx.actions.push(UiAction::Dismiss(request));
        }
    }

    fn request(&self) -> Request {
        match &self.opened {
            Opened::Files(artifact) => Request::Artifact {
                artifact: artifact.clone(),
            },
            Opened::Difference { older, newer } => Request::ArtifactDifference {
                older: older.clone(),
                newer: newer.clone(),
            },
        }
    }

    fn head_ui(&self, ui: &mut Ui, words: &str) -> bool {
        let theme = theme::of(ui);
        let name = match &self.opened {
            Opened::Files(artifact) => artifact.location.name.clone(),
            Opened::Difference { newer, .. } => format!("{}, compared", newer.location.name),
        };
        let mut stays = true;
        let height = size::TABLE_HEADER + 12.0;
        split::row(
            ui,
            height,
            12.0,
            &mut stays,
            |ui, stays| {
                if ui
                    .add(
                        Button::new("Close")
                            .key("Esc")
                            .small()
                            .named("Close the artifact"),
                    )
                    .clicked()
                {
                    *stays = false;
                }
            },
            |ui, _| {
                ui.label(theme.strong(safe_text::line(&name)));
                ui.add(egui::Label::new(theme.faint(words)).truncate());
            },
        );
        let line = ui.max_rect().x_range();
        ui.painter().hline(line, ui.cursor().top(), theme.outline());
        ui.add_space(1.0);
        stays
    }

    /// The list at the left, the picked file at the right.
    fn halves(ui: &mut Ui, left: impl FnOnce(&mut Ui), right: impl FnOnce(&mut Ui)) {
        let room = ui.available_rect_before_wrap();
        let width = (room.width() * LIST).clamp(180.0, 380.0);
        let middle = room.left() + width;
        let inside = egui::Rect::from_min_max(
            pos2(room.left() + 8.0, room.top()),
            pos2(middle - 4.0, room.bottom()),
        );
        let rest = egui::Rect::from_min_max(pos2(middle, room.top()), room.max);
        ui.scope_builder(
            egui::UiBuilder::new().max_rect(inside).id_salt("list"),
            left,
        );
        ui.painter()
            .vline(middle, room.y_range(), theme::of(ui).outline());
        ui.scope_builder(egui::UiBuilder::new().max_rect(rest).id_salt("file"), right);
        ui.advance_cursor_after_rect(room);
    }

    fn files_ui(&mut self, ui: &mut Ui, listing: &ArtifactListing, cx: &mut ViewContext<'_>) {
        if listing.entries.is_empty() {
            empty::show(
                ui,
                "An empty artifact",
                "The zip has no files in it.",
                |_| {},
            );
            return;
        }
        let Self {
            opened,
            path,
            list,
            lines,
        } = self;
        let Opened::Files(artifact) = opened else {
            return;
        };
        let before = path.clone();
        let mut picked = None;
        let on = before.as_deref();
        Self::halves(
            ui,
            |ui| {
                let file = |index: usize| {
                    let entry = listing.entries.get(index)?;
                    Some(FileRow {
                        path: &entry.path,
                        detail: bytes(entry.bytes),
                        mark: None,
                    })
                };
                picked = list.ui(ui, listing.entries.len(), on, file);
            },
            |ui| match on {
                None => hint_ui(ui, "Pick a file to see what is in it."),
                Some(path) => file_ui(ui, artifact, path, lines, cx),
            },
        );
        if let Some(entry) = picked.and_then(|index| listing.entries.get(index)) {
            *path = Some(entry.path.clone());
        }
    }

    fn difference_ui(
        &mut self,
        ui: &mut Ui,
        difference: &ArtifactDifference,
        cx: &mut ViewContext<'_>,
    ) {
        if difference.files.is_empty() {
            let words = format!("All {} files are the same.", difference.same);
            empty::show(ui, "No difference", &words, |_| {});
            return;
        }
        let theme = theme::of(ui);
        let Self {
            opened, path, list, ..
        } = self;
        let Opened::Difference { older, newer } = opened else {
            return;
        };
        let before = path.clone();
        let on = before.as_deref();
        let mut picked = None;
        Self::halves(
            ui,
            |ui| {
                let file = |index: usize| {
                    let file = difference.files.get(index)?;
                    Some(FileRow {
                        path: &file.path,
                        detail: sizes(file),
                        mark: Some(mark(theme, file.kind)),
                    })
                };
                picked = list.ui(ui, difference.files.len(), on, file);
            },
            |ui| match on {
                None => hint_ui(ui, "Pick a file to see its lines side by side in time."),
                Some(path) => lines_ui(ui, older, newer, path, cx),
            },
        );
        if let Some(file) = picked.and_then(|index| difference.files.get(index)) {
            *path = Some(file.path.clone());
        }
    }
}

fn summary(response: &Response) -> String {
    match response {
        Response::Artifact(listing) => {
            let cut = if listing.total > listing.entries.len() {
                format!(", the first {} shown", listing.entries.len())
            } else {
                String::new()
            };
            let files = counted(listing.total, "file", "files");
            format!("{files}{cut} · {}", bytes(listing.bytes))
        }
        Response::ArtifactDifference(difference) => {
            let of = |kind| {
                let files = difference.files.iter();
                files.filter(|file| file.kind == kind).count()
            };
            format!(
                "{} added · {} removed · {} changed · {} the same · {} → {}",
                of(DifferenceKind::Added),
                of(DifferenceKind::Removed),
                of(DifferenceKind::Changed),
                difference.same,
                bytes(difference.older_bytes),
                bytes(difference.newer_bytes)
            )
        }
        _ => String::new(),
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn sizes(file: &FileDifference) -> String {
    match (file.older_bytes, file.newer_bytes) {
        (Some(older), Some(newer)) => format!("{} → {}", bytes(older), bytes(newer)),
        (Some(one), None) | (None, Some(one)) => bytes(one),
        (None, None) => String::new(),
    }
}

fn mark(theme: &Theme, kind: DifferenceKind) -> (&'static str, egui::Color32, &'static str) {
    match kind {
        DifferenceKind::Added => ("+", theme.ok, "added"),
        DifferenceKind::Removed => ("−", theme.fail, "removed"),
        DifferenceKind::Changed => ("~", theme.accent, "changed"),
    }
}

fn hint_ui(ui: &mut Ui, words: &str) {
    egui::Frame::new().inner_margin(12).show(ui, |ui| {
        ui.label(theme::of(ui).small(words));
    });
}

fn failed_ui(
    ui: &mut Ui,
    fault: &crate::model::fault::Fault,
    request: Request,
    cx: &mut ViewContext<'_>,
) {
    egui::Frame::new().inner_margin(12).show(ui, |ui| {
        fault_banner::show(ui, fault, cx.now);
        ui.add_space(space::S);
        let words = safe_text::block(&fault.message);
        ui.add(egui::Label::new(theme::of(ui).soft(words)).wrap());
        ui.add_space(space::S);
        if ui.add(Button::new("Try again").small()).clicked() {
            cx.actions.push(UiAction::Dismiss(request.clone()));
            cx.actions.push(UiAction::Ask(request));
        }
    });
}

/// The path over a file, to be copied; `more` stands at the right.
fn path_ui(
    ui: &mut Ui,
    path: &str,
    cx: &mut ViewContext<'_>,
    more: impl FnOnce(&mut Ui, &mut ViewContext<'_>),
) {
    let theme = theme::of(ui);
    split::row(ui, 30.0, 12.0, cx, more, |ui, cx| {
        let face = (crate::ui::theme::font::mono(), theme.text);
        copyable::text(ui, path, path, face, cx.actions);
    });
    let line = ui.max_rect().x_range();
    ui.painter()
        .hline(line, ui.cursor().top(), theme.row_line());
    ui.add_space(1.0);
}

fn file_ui(
    ui: &mut Ui,
    artifact: &ArtifactKey,
    path: &str,
    lines: &mut Lines,
    cx: &mut ViewContext<'_>,
) {
    let request = Request::ArtifactFile {
        artifact: artifact.clone(),
        path: path.to_owned(),
    };
    let state = cx.oneshots.get(&request).cloned();
    match state {
        None => {
            cx.actions.push(UiAction::Ask(request));
            hint_ui(ui, "Reading the file…");
        }
        Some(Oneshot::Pending { .. }) => hint_ui(ui, "Reading the file…"),
        Some(Oneshot::Failed { fault, .. }) => failed_ui(ui, &fault, request, cx),
        Some(Oneshot::Ready {
            response: Response::ArtifactFile(file),
            ..
        }) => match &*file {
            ArtifactFile::Text { text, cut } => {
                path_ui(ui, path, cx, |ui, cx| {
                    let copy = Button::new("Copy text").small();
                    if ui.add(copy).clicked() {
                        cx.actions.push(UiAction::Copy(text.clone()));
                        cx.actions.push(UiAction::Say("Copied the file".to_owned()));
                    }
                    if *cut {
                        ui.label(theme::of(ui).small("only its beginning"));
                    }
                });
                text_view::show(ui, path, text, lines);
            }
            ArtifactFile::Binary { head, bytes: count } => {
                path_ui(ui, path, cx, |_, _| {});
                binary_ui(ui, head, *count);
            }
        },
        Some(Oneshot::Ready { .. }) => {}
    }
}

/// Not text: its size, and its first bytes as a person reads them in a hex editor.
fn binary_ui(ui: &mut Ui, head: &[u8], count: u64) {
    let theme = theme::of(ui);
    egui::Frame::new()
        .inner_margin(Margin::same(12))
        .show(ui, |ui| {
            let words = format!("Not text: {}. It begins with", bytes(count));
            ui.label(theme.soft(words));
            ui.add_space(space::XS);
            ui.spacing_mut().item_spacing = Vec2::new(0.0, 2.0);
            for (row, part) in head.chunks(16).take(16).enumerate() {
                let hex: Vec<String> = part.iter().map(|byte| format!("{byte:02x}")).collect();
                let text: String = part
                    .iter()
                    .map(|&byte| {
                        if (b' '..=b'~').contains(&byte) {
                            byte as char
                        } else {
                            '·'
                        }
                    })
                    .collect();
                let line = format!("{:04x}  {:<47}  {text}", row * 16, hex.join(" "));
                ui.add(egui::Label::new(theme.mono(line)).selectable(true).extend());
            }
        });
}

fn lines_ui(
    ui: &mut Ui,
    older: &ArtifactKey,
    newer: &ArtifactKey,
    path: &str,
    cx: &mut ViewContext<'_>,
) {
    let request = Request::FileDifference {
        older: older.clone(),
        newer: newer.clone(),
        path: path.to_owned(),
    };
    match cx.oneshots.get(&request).cloned() {
        None => {
            cx.actions.push(UiAction::Ask(request));
            hint_ui(ui, "Comparing the file…");
        }
        Some(Oneshot::Pending { .. }) => hint_ui(ui, "Comparing the file…"),
        Some(Oneshot::Failed { fault, .. }) => failed_ui(ui, &fault, request, cx),
        Some(Oneshot::Ready {
            response: Response::FileDifference(difference),
            ..
        }) => {
            let difference = Arc::clone(&difference);
            path_ui(ui, path, cx, |ui, _| {
                if difference.cut {
                    ui.label(theme::of(ui).small("only its beginning was compared"));
                }
            });
            text_view::difference(ui, path, &difference.lines);
        }
        Some(Oneshot::Ready { .. }) => {}
    }
}

/// `812 B`, `1.2 kB`, `3.4 MB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1_000 {
        return format!("{count} B");
    }
    let mut value = count as f64;
    let mut unit = "";
    for next in UNITS {
        value /= 1_000.0;
        unit = next;
        if value < 999.95 {
            break;
        }
    }
    format!("{value:.1} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_a_person_says_them() {
        let said = [0, 999, 1_000, 1_249_000, 999_960, 3_400_000_000].map(bytes);
        assert_eq!(
            said,
            ["0 B", "999 B", "1.0 kB", "1.2 MB", "1.0 MB", "3.4 GB"]
        );
    }
}
