//! The program's AWS room against the simulated account, over a real socket: what is read, what a write comes to, and
//! what is made of a lost answer.
//!
//! The story `gates` on a hand-turned clock, which engine, SDK and simulator share.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use starboard::aws::{Aws, Login, LoginSource};
use starboard::engine::AccountChange;
use starboard::engine::clock::Clock;
use starboard::engine::source::{Checked, Found, LogReader, Seen, Sent, Writer};
use starboard::model::account::Account;
use starboard::model::command::{Command, Decision, Gate, RetryMode};
use starboard::model::fault::{self, FaultClass};
use starboard::model::focus::Focus;
use starboard::model::ids::{ActionKey, LogKey, PipelineKey, RepositoryKey, Scope};
use starboard::model::oneshot::{Extent, Review};
use starboard::model::remote::Remote;
use starboard::model::snapshot::Snapshot;
use starboard::model::status::Status;
use starboard::sim::world::Place;
use starboard::sim::world::pipelines::commands;
use starboard::sim::{Fault, Options, Simulator};

use crate::account::{engine, signed_in};

/// A simulated account of the story `gates`, signed in to.
struct Gates {
    sim: Simulator,
    aws: Aws,
    now: Arc<AtomicI64>,
    writer: Arc<dyn Writer>,
    logs: Arc<dyn LogReader>,
    /// What the last fresh read saw.
    seen: Mutex<Seen>,
}

const START: i64 = 1_900_000_000_000;

impl Gates {
    /// Looks up a write whose answer was lost, with what its fresh read saw.
    async fn look_up(&self, command: &Command) -> Result<Option<Found>, fault::Fault> {
        let seen = self.seen.lock().unwrap().clone();
        self.writer.look_up(command, &seen).await
    }

    async fn start() -> Self {
        let (sim, aws, now) = signed_in(Options::named("gates"), START).await;
        Self {
            writer: aws.writer(),
            logs: aws.log_reader(),
            sim,
            aws,
            now,
            seen: Mutex::default(),
        }
    }

    fn pass(&self, span: Duration) {
        self.now
            .fetch_add(span.as_millis() as i64, Ordering::AcqRel);
    }

    fn scope(&self) -> Scope {
        let account = &self.sim.accounts()[0];
        Scope {
            account: account.name.as_str().into(),
            region: account.regions[0].as_str().into(),
        }
    }

    fn pipeline(&self) -> PipelineKey {
        PipelineKey {
            scope: self.scope(),
            name: "pier".into(),
        }
    }

    fn action() -> ActionKey {
        ActionKey {
            stage: "Gate".into(),
            action: "Approve".into(),
        }
    }

    async fn review(&self) -> Review {
        self.aws
            .review(&self.pipeline(), &Self::action(), None, &self.scope())
            .await
            .unwrap()
    }

    fn place<T>(&self, act: impl FnOnce(&mut Place, i64) -> T) -> T {
        let account = &self.sim.accounts()[0];
        self.sim.world(|world| {
            let now = world.now();
            act(
                world.place_mut(&account.account_id, &account.regions[0]),
                now,
            )
        })
    }

    /// Somebody else answers the gate.
    fn someone_approves(&self) {
        self.place(|place, now| {
            place.with_pipeline("pier", now, |pipeline, outside| {
                let token = pipeline.open_token("Gate", "Approve").unwrap();
                let decision = commands::Decision {
                    approved: true,
                    summary: "the tide is right",
                    by: "arn:aws:sts::482100937715:assumed-role/Ops/tom",
                };
                pipeline
                    .answer("Gate", "Approve", &token, decision, now, outside)
                    .unwrap();
            })
        });
    }

    async fn checked(&self, command: &Command) -> Checked {
        let checked = self.writer.check(command).await.unwrap();
        if let Checked::Go(seen) = &checked {
            *self.seen.lock().unwrap() = seen.clone();
        }
        checked
    }

