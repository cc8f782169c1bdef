//! One account's card: identity, source, where the secret lives, its regions, and what Starboard may do.

use eframe::egui::{self, Margin, Role, Sense, Ui, Vec2, WidgetInfo};

use super::Known;
use crate::model::account::Account;
use crate::model::ids::{AccountName, Region};
use crate::model::oneshot::{Oneshot, Request, Response};
use crate::model::settings::{AccountSettings, CredentialSource};
use crate::model::status::Status;
use crate::model::time;
use crate::ui::action::UiAction;
use crate::ui::theme::{self, size, space};
use crate::ui::view::ViewContext;
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::{age, fault_banner, glyph, safe_text, skeleton};

const LABEL: f32 = 104.0;

/// Paints the card over the available width.
pub fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, known: &Known) {
    let kept = &known.settings;
    let theme = theme::of(ui);
    theme
        .panel_frame()
        .inner_margin(Margin::same(16))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.push_id(("account", &kept.name), |ui| {
                head(ui, known);
                ui.add_space(space::S);
                match &known.account {
                    Some(account) => facts(ui, cx, account),
                    None => {
                        skeleton::rows(ui, "Signing in…", 3);
                    }
                }
                let simulated = known
                    .account
                    .as_ref()
                    .is_some_and(|account| account.simulated);
                fact(ui, "Regions", |ui| {
                    if simulated {
                        for region in &kept.regions {
                            ui.add(Chip::new(region.to_string()).small());
                        }
                    } else {
                        region_field(ui, cx, kept);
                    }
                });
                switches(ui, cx, kept);
                ui.add_space(space::S);
                verbs(ui, cx, kept, simulated);
            });
        });
}

fn head(ui: &mut Ui, known: &Known) {
    let theme = theme::of(ui);
    let kept = &known.settings;
    let display = kept
        .display_name
        .clone()
        .unwrap_or_else(|| kept.name.to_string());
    ui.horizontal(|ui| {
        ui.label(theme.title(safe_text::line(&display)));
        let Some(account) = &known.account else {
            return;
        };
        if account.production {
            ui.add(Chip::new("production").production(true));
        }
        if account.read_only {
            ui.add(Chip::new("read-only"));
        }
        if account.simulated {
            ui.add(Chip::new("simulated account"));
        }
        if let Some(endpoint) = &account.endpoint {
            let words = format!("not AWS: {}", safe_text::line(endpoint));
            ui.add(Chip::new(safe_text::elide(&words, 60)).colour(theme.err))
                .on_hover_text(endpoint);
        }
    });
}

fn fact(ui: &mut Ui, label: &str, content: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        let theme = theme::of(ui);
        let left = ui.cursor().left();
        ui.label(theme.faint(label));
        let used = ui.cursor().left() - left;
        ui.add_space((LABEL - used).max(space::S));
        content(ui);
    });
}

fn facts(ui: &mut Ui, cx: &mut ViewContext<'_>, account: &Account) {
    let theme = theme::of(ui);
    if let Some(fault) = account.identity.fault() {
        fault_banner::show(ui, fault, cx.now);
        ui.add_space(space::S);
    }
    match account.identity.value() {
        Some(identity) => {
            fact(ui, "Account", |ui| {
                let number = theme.strong(identity.account.grouped());
                copied(ui, cx, number, identity.account.as_str());
            });
            fact(ui, "Identity", |ui| {
                let arn = theme.mono(safe_text::line(&identity.arn));
                copied(ui, cx, arn, &identity.arn);
            });
            if let Some(expires) = identity.expires {
                let left = cx.now.age(expires);
                let words = if left.is_zero() {
                    "has ended".to_owned()
                } else {
                    format!("ends in {}", time::rough(left))
                };
                fact(ui, "Session", |ui| {
                    age::tick(ui, left);
                    ui.label(theme.body(words))
                        .on_hover_text(age::exact(expires));
                });
            }
        }
        None if account.identity.is_loading() => {
            fact(ui, "Account", |ui| {
                skeleton::bar(ui, 180.0, 12.0);
            });
        }
        None => {}
    }
    fact(ui, "Signed in by", |ui| {
        ui.label(theme.body(safe_text::line(&account.source)));
    });
    fact(ui, "Secret in", |ui| {
        ui.label(theme.body(safe_text::line(&account.secret_place)));
    });
}

fn copied(ui: &mut Ui, cx: &mut ViewContext<'_>, text: egui::RichText, whole: &str) {
    let response = ui
        .add(egui::Label::new(text).truncate().sense(Sense::click()))
        .on_hover_text(format!("{whole}\nClick to copy"));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Copy {whole}")));
    if response.clicked() {
        cx.actions.push(UiAction::Copy(whole.to_owned()));
        cx.actions.push(UiAction::Say(format!("Copied {whole}")));
    }
}

fn switches(ui: &mut Ui, cx: &mut ViewContext<'_>, kept: &AccountSettings) {
    ui.add_space(space::XS);
    let read_only = switch(
        ui,
        "Read-only",
        "Nothing is written to this account: gates cannot be decided, nothing is started or stopped.",
        kept.read_only,
    );
    if read_only != kept.read_only {
        let mut kept = kept.clone();
        kept.read_only = read_only;
        cx.actions.push(UiAction::PutAccount(kept));
    }
    let production = switch(
        ui,
        "Production",
        "Shown as production everywhere; approvals and builds ask for a name to be typed.",
        kept.production,
    );
    if production != kept.production {
        let mut kept = kept.clone();
        kept.production = production;
        cx.actions.push(UiAction::PutAccount(kept));
    }
}

