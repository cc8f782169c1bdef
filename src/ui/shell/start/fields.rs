//! The variables of a start: those of the project, to be left or changed, and new ones.

use std::borrow::Cow;

use eframe::egui::{self, Align, Layout, Ui, Vec2};

use crate::model::build::{PlainValue, Variable, VariableValue, shown_value};
use crate::model::mask;
use crate::ui::theme::{self, space};
use crate::ui::widgets::button::Button;
use crate::ui::widgets::chip::Chip;
use crate::ui::widgets::text_field::TextField;
use crate::ui::widgets::{pick, safe_text};

const NAME: f32 = 180.0;
const KIND: f32 = 150.0;

/// What stands behind a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    Plain,
    ParameterStore,
    SecretsManager,
    /// A word of AWS's that this version does not know.
    Other(String),
}

impl Kind {
    const KNOWN: [Self; 3] = [Self::Plain, Self::ParameterStore, Self::SecretsManager];

    fn words(&self) -> &str {
        match self {
            Self::Plain => "plain text",
            Self::ParameterStore => "Parameter Store",
            Self::SecretsManager => "Secrets Manager",
            Self::Other(word) => word,
        }
    }

    fn of(value: &VariableValue) -> Self {
        match value {
            VariableValue::Plain(_) => Self::Plain,
            VariableValue::ParameterStore(_) => Self::ParameterStore,
            VariableValue::SecretsManager(_) => Self::SecretsManager,
            VariableValue::Other(word, _) => Self::Other(word.clone()),
        }
    }

    fn value(&self, text: &str) -> VariableValue {
        match self {
            Self::Plain => VariableValue::Plain(PlainValue::new(text)),
            Self::ParameterStore => VariableValue::ParameterStore(text.to_owned()),
            Self::SecretsManager => VariableValue::SecretsManager(text.to_owned()),
            Self::Other(word) => VariableValue::Other(word.clone(), PlainValue::new(text)),
        }
    }
}

/// A variable as it is typed.
pub struct Field {
    pub name: String,
    kind: Kind,
    value: String,
    /// As the project has it; none for one that was added here.
    old: Option<Variable>,
}

impl Field {
    pub fn new() -> Self {
        Self {
            name: String::new(),
            kind: Kind::Plain,
            value: String::new(),
            old: None,
        }
    }

    pub fn of(variable: &Variable) -> Self {
        Self {
            name: variable.name.clone(),
            kind: Kind::of(&variable.value),
            value: String::new(),
            old: Some(variable.clone()),
        }
    }

    pub fn is_of(&self, name: &str) -> bool {
        self.name == name
    }

    /// What it is in the project, masked where it looks like a secret; none for a new one.
    pub fn old_words(&self) -> Option<String> {
        let old = self.old.as_ref()?;
        let shown = shown(old);
        Some(if shown.is_empty() {
            "nothing".to_owned()
        } else {
            safe_text::elide(&safe_text::line(&shown), 40).into_owned()
        })
    }

    /// The variable, where it differs from the project.
    pub fn overriding(&self) -> Option<Variable> {
        let is_new = self.old.is_none();
        let is_named = !self.name.trim().is_empty();
        let differs = if is_new {
            is_named
        } else {
            !self.value.is_empty()
        };
        differs.then(|| Variable {
            name: self.name.trim().to_owned(),
            value: self.kind.value(&self.value),
        })
    }

    /// Why AWS, or the shell of the build, would not take it.
    pub fn fault(&self) -> Option<String> {
        let name = self.name.trim();
        if name.is_empty() {
            return (!self.value.is_empty()).then(|| "A variable needs a name".to_owned());
        }
        if self.old.is_some() {
            return None;
        }
        let mut characters = name.chars();
        let first = characters.next();
        let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if first.is_some_and(|first| first.is_ascii_digit()) || !name.chars().all(is_word) {
            return Some(format!(
                "{name}: letters, digits and underscores, no digit first"
            ));
        }
        name.starts_with("CODEBUILD_")
            .then(|| format!("{name}: CodeBuild keeps names that begin with CODEBUILD_"))
    }
}