    /// Everything the sources read of the account, once.
    async fn observe(&self) -> Arc<Snapshot> {
        let clock = Clock::Manual(Arc::clone(&self.now));
        let engine = engine(&self.aws, self.aws.sources(), clock);
        // A repository's history is read for who looks at it.
        let repository = RepositoryKey {
            scope: self.scope(),
            name: "pier".into(),
        };
        engine.look_at(Focus {
            repository: Some(repository.clone()),
            ..Focus::default()
        });
        let account = &self.sim.accounts()[0];
        engine.put_account(
            Account {
                name: account.name.as_str().into(),
                regions: account.regions.iter().map(Into::into).collect(),
                source: String::new(),
                secret_place: String::new(),
                read_only: false,
                production: true,
                simulated: true,
                endpoint: Some(self.sim.url()),
                identity: Remote::default(),
            },
            AccountChange::Credentials,
        );
        let read = async {
            engine.complete().await;
            loop {
                let snapshot = engine.published().load();
                let row = snapshot.repositories.get(&repository);
                if row.is_some_and(|row| row.commits.value().is_some()) {
                    return snapshot;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let read = tokio::time::timeout(Duration::from_mins(1), read).await;
        read.expect("one complete reading within a minute")
    }
}

fn decide(gate: Gate, decision: Decision) -> Command {
    Command::Decide {
        gate,
        decision,
        comment: "from the wire test".into(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_complete_reading_holds_the_whole_account() {
    let gates = Gates::start().await;
    let snapshot = gates.observe().await;
    let identity = snapshot.accounts.rows()[0].identity.value().unwrap();
    assert_eq!(identity.account.as_str(), "482100937715");
    let pipeline = snapshot.pipelines.get(&gates.pipeline()).unwrap();
    assert!(pipeline.definition.value().unwrap().stages.len() == 4);
    let gate = pipeline.stage(&"Gate".into()).unwrap();
    let approve = gate.action(&"Approve".into()).unwrap();
    assert_eq!(approve.state.status, Status::Waiting);
    assert!(approve.token.is_some());
    assert_eq!(pipeline.executions.value().unwrap().len(), 4);
    assert!(pipeline.attempts(&Gates::action()).count() >= 4);
    assert_eq!(snapshot.board.needs.len(), 1);
    assert_eq!(
        snapshot.board.rows[0].author.as_deref(),
        Some("Ines Okafor"),
        "the author of the commit comes from CodeCommit"
    );
    let build = snapshot.builds.rows()[0].build.value().unwrap();
    assert!(build.log.is_some() && build.pipeline() == Some("pier"));
    let deployment = snapshot
        .deployments
        .rows()
        .iter()
        .max_by_key(|row| row.deployment.value().and_then(|one| one.created))
        .unwrap();
    assert_eq!(deployment.targets.value().unwrap().len(), 3);
    assert!(deployment.health().is_some());
    let repository = &snapshot.repositories.rows()[0];
    assert!(!repository.branches.value().unwrap().is_empty());
    let commits = repository.commits.value().unwrap();
    assert_eq!(commits[0].subject(), "Widen the gangway");
    for listings in snapshot.listings.values() {
        for listing in listings.all() {
            assert!(listing.fault().is_none(), "{:?}", listing.fault());
        }
    }
}

#[tokio::test]
async fn a_gate_is_reviewed_and_approved_with_one_request() {
    let gates = Gates::start().await;
    let review = gates.review().await;
    assert_eq!(review.custom_data.as_deref(), Some("Check the tide first"));
    assert_eq!(
        review.review_link.as_deref(),
        Some("https://pier.example/review")
    );
    assert_eq!(review.changes.extent, Extent::Complete);
    assert_eq!(review.changes.commits[0].subject(), "Widen the gangway");
    assert!(review.changes.since.is_some() && review.changes.since_at.is_some());
    assert!(
        review
            .changes
            .commits
            .iter()
            .all(|commit| Some(&commit.id) != review.changes.since.as_ref()),
        "what passed before is not among what is new"
    );
    let week = review.expires.unwrap().age(review.waiting_since.unwrap());
    assert_eq!(week, Duration::ZERO, "it expires after it began");

    let command = decide(review.gate.clone(), Decision::Approve);
    assert!(matches!(gates.checked(&command).await, Checked::Go(_)));
    assert_eq!(
        gates.writer.send(&command).await,
        Sent::Accepted("approved".into())
    );
    assert_eq!(gates.sim.request_count("PutApprovalResult"), 1);

    let found = gates.look_up(&command).await.unwrap().unwrap();
    assert!(
        found.applied && found.message.starts_with("approved by"),
        "{found:?}"
    );
    let Checked::Changed(said) = gates.checked(&command).await else {
        panic!("an answered gate must not be answered again");
    };
    assert!(said.starts_with("already approved by"), "{said}");
    let Sent::Changed(said) = gates.writer.send(&command).await else {
        panic!("a second answer is news, not an error");
    };
    assert!(said.contains("already"), "{said}");
    let fault = gates
        .aws
        .review(&gates.pipeline(), &Gates::action(), None, &gates.scope())
        .await
        .unwrap_err();
    assert_eq!(fault.class, FaultClass::Refused);
}

#[tokio::test]
async fn whoever_was_first_is_named() {
    let gates = Gates::start().await;
    let command = decide(gates.review().await.gate, Decision::Reject);
    gates.pass(Duration::from_secs(1));
    gates.someone_approves();
    let Checked::Changed(said) = gates.checked(&command).await else {
        panic!("the fresh read must stop this");
    };
    assert!(
        said.contains("approved by tom") && said.contains("the tide is right"),
        "{said}"
    );
    // The race that the fresh read lost.
    let Sent::Changed(said) = gates.writer.send(&command).await else {
        panic!("news");
    };
    assert!(said.contains("approved by tom"), "{said}");
    let found = gates.look_up(&command).await.unwrap().unwrap();
    assert!(
        !found.applied,
        "a rejection that met an approval was not applied: {found:?}"
    );
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_tells_whether_it_was_applied() {
    let gates = Gates::start().await;
    let command = decide(gates.review().await.gate, Decision::Reject);
    let faults = gates.sim.faults();

    faults.inject("PutApprovalResult", Fault::ServerError, Some(1));
    assert!(matches!(
        gates.writer.send(&command).await,
        Sent::Unknown(_)
    ));
    let found = gates.look_up(&command).await.unwrap().unwrap();
    assert!(
        !found.applied && found.message.contains("still open"),
        "{found:?}"
    );

    faults.inject("PutApprovalResult", Fault::ApplyThenDrop, Some(1));
    let Sent::Unknown(fault) = gates.writer.send(&command).await else {
        panic!("nobody can know");
    };
    assert_eq!(fault.operation, "PutApprovalResult");
    let found = gates.look_up(&command).await.unwrap().unwrap();
    assert!(
        found.applied && found.message.starts_with("rejected"),
        "{found:?}"
    );
    assert_eq!(
        gates.sim.request_count("PutApprovalResult"),
        2,
        "never sent by itself again"
    );
}

#[tokio::test]
async fn a_refusal_is_told_with_what_is_missing() {
    let gates = Gates::start().await;
    let command = decide(gates.review().await.gate, Decision::Approve);
    let action = "codepipeline:PutApprovalResult".to_owned();
    let faults = gates.sim.faults();
    faults.inject("PutApprovalResult", Fault::AccessDenied { action }, Some(1));
    let Sent::Refused(fault) = gates.writer.send(&command).await else {
        panic!("denied is refused");
    };
    assert_eq!(fault.class, FaultClass::Denied);
    assert!(
        fault.message.contains("codepipeline:PutApprovalResult"),
        "{}",
        fault.message
    );
    faults.inject("PutApprovalResult", Fault::Throttle, Some(1));
    let Sent::Refused(fault) = gates.writer.send(&command).await else {
        panic!("throttled is refused, and not sent again by itself");
    };
    assert_eq!(fault.class, FaultClass::Throttled);
    assert!(
        matches!(gates.checked(&command).await, Checked::Go(_)),
        "the gate is still open"
    );
}

/// Checks, sends and looks up one write; the fresh read says go and the look-up says applied.
async fn goes_through(gates: &Gates, command: Command) -> String {
    assert!(
        matches!(gates.checked(&command).await, Checked::Go(_)),
        "{command:?}"
    );
    let message = match gates.writer.send(&command).await {
        Sent::Accepted(message) => message,
        other => panic!("{command:?}: {other:?}"),
    };
    let found = gates.look_up(&command).await.unwrap();
    assert!(found.is_some_and(|found| found.applied), "{command:?}");
    message
}

#[tokio::test]
async fn every_write_of_a_pipeline_is_applied_and_found() {
    let gates = Gates::start().await;
    let pipeline = gates.pipeline();
    let stage: starboard::model::ids::StageName = "Production".into();
    let transition = |enabled| Command::SetTransition {
        pipeline: gates.pipeline(),
        stage: stage.clone(),
        enabled,
        reason: "spring tide".into(),
    };
    goes_through(&gates, transition(false)).await;
    let Checked::Changed(said) = gates.checked(&transition(false)).await else {
        panic!("closed already");
    };
    assert!(said.contains("closed already"), "{said}");
    goes_through(&gates, transition(true)).await;

    gates.pass(Duration::from_mins(3));
    let message = goes_through(
        &gates,
        Command::ReleaseChange {
            pipeline: pipeline.clone(),
            revisions: Vec::new(),
            variables: Vec::new(),
        },
    )
    .await;
    assert!(message.contains("has started"), "{message}");

    let review = gates.review().await;
    let rejected = decide(review.gate.clone(), Decision::Reject);
    goes_through(&gates, rejected).await;
    let retry = Command::RetryStage {
        pipeline: pipeline.clone(),
        stage: "Gate".into(),
        execution: review.gate.execution.clone(),
        mode: RetryMode::FailedActions,
    };
    gates.pass(Duration::from_secs(1));
    goes_through(&gates, retry).await;
    let stop = Command::StopExecution {
        pipeline,
        execution: review.gate.execution,
        abandon: true,
        reason: "enough".into(),
    };
    goes_through(&gates, stop.clone()).await;
    assert!(matches!(gates.checked(&stop).await, Checked::Changed(_)));
}

#[tokio::test]
async fn builds_and_deployments_are_stopped_and_retried() {
    let gates = Gates::start().await;
    let scope = gates.scope();
    // The gate is passed: a deployment runs; a new release: a build runs.
    gates.someone_approves();
    let release = Command::ReleaseChange {
        pipeline: gates.pipeline(),
        revisions: Vec::new(),
        variables: Vec::new(),
    };
    goes_through(&gates, release).await;
    gates.pass(Duration::from_secs(6));

    let build = gates.place(|place, now| {
        let mut ids = place.builds.ids().map(str::to_owned).collect::<Vec<_>>();
        ids.retain(|id| {
            place
                .builds
                .get(id)
                .is_some_and(|build| !build.complete(now))
        });
        ids.pop().expect("a build runs")
    });
    let stop = Command::StopBuild {
        scope: scope.clone(),
        build: build.as_str().into(),
    };
    goes_through(&gates, stop.clone()).await;
    let Checked::Changed(said) = gates.checked(&stop).await else {
        panic!("ended");
    };
    assert!(said.contains("STOPPED"), "{said}");
    gates.pass(Duration::from_secs(5));
    let retry = Command::RetryBuild {
        scope: scope.clone(),
        build: build.as_str().into(),
    };
    let message = goes_through(&gates, retry).await;
    assert!(message.starts_with("started again as pier:"), "{message}");

    let deployment = gates.place(|place, _| {
        let newest = place.deployments.iter().max_by_key(|one| one.created);
        newest.map(|one| one.id.clone()).expect("a deployment runs")
    });
    let stop = Command::StopDeployment {
        scope,
        deployment: deployment.as_str().into(),
        roll_back: false,
    };
    assert!(matches!(gates.checked(&stop).await, Checked::Go(_)));
    assert!(matches!(gates.writer.send(&stop).await, Sent::Accepted(_)));
    gates.pass(Duration::from_mins(5));
    let found = gates.look_up(&stop).await.unwrap();
    assert!(found.is_some_and(|found| found.applied));
}

#[tokio::test]
async fn a_log_is_read_to_the_token_that_repeats() {
    let gates = Gates::start().await;
    let stream = gates.place(|place, _| {
        let id = place.builds.ids().next().map(str::to_owned).unwrap();
        id.split_once(':').unwrap().1.to_owned()
    });
    let key = LogKey {
        scope: gates.scope(),
        group: "/aws/codebuild/pier".into(),
        stream: stream.as_str().into(),
    };
    let mut token: Option<String> = None;
    let mut lines = Vec::new();
    for _ in 0..50 {
        let page = gates.logs.page(&key, token.as_deref()).await.unwrap();
        let events = page.events.iter();
        lines.extend(events.map(|event| (event.time, event.message.to_owned())));
        let same = token.as_ref() == Some(&page.next);
        token = Some(page.next);
        if same {
            break;
        }
    }
    assert!(
        lines
            .iter()
            .any(|(_, line)| line.contains("test tide::slack ... ok"))
    );
    assert!(lines.is_sorted_by_key(|(time, _)| *time));
    let again = gates.logs.page(&key, token.as_deref()).await.unwrap();
    assert!(again.events.is_empty() && Some(again.next) == token);
    let missing = LogKey {
        stream: "nowhere".into(),
        ..key
    };
    let fault = gates.logs.page(&missing, None).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::NotFound);
}

#[tokio::test]
async fn a_clock_that_signatures_cannot_stand_is_told_with_both_times() {
    let gates = Gates::start().await;
    let skewed = Fault::ClockSkew { minutes: 12 };
    gates
        .sim
        .faults()
        .inject("GetCallerIdentity", skewed, Some(1));
    let fault = gates.aws.identity(&gates.scope()).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::SignIn);
    assert!(
        fault.message.contains("this computer's clock says 2030-"),
        "{}",
        fault.message
    );
    assert!(fault.message.contains("AWS says"), "{}", fault.message);
}

#[tokio::test]
async fn a_stranger_key_is_a_sign_in_fault_and_no_account_is_one_too() {
    let gates = Gates::start().await;
    gates.aws.put(Login {
        account: "prod".into(),
        source: LoginSource::Simulated {
            access_key_id: "AKIASTRANGER00000000".to_owned(),
            secret_access_key: "canary".into(),
        },
        endpoint: Some(gates.sim.url()),
    });
    let fault = gates.aws.identity(&gates.scope()).await.unwrap_err();
    assert_eq!(fault.class, FaultClass::SignIn);
    assert_eq!(fault.code.as_deref(), Some("InvalidClientTokenId"));
    assert!(!format!("{fault:?}").contains("canary"));
    gates.aws.remove(&"prod".into());
    let fault = gates.aws.identity(&gates.scope()).await.unwrap_err();
    assert_eq!(
        (fault.class, fault.service),
        (FaultClass::SignIn, "account")
    );
}
