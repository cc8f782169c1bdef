//! The two questions before something leaves this window: a write to AWS, in one way or several, and a link to a browser.
//!
//! A yes is never the Enter key: a confirmation that one can type through is none.

use eframe::egui::{self, Key, RichText, Ui};
use url::Url;

use super::dialog;
use super::typed_name::{TypedName, Wanted};
use crate::model::ids::Scope;
use crate::model::release::reason_fault;
use crate::model::snapshot::Snapshot;
use crate::ui::action::{Actions, Choice, UiAction, Way};
use crate::ui::theme::{self, font, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::safe_text;
use crate::ui::widgets::scope_chip::Place;

const TOP: f32 = 120.0;

/// A write waiting for its yes.
pub struct Question {
    choice: Choice,
    picked: usize,
    reason: String,
    /// Where the account is production and the write asks for a name.
    typed: TypedName,
}

impl Question {
    pub fn new(choice: impl Into<Choice>) -> Self {
        let choice = choice.into();
        let can = choice.ways.iter().position(|way| way.refusal.is_none());
        Self {
            choice,
            picked: can.unwrap_or(0),
            reason: String::new(),
            typed: TypedName::default(),
        }
    }
}

/// Asks; gives the question back while it is open.
pub fn ask(
    context: &egui::Context,
    mut question: Question,
    cx: &mut ViewContext<'_>,
) -> Option<Question> {
    let snapshot = cx.snapshot;
    // Every way of one question is in one place.
    let scope = question.choice.ways.first()?.command.scope();
    let place = Place::of(snapshot, cx.settings, scope);
    let mut decided = None;
    let closed = dialog::show(context, "confirm", 640.0, TOP, |ui| {
        if let Some(way) = question.choice.ways.get(question.picked) {
            head(ui, &question.choice.title, way.command.scope(), snapshot);
        }
        dialog::body(ui, |ui| {
            ways_ui(ui, &question.choice.ways, &mut question.picked);
            if let Some((label, limit)) = question.choice.reason.clone() {
                ui.add_space(space::S);
                reason(ui, &mut question.reason, &label, limit);
                let way = question.choice.ways.get(question.picked);
                let odd = way.and_then(|way| reason_fault(&way.command, &question.reason));
                if let Some(odd) = odd.filter(|_| !question.reason.is_empty()) {
                    let theme = theme::of(ui);
                    ui.label(theme.small(odd).color(theme.fail));
                }
            }
            if let Some(way) = question.choice.ways.get(question.picked)
                && let Some(wanted) = Wanted::of(&way.command, &place)
            {
                ui.add_space(space::S);
                question.typed.ui(ui, wanted);
            }
        });
        if let Some(way) = question.choice.ways.get(question.picked) {
            let wanted = Wanted::of(&way.command, &place);
            let untyped = wanted.and_then(|wanted| question.typed.refusal(wanted));
            decided = foot(ui, way, &question.reason, untyped, snapshot);
        }
    });
    match decided {
        // The question goes with the first click, so that a second one finds nothing to press.
        Some(true) => {
            let Question {
                choice,
                picked,
                reason,
                typed: _,
            } = question;
            let way = choice.ways.into_iter().nth(picked)?;
            let command = if reason.is_empty() {
                way.command
            } else {
                way.command.with_reason(reason)
            };
            cx.actions.push(UiAction::Send(command));
            None
        }
        Some(false) => None,
        None if closed => None,
        None => Some(question),
    }
}

/// What the write is and where: the head of every dialog that asks for one.
pub fn head(ui: &mut Ui, title: &str, scope: &Scope, snapshot: &Snapshot) {
    dialog::head(ui, |ui| {
        dialog::title(ui, &safe_text::line(title));
        ui.add_space(space::XS);
        let account = snapshot.accounts.get(&scope.account);
        let number = account
            .and_then(|account| account.number())
            .map(|number| format!(" · {}", number.grouped()))
            .unwrap_or_default();
        let words = format!("{}{number} · {}", scope.account, scope.region);
        let production = account.is_some_and(|account| account.production);
        ui.add(Chip::new(words).production(production));
    });
}

/// The consequences; where there are several ways, each under its name, to be picked.
fn ways_ui(ui: &mut Ui, ways: &[Way], picked: &mut usize) {
    let theme = theme::of(ui);
    if let [way] = ways {
        for sentence in &way.consequences {
            ui.add(egui::Label::new(theme.soft(safe_text::line(sentence))).wrap());
        }
        return;
    }
    for (index, way) in ways.iter().enumerate() {
        if index > 0 {
            ui.add_space(space::S);
        }
        let name = safe_text::line(&way.name);
        let can = way.refusal.is_none();
        let radio = egui::RadioButton::new(*picked == index, theme.strong(name));
        if ui.add_enabled(can, radio).clicked() {
            *picked = index;
        }
        ui.indent(("way", index), |ui| {
            let sentences = way.refusal.iter().chain(&way.consequences);
            for sentence in sentences.take(if can { usize::MAX } else { 1 }) {
                ui.add(egui::Label::new(theme.soft(safe_text::line(sentence))).wrap());
            }
        });
    }
}

/// The button that sends and the one that does not: the answer, once there is one.
fn foot(
    ui: &mut Ui,
    way: &Way,
    reason: &str,
    untyped: Option<String>,
    snapshot: &Snapshot,
) -> Option<bool> {
    let refused = way
        .refusal
        .clone()
        .or_else(|| refusal(way.command.scope(), snapshot))
        .or_else(|| reason_fault(&way.command, reason))
        .or(untyped);
    foot_ui(ui, &way.button, way.dangerous, refused)
}

/// The foot of a dialog that asks for a write. Enter never answers it.
pub fn foot_ui(ui: &mut Ui, words: &str, dangerous: bool, refused: Option<String>) -> Option<bool> {
    let mut decided = None;
    dialog::foot(ui, |ui| {
        let words = safe_text::line(words);
        let room = ui.available_width() - 96.0;
        let button = Button::new(keeping_place(ui, &words, room - 24.0, &[": ", " in "]))
            .named(words.as_ref())
            .disabled_because(refused)
            .most_width(room);
        let button = if dangerous {
            button.danger()
        } else {
            button.go()
        };
        // A button that has the focus takes Enter for a click; a write must be meant.
        let entered = ui.input(|input| input.key_pressed(Key::Enter));
        if ui.add(button).clicked() && !entered {
            decided = Some(true);
        }
        if ui.add(Button::new("Cancel")).clicked() {
            decided = Some(false);
        }
    });
    decided
}

/// The words of a button, shortened at their beginning: object, account and region must never be what is cut off. They
/// stand after the last of the first of these `marks` that leaves them room: where object and place together are too long,
/// the place alone is kept.
pub fn keeping_place(ui: &Ui, words: &str, room: f32, marks: &[&str]) -> String {
    let width = |words: &str| {
        let painter = ui.painter();
        let galley = painter.layout_no_wrap(words.to_owned(), font::strong(), egui::Color32::WHITE);
        galley.size().x
    };
    if width(words) <= room {
        return words.to_owned();
    }
    let split = marks.iter().find_map(|mark| {
        let at = words.rfind(*mark)?;
        let (what, rest) = words.split_at_checked(at)?;
        (width(rest) < room * 0.85).then_some((what, rest))
    });
    let Some((what, rest)) = split else {
        return words.to_owned();
    };
    let mut most = what.chars().count();
    loop {
        most = most.saturating_sub(1);
        let shorter = format!("{}{rest}", safe_text::elide(what, most));
        if most <= 8 || width(&shorter) <= room {
            return shorter;
        }
    }
}

fn reason(ui: &mut Ui, text: &mut String, label: &str, limit: usize) {
    let theme = theme::of(ui);
    let name = ui.label(theme.small(format!("{label}, {} of {limit}", text.chars().count())));
    let field = egui::TextEdit::multiline(text)
        .font(font::body())
        .desired_rows(2)
        .desired_width(f32::INFINITY)
        .char_limit(limit);
    ui.add(field).labelled_by(name.id);
}

/// Why a command would be refused before it is sent.
pub fn refusal(scope: &Scope, snapshot: &Snapshot) -> Option<String> {
    let account = snapshot.accounts.get(&scope.account)?;
    account.read_only.then(|| {
        format!(
            "{} is read-only here: its card on the Accounts page has the switch",
            account.name
        )
    })
}

/// Asks before a link is opened; gives the address back while the question is open.
pub fn ask_link(context: &egui::Context, address: String, actions: &mut Actions) -> Option<String> {
    let Some(url) = openable(&address) else {
        actions.push(UiAction::Say(
            "Not opened: only http and https addresses are".to_owned(),
        ));
        return None;
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    let mut decided = false;
    let closed = dialog::show(context, "link", 520.0, TOP, |ui| {
        dialog::head(ui, |ui| {
            let theme = theme::of(ui);
            dialog::title(ui, &format!("Open {host} in the browser?"));
            ui.add_space(space::XS);
            let text = RichText::new(safe_text::line(url.as_str()))
                .font(font::mono())
                .color(theme.soft);
            ui.add(egui::Label::new(text).wrap());
            if url.scheme() == "http" {
                ui.add_space(space::XS);
                ui.label(theme.small("This address is not encrypted."));
            }
        });
        dialog::foot(ui, |ui| {
            if ui.add(Button::new(format!("Open {host}")).go()).clicked() {
                ui.ctx().open_url(egui::OpenUrl::new_tab(url.as_str()));
                decided = true;
            }
            if ui.add(Button::new("Copy address").key("y")).clicked()
                || crate::ui::keys::pressed(ui.ctx(), Key::Y)
            {
                actions.push(UiAction::Copy(url.to_string()));
                decided = true;
            }
            decided |= ui.add(Button::new("Cancel")).clicked();
        });
    });
    (!decided && !closed).then_some(address)
}

/// An address a browser may be given. The parsed form shows hosts in ASCII, so that a look-alike cannot pass.
fn openable(address: &str) -> Option<Url> {
    let url = Url::parse(address.trim()).ok()?;
    let web = matches!(url.scheme(), "http" | "https");
    (web && url.host_str().is_some() && url.username().is_empty() && url.password().is_none())
        .then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_with_an_honest_host_are_opened() {
        for bad in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://",
            "https://github.com@evil.example/",
            "not an address",
        ] {
            assert!(openable(bad).is_none(), "{bad}");
        }
        let lookalike =
            openable("https://gіthub.com/a").and_then(|url| url.host_str().map(str::to_owned));
        assert!(lookalike.is_some_and(|host| host.starts_with("xn--")));
    }
}
