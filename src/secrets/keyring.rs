//! The system's keyring: Secret Service on Linux, Keychain, Credential Manager.
//!
//! Every call of the keyring blocks, may raise an unlock prompt, and has been seen to hang for minutes. So one thread of
//! its own makes them, one after the other; who asks waits at most [`DEADLINE`]. The thread is never joined: a call that
//! hangs does not keep the program from ending. It runs no async code, because the keyring's own bus client does.

use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::oneshot;

use crate::secrets::{BoxFuture, Vault, VaultError};

/// The service of every entry; with the user `aws:NAME` it finds one.
pub const SERVICE: &str = "dev.starboard.Starboard";

/// How long an answer is waited for.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Requests that may wait behind one that hangs; more are told at once that nothing answers.
const QUEUE: usize = 16;

enum Request {
    Store(
        String,
        SecretString,
        oneshot::Sender<Result<(), VaultError>>,
    ),
    Read(
        String,
        oneshot::Sender<Result<Option<SecretString>, VaultError>>,
    ),
    Delete(String, oneshot::Sender<Result<(), VaultError>>),
}

/// A handle on the keyring's thread, which starts with the first request.
pub struct Keyring {
    thread: OnceLock<Option<SyncSender<Request>>>,
    deadline: Duration,
}

impl Default for Keyring {
    fn default() -> Self {
        Self::with_deadline(DEADLINE)
    }
}

impl Keyring {
    /// For tests that do not want to wait as long as a person would.
    pub fn with_deadline(deadline: Duration) -> Self {
        Self {
            thread: OnceLock::new(),
            deadline,
        }
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, VaultError>>) -> Request,
    ) -> Result<T, VaultError> {
        let thread = self.thread.get_or_init(start).as_ref();
        let thread = thread.ok_or_else(|| VaultError::Refused("no thread for it".to_owned()))?;
        let (answer, answered) = oneshot::channel();
        thread
            .try_send(request(answer))
            .map_err(|_full| VaultError::Unanswered)?;
        match tokio::time::timeout(self.deadline, answered).await {
            Ok(Ok(result)) => result,
            // Dropping `answered` tells the thread that nobody waits: a late store must not happen behind one's back.
            Ok(Err(_)) | Err(_) => Err(VaultError::Unanswered),
        }
    }
}

impl Vault for Keyring {
    fn place(&self) -> &'static str {
        if cfg!(target_os = "macos") {
            "the system's keyring (Keychain)"
        } else if cfg!(windows) {
            "the system's keyring (Credential Manager)"
        } else {
            "the system's keyring (Secret Service)"
        }
    }

    fn store<'a>(
        &'a self,
        user: &'a str,
        document: SecretString,
    ) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(self.ask(move |answer| Request::Store(user.to_owned(), document, answer)))
    }

    fn read<'a>(
        &'a self,
        user: &'a str,
    ) -> BoxFuture<'a, Result<Option<SecretString>, VaultError>> {
        Box::pin(self.ask(move |answer| Request::Read(user.to_owned(), answer)))
    }

    fn delete<'a>(&'a self, user: &'a str) -> BoxFuture<'a, Result<(), VaultError>> {
        Box::pin(self.ask(move |answer| Request::Delete(user.to_owned(), answer)))
    }
}

fn start() -> Option<SyncSender<Request>> {
    let (sender, requests) = sync_channel(QUEUE);
    let thread = std::thread::Builder::new().name("keyring".to_owned());
    match thread.spawn(move || serve(&requests)) {
        Ok(_) => Some(sender),
        Err(error) => {
            tracing::warn!(%error, "the keyring's thread cannot be started");
            None
        }
    }
}

fn serve(requests: &Receiver<Request>) {
    while let Ok(request) = requests.recv() {
        // Who asked may have given up meanwhile; then nothing is done. An answer nobody takes is dropped.
        match request {
            Request::Store(user, document, answer) if !answer.is_closed() => {
                answer.send(store(&user, &document)).ok();
            }
            Request::Read(user, answer) if !answer.is_closed() => {
                answer.send(read(&user)).ok();
            }
            Request::Delete(user, answer) if !answer.is_closed() => {
                answer.send(delete(&user)).ok();
            }
            Request::Store(..) | Request::Read(..) | Request::Delete(..) => {}
        }
    }
}

fn entry(user: &str) -> Result<keyring::Entry, VaultError> {
    keyring::Entry::new(SERVICE, user).map_err(error)
}

fn store(user: &str, document: &SecretString) -> Result<(), VaultError> {
    let entry = entry(user)?;
    entry.set_password(document.expose_secret()).map_err(error)
}

fn read(user: &str) -> Result<Option<SecretString>, VaultError> {
    match entry(user)?.get_password() {
        Ok(document) => Ok(Some(SecretString::from(document))),
        Err(keyring::Error::NoEntry) => Ok(None),
        Err(other) => Err(error(other)),
    }
}

fn delete(user: &str) -> Result<(), VaultError> {
    match entry(user)?.delete_credential() {
        Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
        Err(other) => Err(error(other)),
    }
}

/// What a keyring error means. Taken by value: the errors that carry the secret's bytes are wiped here.
fn error(error: keyring::Error) -> VaultError {
    match error {
        keyring::Error::NoDefaultStore => VaultError::Absent,
        keyring::Error::NoStorageAccess(_) => VaultError::Locked,
        keyring::Error::Ambiguous(_) => VaultError::Ambiguous,
        keyring::Error::TooLong(_, limit) => VaultError::TooLong(limit),
        keyring::Error::BadEncoding(bytes) | keyring::Error::BadDataFormat(bytes, _) => {
            drop(Zeroizing::new(bytes));
            VaultError::Unreadable
        }
        other => VaultError::Refused(other.to_string()),
    }
}
