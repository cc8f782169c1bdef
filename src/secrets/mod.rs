//! Secrets a person typed: kept by the system's keyring or, when they ask for it, in memory for this run. Never a file.
//!
//! `aws` reads an account's access key through [`Vaults`]; `app` stores and forgets keys there. No value here can be
//! printed: secrets are [`secrecy::SecretString`]s, zeroed when dropped.

pub mod keyring;
pub mod memory;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use crate::model::fault::{Fault, FaultClass};
use crate::model::time::Timestamp;
use crate::secrets::memory::Memory;

pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An AWS access key. `Debug` shows no part of it.
#[derive(Clone, Debug)]
pub struct AccessKey {
    pub access_key_id: SecretString,
    pub secret_access_key: SecretString,
    /// Temporary keys come with one.
    pub session_token: Option<SecretString>,
}

/// The JSON document of an entry. Borrowed on the way out, so that no copy stays behind.
#[derive(Serialize)]
struct DocumentOut<'a> {
    kind: &'a str,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_token: Option<&'a str>,
}

#[derive(Deserialize)]
struct DocumentIn {
    kind: String,
    access_key_id: SecretString,
    secret_access_key: SecretString,
    #[serde(default)]
    session_token: Option<SecretString>,
}

const KIND: &str = "aws-access-key";

impl AccessKey {
    /// The document a vault keeps.
    fn document(&self) -> Result<SecretString, VaultError> {
        let document = DocumentOut {
            kind: KIND,
            access_key_id: self.access_key_id.expose_secret(),
            secret_access_key: self.secret_access_key.expose_secret(),
            session_token: self
                .session_token
                .as_ref()
                .map(secrecy::ExposeSecret::expose_secret),
        };
        serde_json::to_string(&document)
            .map(SecretString::from)
            .map_err(|_error| VaultError::Unreadable)
    }

    fn of_document(document: &SecretString) -> Result<Self, VaultError> {
        // The parser's own message could quote the secret, so it is dropped.
        let read: DocumentIn = serde_json::from_str(document.expose_secret())
            .map_err(|_error| VaultError::Unreadable)?;
        if read.kind != KIND {
            return Err(VaultError::Unreadable);
        }
        Ok(Self {
            access_key_id: read.access_key_id,
            secret_access_key: read.secret_access_key,
            session_token: read.session_token,
        })
    }
}

/// A place that keeps one document under one name (`aws:NAME`).
pub trait Vault: Send + Sync + 'static {
    /// Where secrets are, in words for the account's card.
    fn place(&self) -> &'static str;

    /// Keeps a document; what was there before is replaced.
    fn store<'a>(
        &'a self,
        user: &'a str,
        document: SecretString,
    ) -> BoxFuture<'a, Result<(), VaultError>>;

    /// The document under this name, or none.
    fn read<'a>(&'a self, user: &'a str)
    -> BoxFuture<'a, Result<Option<SecretString>, VaultError>>;

    /// Forgets a document. Forgetting what is not there is done already.
    fn delete<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<(), VaultError>>;
}

/// Why a vault could not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error(
        "this session has no keyring: no Secret Service answers on the session bus. Start one (gnome-keyring, KWallet, KeePassXC) and Starboard again, or keep the key in memory for this run"
    )]
    Absent,
    #[error("the keyring is locked, or its prompt was dismissed. Unlock it and try again")]
    Locked,
    #[error(
        "the keyring does not answer. Look for a prompt behind other windows, or keep the key in memory for this run"
    )]
    Unanswered,
    #[error(
        "the keyring holds several entries under this name, one of them by another program. Remove those that are not Starboard's"
    )]
    Ambiguous,
    #[error("the keyring takes secrets of at most {0} bytes here, and this one is longer")]
    TooLong(u32),
    #[error("the entry in the keyring is not one that Starboard wrote. Store the key again")]
    Unreadable,
    #[error("the keyring refused: {0}")]
    Refused(String),
}

impl VaultError {
    const fn code(&self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Locked => "locked",
            Self::Unanswered => "unanswered",
            Self::Ambiguous => "ambiguous",
            Self::TooLong(_) => "too-long",
            Self::Unreadable => "unreadable",
            Self::Refused(_) => "refused",
        }
    }

    pub fn fault(&self, operation: &'static str, now: Timestamp) -> Fault {
        let mut fault = Fault::local("keyring", operation, self.to_string(), now);
        fault.code = Some(self.code().to_owned());
        fault
    }
}

/// The vaults of this run: memory, and the keyring unless the program runs without (the demo).
#[derive(Clone)]
pub struct Vaults {
    memory: Arc<Memory>,
    keyring: Option<Arc<dyn Vault>>,
}

