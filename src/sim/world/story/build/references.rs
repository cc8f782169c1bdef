//! Parameters, secrets and encryption keys of a story.

use std::collections::BTreeMap;

use super::super::grammar::Reference;
use super::{Builder, Fault};
use crate::sim::random::Random;
use crate::sim::world::vault::{EncryptionKey, KeyState, Parameter, Secret};

const DAY: i64 = 86_400_000;

impl Builder<'_> {
    pub(super) fn references(&mut self) -> Result<(), Fault> {
        self.parameters()?;
        self.secrets()?;
        self.encryption_keys()
    }

    fn parameters(&mut self) -> Result<(), Fault> {
        for given in &self.story.parameter {
            let place = self.place(&given.account, &given.region)?;
            let changed_by = match &given.by {
                Some(by) => self.user_arn(by, &place)?,
                None => format!("arn:aws:iam::{}:root", place.account),
            };
            let parameter = Parameter {
                name: given.name.get_ref().clone(),
                kind: word(&given.kind, "kind of a parameter", &Parameter::KINDS)?,
                description: given.description.clone(),
                key: given.key.clone(),
                changed: self.start + given.changed.map_or(-90 * DAY, |changed| changed.0),
                changed_by,
                version: given.version,
            };
            let at = self.world.place_mut(&place.account, &place.region);
            at.vault.add_parameter(parameter);
        }
        Ok(())
    }

    fn secrets(&mut self) -> Result<(), Fault> {
        for given in &self.story.secret {
            let place = self.place(&given.account, &given.region)?;
            let name = given.name.get_ref();
            let mut random = Random::named(self.seed, &format!("secret {name}"));
            let mut versions = given.versions.clone();
            if versions.is_empty() {
                versions = BTreeMap::from([(random.uuid(), vec!["AWSCURRENT".to_owned()])]);
            }
            let secret = Secret {
                name: name.clone(),
                suffix: random.letters(6),
                description: given.description.clone(),
                key: given.key.clone(),
                created: self.start - 180 * DAY,
                changed: self.start + given.changed.map_or(-60 * DAY, |changed| changed.0),
                deleted: given.deleted.map(|deleted| self.start + deleted.0),
                versions,
                rotated_days: given.rotated_days,
            };
            let at = self.world.place_mut(&place.account, &place.region);
            at.vault.add_secret(secret);
        }
        Ok(())
    }

    fn encryption_keys(&mut self) -> Result<(), Fault> {
        for given in &self.story.key {
            let place = self.place(&given.account, &given.region)?;
            let words = KeyState::ALL.map(KeyState::word);
            let state = word(&given.state, "state of a key", &words)?;
            let state = KeyState::ALL.into_iter().find(|one| one.word() == state);
            let key = EncryptionKey {
                id: given.id.get_ref().clone(),
                description: given.description.clone().unwrap_or_default(),
                aliases: given.aliases.clone(),
                created: self.start - 250 * DAY,
                state: state.unwrap_or(KeyState::Enabled),
                deletion: given.deletion.map(|deletion| self.start + deletion.0),
                managed: false,
            };
            let at = self.world.place_mut(&place.account, &place.region);
            at.vault.add_key(key);
        }
        Ok(())
    }
}

/// One of the words that a key of a table may have.
fn word(given: &Reference, kind: &str, words: &[&'static str]) -> Result<&'static str, Fault> {
    let found = words.iter().find(|word| *word == given.get_ref());
    found.copied().ok_or_else(|| {
        Fault::at(
            given,
            format!(
                "{:?} is no {kind}; expected {}",
                given.get_ref(),
                words.join(", ")
            ),
        )
    })
}
