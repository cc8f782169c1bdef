//! Sending what a person asked for: a fresh read, one request, and the truth about what became of it.
//!
//! Each command runs as one task. Its record is published at every step; a command whose target is already under way,
//! or a gate already answered by this program, is refused without a request.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::engine::claims::{Claimed, Claims};
use crate::engine::clock::Clock;
use crate::engine::source::{Checked, Seen, Sent, Writer};
use crate::engine::store::Published;
use crate::engine::update::{Message, UpdateSender};
use crate::model::board::subject;
use crate::model::command::{Command, CommandId, CommandRecord, Decision, Gate, Progress};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::{RevisionId, Scope};
use crate::model::ledger::{OwnOutcome, OwnRecord, OwnRevision, VERSION, token_hash};
use crate::model::time::Timestamp;

/// How often a lost answer is looked up, and for how long until it is left to the next readings.
const LOOK_UP_EVERY: Duration = Duration::from_secs(2);
const LOOK_UPS: u32 = 30;
/// How often in a row "not applied" must be told before it is believed: some ten seconds.
const NOES: u32 = 5;

/// What a command is carried out with.
#[derive(Clone)]
pub(crate) struct Means {
    pub(crate) writer: Arc<dyn Writer>,
    pub(crate) claims: Arc<dyn Claims>,
    pub(crate) published: Published,
    pub(crate) updates: UpdateSender,
    pub(crate) clock: Clock,
}

/// The commands of this run. Owned by the engine's own task.
pub(crate) struct Commands {
    means: Means,
    records: Vec<CommandRecord>,
    next: u64,
    finished: mpsc::Sender<CommandRecord>,
}

impl Commands {
    pub(crate) fn new(means: Means, finished: mpsc::Sender<CommandRecord>) -> Self {
        Self {
            means,
            records: Vec::new(),
            next: 1,
            finished,
        }
    }

    /// Starts a command, unless the same is under way or its gate has been answered from here.
    pub(crate) async fn start(&mut self, command: Command, refusal: Option<Fault>) {
        let record = CommandRecord {
            id: CommandId(self.next),
            command: Arc::new(command),
            asked_at: self.means.clock.now(),
            progress: Progress::Reading,
        };
        self.next += 1;
        if self
            .records
            .iter()
            .any(|earlier| blocks(earlier, &record.command))
        {
            tracing::info!(
                permission = record.command.permission(),
                "the same command is already under way"
            );
            return;
        }
        if let Some(fault) = refusal {
            let refused = CommandRecord {
                progress: Progress::Refused {
                    at: self.means.clock.now(),
                    fault: Arc::new(fault),
                },
                ..record
            };
            self.means
                .updates
                .message(Message::Command(Box::new(refused)))
                .await;
            return;
        }
        self.records.push(record.clone());
        let run = Run {
            means: self.means.clone(),
            record,
        };
        let finished = self.finished.clone();
        tokio::spawn(async move {
            let record = run.run().await;
            // The engine has ended: nobody is left to poll what the command touched.
            finished.send(record).await.ok();
        });
    }

    /// Remembers how a command ended.
    pub(crate) fn finish(&mut self, record: CommandRecord) {
        if let Some(kept) = self.records.iter_mut().find(|kept| kept.id == record.id) {
            *kept = record;
        }
    }
}

/// An earlier command stands in the way of a new one while it is open; an accepted decision does for good, because a
/// gate's token is good for one answer.
fn blocks(earlier: &CommandRecord, command: &Command) -> bool {
    let decided = matches!(command, Command::Decide { .. })
        && matches!(
            earlier.progress,
            Progress::Accepted { .. } | Progress::Found { applied: true, .. }
        );
    earlier.command.same_target(command) && (earlier.progress.is_open() || decided)
}

struct Run {
    means: Means,
    record: CommandRecord,
}

impl Run {
    async fn run(mut self) -> CommandRecord {
        self.say(Progress::Reading).await;
        let command = Arc::clone(&self.record.command);
        let progress = match self.means.writer.check(&command).await {
            Err(fault) => self.refused(fault),
            Ok(Checked::Changed(message)) => self.changed(message),
            Ok(Checked::Go(seen)) => match &*command {
                Command::Decide {
                    gate,
                    decision,
                    comment,
                } => {
                    let record = self.written(gate, *decision, comment);
                    self.decide(&command, &seen, record).await
                }
                _ => self.send(&command, &seen).await,
            },
        };
        self.say(progress).await;
        self.record
    }

    /// A decision is claimed and written down before it is sent, and what became of it afterwards.
    async fn decide(&mut self, command: &Command, seen: &Seen, mut record: OwnRecord) -> Progress {
        match self.means.claims.claim(&record).await {
            Err(fault) => return self.refused(fault),
            Ok(Claimed::Elsewhere(message)) => return self.changed(message),
            Ok(Claimed::Ours) => {}
        }
        let progress = self.send(command, seen).await;
        record.at = self.means.clock.now();
        (record.outcome, record.note) = outcome(&progress);
        if let Err(fault) = self.means.claims.settle(&record).await {
            // AWS has it, and the line before it stands: the ledger then says that the end was not written down.
            tracing::warn!(
                message = fault.message,
                "what became of a decision could not be written down"
            );
        }
        progress
    }

