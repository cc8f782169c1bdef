//! What went wrong between Starboard and a service: what, where, since when, and what a person can do about it.

use crate::model::ids::Scope;
use crate::model::time::Timestamp;

/// The kind of a fault decides who acts: the scheduler (wait), the person (sign in, ask for a right), or nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultClass {
    /// AWS asked for fewer calls. Starboard slows down by itself.
    Throttled,
    /// No connection: DNS, refused, reset, TLS.
    Offline,
    /// Connected, but no answer in time.
    TimedOut,
    /// The credentials have ended or were never there; a person has to sign in.
    SignIn,
    /// A permission is missing for one operation.
    Denied,
    /// The service answered that the thing does not exist.
    NotFound,
    /// The service refused the request as it is: a wrong state, a conflict, a bad parameter.
    Refused,
    /// The service failed (5xx).
    Service,
    /// An answer that cannot be read: a captive portal, a broken proxy, truncated JSON.
    Unreadable,
    /// An error of Starboard's own surroundings: keyring, settings file.
    Local,
}

impl FaultClass {
    /// The name in `status --json`, in kebab case.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Offline => "offline",
            Self::TimedOut => "timed-out",
            Self::SignIn => "sign-in",
            Self::Denied => "denied",
            Self::NotFound => "not-found",
            Self::Refused => "refused",
            Self::Service => "service",
            Self::Unreadable => "unreadable",
            Self::Local => "local",
        }
    }

    /// What a person can do, or that there is nothing to do.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Throttled => "Starboard slows down and tries again by itself.",
            Self::Offline => "Check the network, VPN and proxy; Starboard tries again by itself.",
            Self::TimedOut => "Starboard tries again by itself; if it stays, check VPN and proxy.",
            Self::SignIn => {
                "Sign in again, for example with `aws sso login`; Starboard notices by itself."
            }
            Self::Denied => "Ask for the permission named here; everything else goes on.",
            Self::NotFound => "It may have been deleted; it goes with the next complete reading.",
            Self::Refused => "Read the reason; what is shown here has been read again.",
            Self::Service => "The service has a problem; Starboard tries again by itself.",
            Self::Unreadable => {
                "Something between here and AWS answers in its place: a proxy, a captive portal, or an emulator without this operation."
            }
            Self::Local => "The rest goes on without it.",
        }
    }
}

/// One fault, handled once: it travels to the panel it concerns and stays there until a good answer replaces it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub class: FaultClass,
    /// Where; none for faults of this computer.
    pub scope: Option<Scope>,
    /// `codepipeline`, `codebuild`, ... as in an endpoint's name; `keyring`, `settings` for local faults.
    pub service: &'static str,
    /// `GetPipelineState`, ...
    pub operation: &'static str,
    /// AWS's error code, as sent.
    pub code: Option<String>,
    pub request_id: Option<String>,
    /// AWS's message, or ours, made safe to show; long texts and ids last.
    pub message: String,
    /// When it first happened in an unbroken row.
    pub since: Timestamp,
}

impl Fault {
    pub fn local(
        service: &'static str,
        operation: &'static str,
        message: impl Into<String>,
        now: Timestamp,
    ) -> Self {
        Self {
            class: FaultClass::Local,
            scope: None,
            service,
            operation,
            code: None,
            request_id: None,
            message: message.into(),
            since: now,
        }
    }

    /// The same fault going on: the class, place and code agree, so `since` must not move.
    pub fn continues(&self, earlier: &Self) -> bool {
        self.class == earlier.class
            && self.scope == earlier.scope
            && self.service == earlier.service
            && self.operation == earlier.operation
            && self.code == earlier.code
    }

    /// One line: `GetPipelineState: AccessDeniedException: User … is not authorized …`.
    pub fn headline(&self) -> String {
        match &self.code {
            Some(code) => format!("{}: {code}: {}", self.operation, self.message),
            None => format!("{}: {}", self.operation, self.message),
        }
    }
}