/// Where a key is to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    InKeyring,
    InMemory,
}

impl Vaults {
    pub fn new(keyring: Option<Arc<dyn Vault>>) -> Self {
        Self {
            memory: Arc::default(),
            keyring,
        }
    }

    /// Keeps an account's key; returns where, in words. A key kept in memory hides one in the keyring for this run.
    pub async fn store(
        &self,
        name: &str,
        key: &AccessKey,
        keep: Keep,
        now: Timestamp,
    ) -> Result<&'static str, Fault> {
        let user = user(name);
        let stored = async {
            let document = key.document()?;
            match keep {
                Keep::InMemory => {
                    self.memory.store(&user, document).await?;
                    Ok(self.memory.place())
                }
                Keep::InKeyring => {
                    let keyring = self.keyring.as_ref().ok_or(VaultError::Absent)?;
                    keyring.store(&user, document).await?;
                    // What memory held would otherwise go on hiding the new key.
                    self.memory.delete(&user).await?;
                    Ok(keyring.place())
                }
            }
        };
        stored
            .await
            .map_err(|error: VaultError| error.fault("store", now))
    }

    /// An account's key and where it was found; a fault of class sign-in if there is none.
    pub async fn read(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<(AccessKey, &'static str), Fault> {
        let user = user(name);
        let found = async {
            if let Some(document) = self.memory.read(&user).await? {
                return Ok(Some((
                    AccessKey::of_document(&document)?,
                    self.memory.place(),
                )));
            }
            let keyring = self.keyring.as_ref().ok_or(VaultError::Absent)?;
            match keyring.read(&user).await? {
                Some(document) => Ok(Some((AccessKey::of_document(&document)?, keyring.place()))),
                None => Ok(None),
            }
        };
        match found.await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => {
                let mut fault = Fault::local(
                    "keyring",
                    "read",
                    format!(
                        "no access key is kept under the name {name}. Type it again on the Accounts view"
                    ),
                    now,
                );
                fault.class = FaultClass::SignIn;
                Err(fault)
            }
            Err(error) => Err(VaultError::fault(&error, "read", now)),
        }
    }

    /// Forgets an account's key everywhere.
    pub async fn forget(&self, name: &str, now: Timestamp) -> Result<(), Fault> {
        let user = user(name);
        let forgotten = async {
            self.memory.delete(&user).await?;
            match &self.keyring {
                Some(keyring) => keyring.delete(&user).await,
                None => Ok(()),
            }
        };
        forgotten
            .await
            .map_err(|error: VaultError| error.fault("delete", now))
    }

    /// Whether the keyring answers, by asking it for an entry that need not exist. Doctor's probe.
    pub async fn probe(&self, now: Timestamp) -> Result<&'static str, Fault> {
        let Some(keyring) = &self.keyring else {
            return Err(VaultError::Absent.fault("read", now));
        };
        match keyring.read("aws:doctor").await {
            Ok(_) => Ok(keyring.place()),
            Err(error) => Err(error.fault("read", now)),
        }
    }
}

/// The user of an account's keyring entry (commands.md, "Settings and secrets").
fn user(name: &str) -> String {
    format!("aws:{name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> AccessKey {
        AccessKey {
            access_key_id: "AKIAIOSFODNN7EXAMPLE".into(),
            secret_access_key: "canary-secret".into(),
            session_token: None,
        }
    }

    #[test]
    fn a_key_never_shows_in_debug() {
        let shown = format!("{:?}", key());
        assert!(!shown.contains("canary") && !shown.contains("AKIA"));
    }

    #[tokio::test]
    async fn memory_keeps_replaces_and_forgets_and_there_is_no_keyring_in_the_demo() {
        let vaults = Vaults::new(None);
        let now = Timestamp::from_millis(1);
        let stored = vaults.store("team", &key(), Keep::InMemory, now).await;
        assert_eq!(stored.unwrap(), "memory, for this run only");
        let (read, place) = vaults.read("team", now).await.unwrap();
        assert_eq!(read.secret_access_key.expose_secret(), "canary-secret");
        assert_eq!(place, "memory, for this run only");
        vaults.forget("team", now).await.unwrap();
        assert!(vaults.read("team", now).await.is_err());
        let refused = vaults.store("team", &key(), Keep::InKeyring, now).await;
        assert_eq!(refused.unwrap_err().code.as_deref(), Some("absent"));
    }

    #[test]
    fn a_strange_document_is_refused_without_quoting_it() {
        for document in [
            "canary",
            "{}",
            r#"{"kind":"github","access_key_id":"canary"}"#,
        ] {
            let error = AccessKey::of_document(&document.into()).unwrap_err();
            assert!(!error.to_string().contains("canary"));
        }
    }
}
