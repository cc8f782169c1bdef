//! Starts, stops and retries: one request each, and the truth about a lost answer also where this machine's clock is
//! wrong.

use std::time::Duration;

use starboard::model::build::{Batch, BuildOverrides, PlainValue, Variable, VariableValue};
use starboard::model::command::{Command, Progress};
use starboard::model::focus::Focus;
use starboard::model::ids::{BatchId, BatchKey};
use starboard::model::status::Status;
use starboard::sim::Fault;

use super::{Yard, project, scope};

fn start(name: &str, tide: &str) -> Command {
    Command::StartBuild {
        scope: scope(),
        project: name.into(),
        overrides: BuildOverrides {
            source_version: Some("main".to_owned()),
            variables: vec![Variable {
                name: "TIDE".to_owned(),
                value: VariableValue::Plain(PlainValue::new(tide)),
            }],
        },
    }
}

fn start_batch() -> Command {
    Command::StartBatch {
        scope: scope(),
        project: "yard".into(),
        overrides: BuildOverrides::default(),
    }
}

impl Yard {
    /// Asks for a command and waits for its end.
    async fn ends(&self, command: Command) -> Progress {
        let before = self.engine.published().load().commands.len();
        self.engine.command(command);
        self.until("the end of the command", |snapshot| {
            let record = snapshot.commands.rows().get(before)?;
            (!record.progress.is_open()).then(|| record.progress.clone())
        })
        .await
    }

    async fn accepted(&self, command: Command) -> String {
        match self.ends(command).await {
            Progress::Accepted { message, .. } => message,
            other => panic!("{other:?}"),
        }
    }

    async fn newest_batch(&self) -> Batch {
        let batches = self.aws.batches(&project("yard")).await.unwrap();
        batches.into_iter().next().expect("a batch")
    }

    fn once(&self, operation: &str) {
        assert_eq!(self.sim.request_count(operation), 1, "{operation}");
    }
}

#[tokio::test]
async fn a_start_brings_the_version_and_the_variables_that_were_typed() {
    let yard = Yard::open().await;
    let said = yard.accepted(start("yard", "flood")).await;
    let id = said.strip_prefix("started as ").expect(&said);
    let build = yard.aws.build(&scope(), &id.into()).await.unwrap();
    assert_eq!(build.source_version.as_deref(), Some("main"));
    let variables = &build.about.environment.variables;
    let tide = variables.iter().find(|one| one.name == "TIDE");
    assert_eq!(
        tide.map(|one| &one.value),
        Some(&VariableValue::Plain(PlainValue::new("flood")))
    );
    assert!(
        variables.iter().any(|one| one.name == "STAGE"),
        "the project's own stay"
    );
    yard.once("StartBuild");
}

#[tokio::test]
async fn a_double_click_starts_one_build() {
    let yard = Yard::open().await;
    yard.engine.command(start("yard", "flood"));
    yard.engine.command(start("yard", "flood"));
    yard.until("the acceptance", |snapshot| {
        let rows = snapshot.commands.rows();
        let ended = rows.iter().any(|row| !row.progress.is_open());
        ended.then_some(())
    })
    .await;
    yard.engine.complete().await;
    yard.once("StartBuild");
}

#[tokio::test]
async fn a_lost_start_is_found_by_what_was_not_there_before_whatever_the_clock_says() {
    let yard = Yard::open().await;
    // Somebody's build of the same version a moment earlier is not ours.
    yard.accepted(start("yard", "flood")).await;
    let faults = yard.sim.faults();
    faults.inject("StartBuild", Fault::ServerError, Some(1));
    let Progress::Found {
        applied, message, ..
    } = yard.ends(start("yard", "flood")).await
    else {
        panic!("it is looked up");
    };
    assert!(!applied, "{message}");
    faults.inject("StartBuild", Fault::ApplyThenDrop, Some(1));
    let Progress::Found {
        applied, message, ..
    } = yard.ends(start("yard", "flood")).await
    else {
        panic!("it is looked up");
    };
    assert!(
        applied && message.starts_with("started as yard:"),
        "{message}"
    );
    assert_eq!(yard.sim.request_count("StartBuild"), 3, "none twice");
}

#[tokio::test]
async fn a_full_project_refuses_in_plain_words_with_awss_code() {
    let yard = Yard::open().await;
    yard.accepted(start("narrow", "a")).await;
    let Progress::Refused { fault, .. } = yard.ends(start("narrow", "b")).await else {
        panic!("one build fills it");
    };
    assert_eq!(fault.code.as_deref(), Some("AccountLimitExceededException"));
    assert!(fault.request_id.is_some());
    assert!(
        fault.message.starts_with("As many builds run"),
        "{}",
        fault.message
    );
}