    async fn send(&mut self, command: &Command, seen: &Seen) -> Progress {
        let sent_at = self.means.clock.now();
        self.say(Progress::Sent { at: sent_at }).await;
        match self.means.writer.send(command).await {
            Sent::Accepted(message) => Progress::Accepted {
                at: self.means.clock.now(),
                message,
            },
            Sent::Changed(message) => self.changed(message),
            Sent::Refused(fault) => self.refused(fault),
            Sent::Unknown(fault) => {
                tracing::warn!(
                    operation = fault.operation,
                    "the answer was lost; looking it up"
                );
                self.look_up(command, seen).await
            }
        }
    }

    /// The line of this program's own record, as it stands before the request.
    fn written(&self, gate: &Gate, decision: Decision, comment: &str) -> OwnRecord {
        let snapshot = self.means.published.load();
        let scope = &gate.pipeline.scope;
        let account = snapshot.accounts.get(&scope.account);
        let identity = account.and_then(|account| account.identity.value());
        let pipeline = snapshot.pipelines.get(&gate.pipeline);
        let known = pipeline.and_then(|pipeline| pipeline.execution(&gate.execution));
        let subject_of = |id: &RevisionId| {
            let mut revisions = known.into_iter().flat_map(|known| &known.revisions);
            let revision = revisions.find(|revision| revision.id == *id);
            revision.map_or_else(String::new, |revision| subject(&revision.summary))
        };
        let hash = token_hash(&gate.token);
        let asked = self.record.asked_at.millis();
        OwnRecord {
            version: VERSION,
            // One window answers a gate at a time, so this is nobody else's.
            id: format!(
                "{}-{asked}-{}",
                hash.get(..12).unwrap_or(&hash),
                self.record.id.0
            ),
            at: self.means.clock.now(),
            identity: identity.map(|identity| identity.arn.clone()),
            account: scope.account.clone(),
            number: identity.map(|identity| identity.account.clone()),
            region: scope.region.clone(),
            pipeline: gate.pipeline.name.clone(),
            stage: gate.action.stage.clone(),
            action: gate.action.action.clone(),
            execution: gate.execution.clone(),
            revisions: gate
                .revisions
                .iter()
                .map(|id| OwnRevision {
                    id: id.clone(),
                    subject: subject_of(id),
                })
                .collect(),
            decision: decision.into(),
            comment: comment.to_owned(),
            token_sha256: hash,
            outcome: OwnOutcome::Sending,
            note: String::new(),
        }
    }

    /// A yes is believed at once; a no only when it has been told for a while, because a request may be applied, or
    /// listed, some seconds after its connection broke.
    async fn look_up(&mut self, command: &Command, seen: &Seen) -> Progress {
        let since = self.means.clock.now();
        self.say(Progress::Checking { since }).await;
        let mut last_fault = None;
        let mut noes = 0;
        for _ in 0..LOOK_UPS {
            match self.means.writer.look_up(command, seen).await {
                Ok(Some(found)) => {
                    noes += 1;
                    if found.applied || noes >= NOES {
                        return Progress::Found {
                            at: self.means.clock.now(),
                            message: found.message,
                            applied: found.applied,
                        };
                    }
                }
                Ok(None) => noes = 0,
                Err(fault) => last_fault = Some(fault),
            }
            tokio::time::sleep(LOOK_UP_EVERY).await;
        }
        let told = last_fault.map_or_else(String::new, |fault| format!(" ({})", fault.headline()));
        Progress::Unknown {
            at: self.means.clock.now(),
            message: format!(
                "It was sent, and AWS has not told whether it was applied{told}. Look at what is shown before sending it again."
            ),
        }
    }

    fn changed(&self, message: String) -> Progress {
        Progress::Changed {
            at: self.means.clock.now(),
            message,
        }
    }

    fn refused(&self, fault: Fault) -> Progress {
        Progress::Refused {
            at: self.means.clock.now(),
            fault: Arc::new(fault),
        }
    }

    async fn say(&mut self, progress: Progress) {
        self.record.progress = progress;
        self.means
            .updates
            .message(Message::Command(Box::new(self.record.clone())))
            .await;
    }
}

/// What is written down of how a sent decision ended.
fn outcome(progress: &Progress) -> (OwnOutcome, String) {
    match progress {
        Progress::Accepted { .. } | Progress::Found { applied: true, .. } => {
            (OwnOutcome::Accepted, String::new())
        }
        Progress::Changed { message, .. } => (OwnOutcome::Changed, message.clone()),
        Progress::Refused { fault, .. } => (OwnOutcome::Refused, fault.headline()),
        Progress::Found {
            applied: false,
            message,
            ..
        } => (OwnOutcome::NotApplied, message.clone()),
        Progress::Unknown { message, .. } => (OwnOutcome::Unknown, message.clone()),
        Progress::Reading | Progress::Sent { .. } | Progress::Checking { .. } => {
            (OwnOutcome::Unknown, String::new())
        }
    }
}

/// The refusal of a read-only account: nothing is read and nothing is sent.
pub(crate) fn read_only(scope: &Scope, permission: &'static str, now: Timestamp) -> Fault {
    Fault {
        class: FaultClass::Refused,
        scope: Some(scope.clone()),
        service: "starboard",
        operation: permission,
        code: None,
        request_id: None,
        message: format!(
            "{} is read-only here. Turn the switch on its card under Accounts to allow writes.",
            scope.account
        ),
        since: now,
    }
}