/// The text behind a variable: a value, masked where it looks like a secret, or the name of what it refers to, which is
/// none.
pub fn shown(variable: &Variable) -> Cow<'_, str> {
    match &variable.value {
        VariableValue::Plain(value) | VariableValue::Other(_, value) => {
            shown_value(&variable.name, value.reveal())
        }
        VariableValue::ParameterStore(name) | VariableValue::SecretsManager(name) => {
            Cow::Borrowed(name)
        }
    }
}

/// One of them in a line; returns whether it is to go.
pub fn ui(ui: &mut Ui, field: &mut Field, index: usize) -> bool {
    let theme = theme::of(ui);
    let mut gone = false;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        if field.old.is_some() {
            let left = Layout::left_to_right(Align::Center);
            ui.allocate_ui_with_layout(Vec2::new(NAME, 26.0), left, |ui| {
                ui.set_min_width(NAME);
                let name = theme.body(safe_text::line(&field.name));
                ui.add(egui::Label::new(name).truncate());
            });
        } else {
            let is_odd = !field.name.is_empty() && field.fault().is_some();
            TextField::new(&mut field.name, "Name")
                .mono()
                .width(NAME)
                .faulty(is_odd)
                .show(ui)
                .accessible_name(format!("Name of variable {}", index + 1));
        }
        kind_ui(ui, field);
        let hint = match field.old_words() {
            Some(old) => format!("as the project: {old}"),
            None => "Value".to_owned(),
        };
        let removable = field.old.is_none();
        let room = ui.available_width() - if removable { 76.0 } else { 0.0 };
        let secret = field.kind == Kind::Plain && mask::looks_secret(&field.name);
        let name = safe_text::line(&field.name).into_owned();
        let value = TextField::new(&mut field.value, &hint).width(room.max(80.0));
        let value = if secret { value.password() } else { value };
        value.show(ui).accessible_name(if name.is_empty() {
            format!("Value of variable {}", index + 1)
        } else {
            format!("Value of {name}")
        });
        if removable {
            let button = Button::new("Remove").small();
            gone = ui.add(button).clicked();
        }
    });
    if let Some(fault) = field.fault().filter(|_| !field.name.is_empty()) {
        ui.label(theme.small(safe_text::line(&fault)).color(theme.fail));
    } else if field.old.is_none() && field.kind == Kind::Plain && mask::looks_secret(&field.name) {
        let words = "Plain text: everyone who may read the build sees it. Secrets Manager or Parameter Store keep it apart.";
        ui.add(egui::Label::new(theme.small(words)).wrap());
    }
    gone
}

fn kind_ui(ui: &mut Ui, field: &mut Field) {
    let left = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(Vec2::new(KIND, 26.0), left, |ui| {
        ui.set_min_width(KIND);
        let words = safe_text::elide(&safe_text::line(field.kind.words()), 20).into_owned();
        if field.old.is_some() {
            ui.add(Chip::new(words).small());
            return;
        }
        let chip = ui.add(Chip::new(format!("{words} ▾")).clickable());
        let mut picked = None;
        egui::Popup::menu(&chip)
            .accessible_name("Kind of the value")
            .show(|ui| {
                for kind in Kind::KNOWN {
                    if pick::item(ui, kind.words(), kind == field.kind) {
                        picked = Some(kind);
                    }
                }
            });
        if let Some(kind) = picked {
            field.kind = kind;
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_typed_overrides_and_keeps_its_kind() {
        let old = Variable {
            name: "DB".to_owned(),
            value: VariableValue::SecretsManager("db:password".to_owned()),
        };
        let mut field = Field::of(&old);
        assert_eq!(field.overriding(), None);
        field.value = "db2:password".to_owned();
        let kind = field.overriding().map(|it| it.value);
        assert_eq!(
            kind,
            Some(VariableValue::SecretsManager("db2:password".to_owned()))
        );
        let mut new = Field::new();
        assert_eq!(new.overriding(), None);
        new.name = "EMPTY".to_owned();
        assert!(new.overriding().is_some(), "an empty value is one");
    }

    #[test]
    fn names_that_no_shell_takes_are_refused_before_anything_is_sent() {
        for (name, is_fine) in [
            ("STAGE", true),
            ("_x1", true),
            ("1A", false),
            ("A-B", false),
            ("CODEBUILD_X", false),
        ] {
            let mut field = Field::new();
            field.name = name.to_owned();
            assert_eq!(field.fault().is_none(), is_fine, "{name}");
        }
    }
}
