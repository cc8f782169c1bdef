//! What a view asks for. Views never change anything themselves: they push actions, which `app` runs after the frame.

use std::sync::Arc;

use crate::model::command::Command;
use crate::model::ids::{
    AccountName, ActionKey, BuildKey, BuildProjectKey, ExecutionId, LogKey, PipelineKey, StageName,
};
use crate::model::live::LiveAsk;
use crate::model::log::{LineNo, LogSnapshot};
use crate::model::oneshot::Request;
use crate::model::past::{PastLog, PastQuery};
use crate::model::settings::{AccountSettings, Settings};
use crate::ui::route::Route;

/// Not `Clone`: a command must not be sent twice by accident.
pub enum UiAction {
    /// Go somewhere, remembering where we were.
    Go(Route),
    /// Change the current place (a selection, a tab) without a new step in the history.
    Replace(Route),
    Back,
    Forward,
    /// Open the approval card of a gate.
    OpenGate {
        pipeline: PipelineKey,
        action: ActionKey,
        /// None: the execution that waits there now. In PARALLEL mode several may, so it has to be named.
        execution: Option<ExecutionId>,
    },
    CloseGate,
    /// Ask for confirmation of a write; the shell shows object, account, region and consequence.
    Confirm(Confirmation),
    /// Let a person pick one of several ways to do something, and confirm it.
    Choose(Choice),
    /// Open the card that says why a build failed.
    OpenWhy {
        build: BuildKey,
        /// The place that shows the build whole; none where it is on screen already.
        place: Option<Route>,
    },
    /// Open the dialog that releases a change: revisions, variables, and the yes.
    OpenRelease(PipelineKey),
    /// Open the dialog that rolls a stage back to an earlier execution.
    OpenRollback {
        pipeline: PipelineKey,
        stage: StageName,
    },
    /// Open the dialog that starts a build or a batch of a project: version, variables, references, and the yes.
    OpenStart {
        project: BuildProjectKey,
        batch: bool,
    },
    /// Send a write. Only the confirmation and the approval card push this.
    Send(Command),
    /// Start a one-shot, unless the same is pending.
    Ask(Request),
    /// Start a one-shot anew and keep its answer until the new one is there.
    Renew(Request),
    /// Drop the answer of a one-shot.
    Dismiss(Request),
    /// Start a Live Tail session, which AWS bills by the minute. Only the page that tells its price pushes this.
    StartLiveTail(LiveAsk),
    StopLiveTail,
    /// Ask the engine to read what is on screen again now.
    Refresh,
    Copy(String),
    /// Open an http(s) address in the browser, after a confirmation that shows the host.
    OpenLink(String),
    OpenPalette,
    OpenKeys,
    /// Replace the settings; they are saved in the background.
    Settings(Box<dyn FnOnce(&mut Settings) + Send>),
    /// Sign in to an account (or change its card): saved in the settings and handed to the engine.
    PutAccount(AccountSettings),
    RemoveAccount(AccountName),
    /// Keep a typed access key: in the keyring, or in memory for this run.
    StoreKey {
        account: AccountName,
        key: TypedKey,
        place: KeyPlace,
    },
    ForgetKey(AccountName),
    /// Read this program's own record of decisions again.
    ReadJournal,
    /// Save a text as a file of this name where people find what they saved. The journal tells what became of it.
    Export {
        name: String,
        text: String,
    },
    /// Something about the logs that are kept on this computer.
    Kept(KeptAction),
    /// Save a log where people find what they saved. [`Request::SaveLog`] tells what became of it.
    SaveLog {
        key: LogKey,
        log: LogSnapshot,
        /// As it came, with control characters and secrets; else drawn and masked.
        raw: bool,
    },
    /// Open a clean copy of a log with the person's editor, at a line. [`Request::EditLog`] tells what became of it.
    EditLog {
        key: LogKey,
        log: LogSnapshot,
        line: LineNo,
    },
    /// Open a file that was saved, with the person's editor. [`Request::OpenFile`] tells what became of it.
    OpenFile(String),
    /// Say something briefly in a toast.
    Say(String),
    ZoomIn,
    ZoomOut,
    ZoomReset,
    FullScreen,
    Quit,
}

/// What is asked of the logs that are kept on this computer.
#[derive(Debug)]
pub enum KeptAction {
    /// Look at the folder again: other windows keep logs too.
    Look,
    /// Search the kept logs of a project; the search before it ends. None only ends it.
    Search(Option<PastQuery>),
    /// Read these logs of a project's past builds from AWS, and keep them.
    Read {
        project: BuildProjectKey,
        logs: Vec<PastLog>,
    },
    StopReading,
    /// Remove every kept log.
    Clear,
}

/// A write that waits for a person's yes.
#[derive(Debug)]
pub struct Confirmation {
    /// What will happen, with the object: `Release the newest change through checkout-api`.
    pub title: String,
    /// Consequences, a sentence each.
    pub consequences: Vec<String>,
    /// The button: verb, object, account and region.
    pub button: String,
    /// Styled as dangerous.
    pub dangerous: bool,
    /// A reason to type, where AWS takes one: its label and limit in characters.
    pub reason: Option<(String, usize)>,
    pub command: Command,
}

/// A write that can be done in more than one way.
#[derive(Debug)]
pub struct Choice {
    /// What is asked, with the object: `Retry Build of search-indexer with c02b5e1`.
    pub title: String,
    /// The gentlest first; that one is picked until a person picks another.
    pub ways: Vec<Way>,
    /// A reason to type, where AWS takes one: its label and limit in characters.
    pub reason: Option<(String, usize)>,
}

/// One way of a [`Choice`].
#[derive(Debug)]
pub struct Way {
    /// `Failed actions`.
    pub name: String,
    /// Consequences, a sentence each.
    pub consequences: Vec<String>,
    /// The button: verb, object, account and region.
    pub button: String,
    pub dangerous: bool,
    /// Why it cannot be done now.
    pub refusal: Option<String>,
    pub command: Command,
}

impl From<Confirmation> for Choice {
    fn from(confirmation: Confirmation) -> Self {
        Self {
            title: confirmation.title,
            ways: vec![Way {
                name: String::new(),
                consequences: confirmation.consequences,
                button: confirmation.button,
                dangerous: confirmation.dangerous,
                refusal: None,
                command: confirmation.command,
            }],
            reason: confirmation.reason,
        }
    }
}

/// A secret on its way from a text field to the vault. Never shown, never logged.
pub struct TypedKey {
    pub access_key_id: String,
    pub secret_access_key: secrecy::SecretString,
    pub session_token: Option<secrecy::SecretString>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    Keyring,
    Memory,
}

/// The queue of one frame.
#[derive(Default)]
pub struct Actions(Vec<UiAction>);

impl Actions {
    pub fn push(&mut self, action: UiAction) {
        self.0.push(action);
    }

    pub fn take(&mut self) -> Vec<UiAction> {
        std::mem::take(&mut self.0)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Profiles of the AWS files, found by `app` for the Accounts view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundProfiles {
    pub profiles: Arc<Vec<FoundProfile>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundProfile {
    pub name: String,
    pub region: Option<String>,
    /// `SSO session "corp"`, `assumes role …`, `access key`, `credential process`.
    pub kind: String,
}