#[tokio::test]
async fn what_is_not_so_any_more_is_not_sent() {
    let yard = Yard::open().await;
    let no_project = yard.ends(start("nobody", "a")).await;
    assert!(
        matches!(no_project, Progress::Changed { .. }),
        "{no_project:?}"
    );
    let no_batches = Command::StartBatch {
        scope: scope(),
        project: "narrow".into(),
        overrides: BuildOverrides::default(),
    };
    let no_batches = yard.ends(no_batches).await;
    assert!(
        matches!(no_batches, Progress::Changed { .. }),
        "{no_batches:?}"
    );
    assert_eq!(yard.sim.request_count("StartBuild"), 0);
    assert_eq!(yard.sim.request_count("StartBuildBatch"), 0);
}

#[tokio::test]
async fn a_batch_that_is_looked_at_is_read_on_until_it_has_ended() {
    let yard = Yard::open().await;
    let said = yard.accepted(start_batch()).await;
    let id: BatchId = said.strip_prefix("started as ").expect(&said).into();
    let key = BatchKey {
        scope: scope(),
        id: id.clone(),
    };
    yard.look_at(Focus {
        batch: Some(key.clone()),
        ..Focus::default()
    });
    let state = |snapshot: &starboard::model::snapshot::Snapshot| {
        let row = snapshot.batches.get(&key)?;
        row.batch.value().map(|batch| batch.state.status)
    };
    yard.until("the running batch", |snapshot| {
        (state(snapshot)? == Status::Running).then_some(())
    })
    .await;
    yard.pass(Duration::from_mins(30));
    yard.until("its end", |snapshot| {
        (state(snapshot)? == Status::Failed).then_some(())
    })
    .await;
    let batch = yard.aws.batch(&key).await.unwrap();
    let group = |name: &str| {
        let group = batch.groups.iter().find(|group| group.identifier == name);
        group.unwrap_or_else(|| panic!("{name}: {:?}", batch.groups))
    };
    assert!(group("lint").ignore_failure);
    assert_eq!(group("unit").depends_on, ["lint"]);
    let ship = group("ship").current.as_ref().expect("it ran");
    assert_eq!(ship.state.status, Status::Failed);
    assert!(
        ship.started.is_some() && ship.ended > ship.started,
        "{ship:?}"
    );
}

#[tokio::test]
async fn a_batch_is_stopped_and_retried_once_each() {
    let yard = Yard::open().await;
    yard.accepted(start_batch()).await;
    yard.once("StartBuildBatch");
    yard.pass(Duration::from_mins(30));
    let failed = yard.newest_batch().await;
    assert_eq!(failed.state.status, Status::Failed);
    let retry = Command::RetryBatch {
        scope: scope(),
        batch: failed.id.clone(),
        all: false,
    };
    let faults = yard.sim.faults();
    faults.inject("RetryBuildBatch", Fault::ApplyThenDrop, Some(1));
    let found = yard.ends(retry.clone()).await;
    assert!(
        matches!(found, Progress::Found { applied: true, .. }),
        "{found:?}"
    );
    let again = yard.ends(retry).await;
    assert!(
        matches!(again, Progress::Changed { .. }),
        "it runs: {again:?}"
    );
    yard.once("RetryBuildBatch");
    let stop = Command::StopBatch {
        scope: scope(),
        batch: failed.id.clone(),
    };
    yard.accepted(stop.clone()).await;
    yard.pass(Duration::from_mins(1));
    let stopped = yard.newest_batch().await;
    assert_eq!(stopped.state.status, Status::Stopped, "{}", stopped.state);
    let late = yard.ends(stop).await;
    assert!(matches!(late, Progress::Changed { .. }), "{late:?}");
    yard.once("StopBuildBatch");
}

#[tokio::test]
async fn a_lost_batch_and_a_lost_retry_of_a_build_are_found() {
    let yard = Yard::open().await;
    let faults = yard.sim.faults();
    faults.inject("StartBuildBatch", Fault::ApplyThenDrop, Some(1));
    let found = yard.ends(start_batch()).await;
    assert!(
        matches!(found, Progress::Found { applied: true, .. }),
        "{found:?}"
    );
    yard.once("StartBuildBatch");
    let history = yard
        .aws
        .build_history(&project("yard"), None)
        .await
        .unwrap();
    let old = history.builds.iter().find(|build| build.ended.is_some());
    let retry = Command::RetryBuild {
        scope: scope(),
        build: old.unwrap().id.clone(),
    };
    faults.inject("RetryBuild", Fault::ApplyThenDrop, Some(1));
    let found = yard.ends(retry).await;
    assert!(
        matches!(found, Progress::Found { applied: true, .. }),
        "{found:?}"
    );
    yard.once("RetryBuild");
}
