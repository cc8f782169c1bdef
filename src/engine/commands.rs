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
use crate::model::time::Timestamp;

/// How often a lost answer is looked up, and for how long until it is left to the next readings.
const LOOK_UP_EVERY: Duration = Duration::from_secs(2);
const LOOK_UPS: u32 = 30;
/// How often in a row "not applied" must be told before it is believed: some ten seconds.
const NOES: u32 = 5;

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
                let sent_at = self.clock.now();
                self.say(Progress::Sent { at: sent_at }).await;
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
                        self.look_up(&command, sent_at).await
                    }
                }
            }
        };
        self.say(progress).await;
        self.record
    }

    /// A yes is believed at once; a no only when it has been told for a while, because a request may be applied, or
    /// listed, some seconds after its connection broke.
    async fn look_up(&mut self, command: &Command, sent_at: Timestamp) -> Progress {
        let since = self.clock.now();
        self.say(Progress::Checking { since }).await;
        let mut last_fault = None;
        let mut noes = 0;
        for _ in 0..LOOK_UPS {
            match self.writer.look_up(command, sent_at).await {
                Ok(Some(found)) => {
                    noes += 1;
                    if found.applied || noes >= NOES {
                        return Progress::Found {
                            at: self.clock.now(),
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
            at: self.clock.now(),
            message: format!(
                "It was sent, and AWS has not told whether it was applied{told}. Look at what is shown before sending it again."
            ),
        }
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
