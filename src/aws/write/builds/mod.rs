//! The writes of CodeBuild: each with its fresh read, its one request, and what tells afterwards whether a request whose
//! answer was lost was applied.

mod batch;
mod build;
mod ours;
mod words;

use aws_sdk_codebuild::types;
use sha2::{Digest as _, Sha256};

use crate::aws::calls::Calls;
use crate::aws::codebuild::{SERVICE, projects};
use crate::aws::write::failed;
use crate::aws::write::words::plain;
use crate::engine::source::{Checked, Found, Seen, Sent};
use crate::model::build::{BuildOverrides, BuildProject, Variable, VariableValue};
use crate::model::command::Command;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::ProjectName;
use crate::model::status::State;

/// The fresh read before a write: what the person saw must still be so.
pub(super) async fn check(calls: &Calls<'_>, command: &Command) -> Result<Checked, Fault> {
    match command {
        Command::StopBuild { build, .. } => build::check_stop(calls, build).await,
        Command::RetryBuild { build, .. } => build::check_retry(calls, build).await,
        Command::StartBuild { project, .. } => build::check_start(calls, project).await,
        Command::StartBatch { project, .. } => batch::check_start(calls, project).await,
        Command::StopBatch { batch, .. } => batch::check_stop(calls, batch).await,
        Command::RetryBatch { batch, .. } => batch::check_retry(calls, batch).await,
        _ => Err(misdirected(calls)),
    }
}

/// The write: one request.
pub(super) async fn send(calls: &Calls<'_>, command: &Command) -> Sent {
    let sent = match command {
        Command::StopBuild { build, .. } => build::stop(calls, build).await,
        Command::RetryBuild { build, .. } => build::retry(calls, build).await,
        Command::StartBuild {
            project, overrides, ..
        } => Box::pin(build::start(calls, project, overrides)).await,
        Command::StartBatch {
            project, overrides, ..
        } => Box::pin(batch::start(calls, project, overrides)).await,
        Command::StopBatch { batch, .. } => batch::stop(calls, batch).await,
        Command::RetryBatch { batch, all, .. } => batch::retry(calls, batch, *all).await,
        _ => Err(misdirected(calls)),
    };
    match sent {
        Ok(message) => Sent::Accepted(message),
        Err(fault) => failed(plain(fault, words::words)),
    }
}

/// After a lost answer: what AWS shows now. None while it shows nothing that decides.
pub(super) async fn look_up(
    calls: &Calls<'_>,
    command: &Command,
    seen: &Seen,
) -> Result<Option<Found>, Fault> {
    match command {
        Command::StopBuild { build, .. } => build::look_up_stop(calls, build).await,
        Command::RetryBuild { build, .. } => build::look_up_retry(calls, build, seen).await,
        Command::StartBuild {
            project, overrides, ..
        } => build::look_up_start(calls, project, overrides, seen).await,
        Command::StartBatch {
            project, overrides, ..
        } => batch::look_up_start(calls, project, overrides, seen).await,
        Command::StopBatch { batch, .. } => batch::look_up_stop(calls, batch).await,
        Command::RetryBatch { batch, .. } => batch::look_up_retry(calls, batch, seen).await,
        _ => Err(misdirected(calls)),
    }
}

/// The project that is to be started, or what to say where it is not there any more.
async fn project(
    calls: &Calls<'_>,
    name: &ProjectName,
) -> Result<Result<BuildProject, Checked>, Fault> {
    match projects::one(calls, name).await {
        Ok(found) => Ok(Ok(found)),
        Err(fault) if fault.class == FaultClass::NotFound => Ok(Err(Checked::Changed(format!(
            "there is no project {name} any more"
        )))),
        Err(fault) => Err(fault),
    }
}

/// What a stop finds: `what`, which still moves or has ended.
fn check_stop(state: &State, what: &str) -> Checked {
    if state.status.is_moving() {
        return Checked::Go(Seen::default());
    }
    Checked::Changed(format!("{what} has ended meanwhile: {state}"))
}

/// What AWS's acceptance of a start says: the id, where it gave one.
fn started(id: Option<&str>, project: &ProjectName, what: &str) -> String {
    match id {
        Some(new) => format!("started as {new}"),
        None => format!("a {what} of {project} has started"),
    }
}

/// A command of another service.
fn misdirected(calls: &Calls<'_>) -> Fault {
    calls
        .place(SERVICE, "send")
        .fault(FaultClass::Local, "CodeBuild has no such request")
}

/// A key that AWS knows a request by for five minutes: whatever lies between may deliver a request twice, and it still
/// starts one build. A new one for each command, which is sent once.
fn token(calls: &Calls<'_>) -> String {
    use std::hash::{BuildHasher as _, Hasher as _};
    // The hasher's own keys are the chance in it: the standard library draws them anew.
    let chance = std::hash::RandomState::new().build_hasher().finish();
    let text = format!("{} {chance}", calls.now().millis());
    let hash = Sha256::digest(text.as_bytes());
    hash.iter().fold(String::new(), |mut text, byte| {
        text.push_str(&format!("{byte:02x}"));
        text
    })
}

/// The variables of a start as AWS takes them.
fn variables(
    calls: &Calls<'_>,
    operation: &'static str,
    overrides: &BuildOverrides,
) -> Result<Option<Vec<types::EnvironmentVariable>>, Fault> {
    let all: Result<Vec<_>, _> = overrides.variables.iter().map(variable).collect();
    let all = all.map_err(|error| {
        calls
            .place(SERVICE, operation)
            .fault(FaultClass::Local, error.to_string())
    })?;
    Ok(Some(all).filter(|all| !all.is_empty()))
}

fn variable(
    variable: &Variable,
) -> Result<types::EnvironmentVariable, aws_smithy_types::error::operation::BuildError> {
    let (kind, value) = match &variable.value {
        VariableValue::Plain(value) => (types::EnvironmentVariableType::Plaintext, value.reveal()),
        VariableValue::ParameterStore(name) => {
            (types::EnvironmentVariableType::ParameterStore, &**name)
        }
        VariableValue::SecretsManager(name) => {
            (types::EnvironmentVariableType::SecretsManager, &**name)
        }
        VariableValue::Other(kind, value) => (kind.as_str().into(), value.reveal()),
    };
    types::EnvironmentVariable::builder()
        .name(&variable.name)
        .value(value)
        .r#type(kind)
        .build()
}