/// A switch with its meaning beside it; returns the state asked for.
fn switch(ui: &mut Ui, name: &str, meaning: &str, on: bool) -> bool {
    let theme = theme::of(ui);
    let mut wanted = on;
    ui.horizontal(|ui| {
        let room = Vec2::new(30.0, 18.0);
        let (rect, response) = ui.allocate_exact_size(room, Sense::click());
        response.widget_info(|| WidgetInfo::selected(Role::Switch, true, on, name));
        let fill = if on { theme.accent } else { theme.line };
        ui.painter().rect_filled(rect, 9, fill);
        if response.has_focus() {
            let ring = egui::Stroke::new(1.0, theme.accent);
            ui.painter()
                .rect_stroke(rect.expand(2.0), 10, ring, egui::StrokeKind::Inside);
        }
        let x = if on {
            rect.right() - 9.0
        } else {
            rect.left() + 9.0
        };
        let knob = if on { theme.on_accent } else { theme.faint };
        ui.painter()
            .circle_filled(egui::pos2(x, rect.center().y), 6.5, knob);
        if response.clicked() {
            wanted = !on;
        }
        ui.label(theme.body(name));
        ui.add(egui::Label::new(theme.small(meaning)).truncate());
    });
    wanted
}

fn verbs(ui: &mut Ui, cx: &mut ViewContext<'_>, kept: &AccountSettings, simulated: bool) {
    ui.horizontal(|ui| {
        test(ui, cx, &kept.name);
        if let CredentialSource::Keyring(_) = kept.source
            && ui.add(Button::new("Forget the key").danger()).clicked()
        {
            cx.actions.push(UiAction::ForgetKey(kept.name.clone()));
        }
        if simulated {
            return;
        }
        let remove = Button::new("Remove from Starboard").named(format!("Remove {}", kept.name));
        let removed = ui.add(remove).on_hover_text(
            "Starboard no longer reads this account. Nothing in AWS changes; profiles stay as they are.",
        );
        if removed.clicked() {
            cx.actions.push(UiAction::RemoveAccount(kept.name.clone()));
        }
    });
    let account = || kept.name.clone();
    for request in [
        Request::TestAccount { account: account() },
        Request::StoreKey { account: account() },
        Request::ForgetKey { account: account() },
    ] {
        outcome(ui, cx, &request);
    }
}

/// The regions of an account, as words to change.
fn region_field(ui: &mut Ui, cx: &mut ViewContext<'_>, kept: &AccountSettings) {
    let id = ui.scope_id().with("regions");
    let now: Vec<&str> = kept.regions.iter().map(Region::as_str).collect();
    let now = now.join(" ");
    let mut text: String = ui
        .data(|data| data.get_temp(id))
        .unwrap_or_else(|| now.clone());
    let wanted = super::add::regions(&text);
    let field =
        crate::ui::widgets::text_field::TextField::new(&mut text, "Regions, separated by spaces")
            .width(240.0)
            .faulty(wanted.is_err())
            .show(ui);
    if field.lost_focus() {
        if let Ok(regions) = wanted
            && regions != kept.regions
        {
            let mut kept = kept.clone();
            kept.regions = regions;
            cx.actions.push(UiAction::PutAccount(kept));
        }
        ui.data_mut(|data| data.remove::<String>(id));
    } else if field.changed() {
        ui.data_mut(|data| data.insert_temp(id, text));
    }
    field.on_hover_text("Regions to read, separated by spaces");
}

fn test(ui: &mut Ui, cx: &mut ViewContext<'_>, name: &AccountName) {
    let request = Request::TestAccount {
        account: name.clone(),
    };
    let pending = matches!(cx.oneshots.get(&request), Some(Oneshot::Pending { .. }));
    let button = Button::new("Test the sign-in")
        .named(format!("Test the sign-in of {name}"))
        .disabled_because(pending.then(|| "Asking STS who this is…".to_owned()));
    if ui.add(button).clicked() {
        cx.actions.push(UiAction::Dismiss(request.clone()));
        cx.actions.push(UiAction::Ask(request));
    }
}

/// How a one-shot of this card stands, in words.
pub fn outcome(ui: &mut Ui, cx: &ViewContext<'_>, request: &Request) {
    let theme = theme::of(ui);
    match cx.oneshots.get(request) {
        None => {}
        Some(Oneshot::Pending { since, .. }) => {
            let words = format!("asking, {}", time::rough(since.age(cx.now)));
            age::show(ui, theme.small(words), *since, cx.now);
        }
        Some(Oneshot::Ready { response, .. }) => {
            ui.horizontal(|ui| {
                glyph::status(ui, Status::Succeeded, size::SMALL_GLYPH);
                let words = match response {
                    Response::Identity(identity) => {
                        format!(
                            "{} as {}",
                            identity.account.grouped(),
                            safe_text::line(&identity.arn)
                        )
                    }
                    Response::Stored(place) => format!("kept in {}", safe_text::line(place)),
                    Response::Forgotten => "the key is gone".to_owned(),
                    // No other request is asked from a card.
                    _ => String::new(),
                };
                ui.add(egui::Label::new(theme.small(words)).truncate());
            });
        }
        Some(Oneshot::Failed { fault, .. }) => {
            fault_banner::inline(ui, fault);
        }
    }
}
