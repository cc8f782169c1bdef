//! Sending what a person asked for: a fresh read, one request, and the truth about what became of it.
//!
//! Each command runs as one task. Its record is published at every step; a command whose target is already under way,
//! or a gate already answered by this program, is refused without a request.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::engine::clock::Clock;
use crate::engine::source::{Checked, Sent, Writer};
use crate::engine::update::{Message, UpdateSender};
use crate::model::command::{Command, CommandId, CommandRecord, Progress};
use crate::model::fault::{Fault, FaultClass};
use crate::model::ids::Scope;

/// How often a lost answer is looked up, and for how long until it is left to the next readings.
const LOOK_UP_EVERY: Duration = Duration::from_secs(2);
const LOOK_UPS: u32 = 30;

/// The commands of this run. Owned by the engine's own task.
pub(crate) struct Commands {
    writer: Arc<dyn Writer>,
    updates: UpdateSender,
    clock: Clock,
    records: Vec<CommandRecord>,
    next: u64,
    finished: mpsc::Sender<CommandRecord>,
}

impl Commands {
    pub(crate) fn new(
        writer: Arc<dyn Writer>,
        updates: UpdateSender,
        clock: Clock,
        finished: mpsc::Sender<CommandRecord>,
    ) -> Self {
        Self {
            writer,
            updates,
            clock,
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
            asked_at: self.clock.now(),
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
                    at: self.clock.now(),
                    fault: Arc::new(fault),
                },
                ..record
            };
            self.updates
                .message(Message::Command(Box::new(refused)))
                .await;
            return;
        }
        self.records.push(record.clone());
        let run = Run {
            writer: Arc::clone(&self.writer),
            updates: self.updates.clone(),
            clock: self.clock.clone(),
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
    writer: Arc<dyn Writer>,
    updates: UpdateSender,
    clock: Clock,
    record: CommandRecord,
}

impl Run {
    async fn run(mut self) -> CommandRecord {
        self.say(Progress::Reading).await;
        let command = Arc::clone(&self.record.command);
        let progress = match self.writer.check(&command).await {
            Err(fault) => self.refused(fault),
            Ok(Checked::Changed(message)) => Progress::Changed {
                at: self.clock.now(),
                message,
            },
            Ok(Checked::Go) => {
                self.say(Progress::Sent {
                    at: self.clock.now(),
                })
                .await;
                match self.writer.send(&command).await {
                    Sent::Accepted(message) => Progress::Accepted {
                        at: self.clock.now(),
                        message,
                    },
                    Sent::Changed(message) => Progress::Changed {
                        at: self.clock.now(),
                        message,
                    },
                    Sent::Refused(fault) => self.refused(fault),
                    Sent::Unknown(fault) => {
                        tracing::warn!(
                            operation = fault.operation,
                            "the answer was lost; looking it up"
                        );
                        self.look_up(&command).await
                    }
                }
            }
        };
        self.say(progress).await;
        self.record
    }

    async fn look_up(&mut self, command: &Command) -> Progress {
        let since = self.clock.now();
        self.say(Progress::Checking { since }).await;
        let mut last_fault = None;
        for _ in 0..LOOK_UPS {
            match self.writer.look_up(command).await {
                Ok(Some(found)) => {
                    return Progress::Found {
                        at: self.clock.now(),
                        message: found.message,
                        applied: found.applied,
                    };
                }
                Ok(None) => {}
                Err(fault) => last_fault = Some(fault),
            }
            tokio::time::sleep(LOOK_UP_EVERY).await;
        }
        let fault = last_fault.unwrap_or_else(|| Fault {
            class: FaultClass::TimedOut,
            scope: Some(command.scope().clone()),
            service: "codepipeline",
            operation: "look up",
            code: None,
            request_id: None,
            message:
                "AWS does not tell whether it was applied; what the next readings show is the truth"
                    .into(),
            since,
        });
        self.refused(fault)
    }

    fn refused(&self, fault: Fault) -> Progress {
        Progress::Refused {
            at: self.clock.now(),
            fault: Arc::new(fault),
        }
    }

    async fn say(&mut self, progress: Progress) {
        self.record.progress = progress;
        self.updates
            .message(Message::Command(Box::new(self.record.clone())))
            .await;
    }
}

/// The refusal of a read-only account: nothing is read and nothing is sent.
pub(crate) fn read_only(
    scope: &Scope,
    permission: &'static str,
    now: crate::model::time::Timestamp,
) -> Fault {
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
