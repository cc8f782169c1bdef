//! `starboard status`: one complete reading by the window's own engine, printed.

use std::collections::BTreeMap;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::time::Duration;

use crate::app::boot::{self, Boot, Where};
use crate::aws::LoginSource;
use crate::cli::{Exit, complain, status_json, status_text};
use crate::engine::waker::Waker;
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::AccountName;
use crate::model::snapshot::{Listings, Snapshot};
use crate::model::status::Status;

/// A complete reading takes at most this long; what is missing then is said.
const PATIENCE: Duration = Duration::from_mins(5);

/// How it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
}

/// What the exit status tells, beyond whether anything was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ExitStatus {
    OfReading,
    OfWhatFailed,
}

pub(super) async fn run(places: Where, form: Form, exit: ExitStatus) -> Exit {
    let boot = match boot::for_terminal(places, Waker::none()).await {
        Ok(boot) => boot,
        Err(error) => {
            complain(&error.message);
            return error.exit;
        }
    };
    // A person at a terminal should not take the budget's pauses for a hang.
    if std::io::stderr().is_terminal() {
        complain(
            "reading everything once, within the budget of calls; this may take half a minute",
        );
    }
    let complete = tokio::time::timeout(PATIENCE, boot.engine.complete())
        .await
        .is_ok();
    if !complete {
        complain(&format!(
            "not everything answered within {} s; what is missing is listed",
            PATIENCE.as_secs()
        ));
    }
    let snapshot = boot.engine.published().load();
    let faults = faults(&snapshot);
    for fault in &faults {
        let place = fault
            .scope
            .as_ref()
            .map(|scope| format!("{scope} "))
            .unwrap_or_default();
        complain(&format!("{place}{} {}", fault.service, fault.headline()));
    }
    let text = if form == Form::Json {
        status_json::document(&snapshot, &profiles(&boot), &faults)
    } else {
        status_text::page(&snapshot)
    };
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => {}
        // The reader of our output has gone, as with `| head`: that is no error.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => return Exit::Done,
        Err(error) => {
            complain(&format!("the output could not be written: {error}"));
            return Exit::Failed;
        }
    }
    if nothing_reached(&snapshot) {
        return Exit::Unreachable;
    }
    if exit == ExitStatus::OfWhatFailed && anything_failed(&snapshot) {
        Exit::Failed
    } else {
        Exit::Done
    }
}

/// The AWS profile that an account signs in with, for those that do.
pub(super) type Profiles = BTreeMap<AccountName, String>;

fn profiles(boot: &Boot) -> Profiles {
    let of_entry = |entry: &boot::Entry| match &entry.login.source {
        LoginSource::Profile(profile) => Some((entry.account.name.clone(), profile.clone())),
        LoginSource::Environment | LoginSource::Kept(_) | LoginSource::Simulated { .. } => None,
    };
    boot.entries.iter().filter_map(of_entry).collect()
}

/// Every fault of the snapshot, each once, by place and operation.
pub(super) fn faults(snapshot: &Snapshot) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    let accounts = snapshot
        .accounts
        .rows()
        .iter()
        .filter_map(|account| account.identity.fault());
    let listings = snapshot.listings.values().flat_map(|listings| {
        listings
            .all()
            .map(|listing| listing.fault().cloned())
            .into_iter()
            .flatten()
    });
    let pipelines = snapshot.pipelines.rows().iter().flat_map(|row| {
        [
            row.definition.fault(),
            row.stages.fault(),
            row.executions.fault(),
            row.actions.fault(),
        ]
        .into_iter()
        .flatten()
    });
    let builds = snapshot
        .builds
        .rows()
        .iter()
        .filter_map(|row| row.build.fault());
    let deployments = snapshot.deployments.rows().iter().flat_map(|row| {
        [
            row.deployment.fault(),
            row.targets.fault(),
            row.minimum_healthy.fault(),
        ]
        .into_iter()
        .flatten()
    });
    let repositories = snapshot.repositories.rows().iter().flat_map(|row| {
        [
            row.metadata.fault(),
            row.branches.fault(),
            row.commits.fault(),
            row.pull_requests.fault(),
        ]
        .into_iter()
        .flatten()
    });
    let all = accounts
        .chain(pipelines)
        .chain(builds)
        .chain(deployments)
        .chain(repositories)
        .map(|fault| Fault::clone(fault));
    for fault in all.chain(listings.map(|fault| Fault::clone(&fault))) {
        if !faults
            .iter()
            .any(|known| known.continues(&fault) && known.message == fault.message)
        {
            faults.push(fault);
        }
    }
    faults.sort_by(|a, b| {
        (&a.scope, a.service, a.operation, &a.message).cmp(&(
            &b.scope,
            b.service,
            b.operation,
            &b.message,
        ))
    });
    faults
}

/// Not one listing of any scope was ever read, for want of a connection, of a sign-in, or of what these need here: the
/// keyring, the CA bundle, an endpoint that may be used.
fn nothing_reached(snapshot: &Snapshot) -> bool {
    let mut listings = snapshot.listings.values().flat_map(Listings::all);
    let out_of_reach = |class: FaultClass| {
        matches!(
            class,
            FaultClass::Offline
                | FaultClass::TimedOut
                | FaultClass::SignIn
                | FaultClass::Unreadable
                | FaultClass::Local
        )
    };
    let any_fault = snapshot
        .listings
        .values()
        .flat_map(Listings::all)
        .filter_map(|listing| listing.fault())
        .chain(
            snapshot
                .accounts
                .rows()
                .iter()
                .filter_map(|account| account.identity.fault()),
        );
    listings.all(|listing| listing.value().is_none())
        && any_fault.into_iter().all(|fault| out_of_reach(fault.class))
}

/// The latest execution of a pipeline, the latest build of a project, or the latest deployment of a group has failed.
fn anything_failed(snapshot: &Snapshot) -> bool {
    let pipelines = snapshot.board.rows.iter().any(|row| row.status.is_bad());
    let builds = latest(snapshot.builds.rows().iter().filter_map(|row| {
        let build = row.build.value()?;
        Some((
            (row.key.scope.clone(), build.project.as_str().to_owned()),
            build.started,
            build.state.status,
        ))
    }));
    let deployments = latest(snapshot.deployments.rows().iter().filter_map(|row| {
        let deployment = row.deployment.value()?;
        let group = format!("{}/{}", deployment.application, deployment.group);
        Some((
            (row.key.scope.clone(), group),
            deployment.created,
            deployment.status(),
        ))
    }));
    pipelines
        || builds
            .iter()
            .chain(&deployments)
            .any(|status| status.is_bad())
}

type Kind = (crate::model::ids::Scope, String);

/// The status of the newest of each kind.
fn latest(
    all: impl Iterator<Item = (Kind, Option<crate::model::time::Timestamp>, Status)>,
) -> Vec<Status> {
    let mut newest = BTreeMap::new();
    for (kind, at, status) in all {
        let entry = newest.entry(kind).or_insert((at, status));
        if at > entry.0 {
            *entry = (at, status);
        }
    }
    newest.into_values().map(|(_, status)| status).collect()
}
