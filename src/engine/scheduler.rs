//! The engine's own task: plans what to read, starts readings, follows the focus, hands commands on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::engine::clock::Clock;
use crate::engine::commands::{self, Commands};
use crate::engine::limiter::Limiter;
use crate::engine::live::Live;
use crate::engine::schedule::{Schedule, Slot};
use crate::engine::source::{Item, Pace, PlanView, Reader, Source};
use crate::engine::store::Published;
use crate::engine::tails::Tails;
use crate::engine::update::{Message, UpdateSender};
use crate::model::account::Account;
use crate::model::command::{Command, CommandRecord};
use crate::model::fault::FaultClass;
use crate::model::focus::Focus;
use crate::model::ids::{AccountName, Scope};
use crate::model::live::{LiveAsk, LiveEnd};

/// Plans are made anew at most this often, however fast findings come in.
const PLAN_EVERY: Duration = Duration::from_millis(250);
/// A finding is in the published snapshot after this long.
const PUBLICATION: Duration = Duration::from_millis(50);
/// How often the budget's figures are told.
const BUDGET_EVERY: Duration = Duration::from_secs(5);

/// What the handle asks of the task.
pub(crate) enum Control {
    PutAccount(Box<Account>, AccountChange),
    RemoveAccount(AccountName),
    Command(Box<Command>),
    StartLiveTail(Box<LiveAsk>),
    StopLiveTail,
    Refresh,
    /// Answered when everything planned has been read once.
    Complete(oneshot::Sender<()>),
}

/// Whether what was read of an account still holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountChange {
    /// Only its card: name, colour, switches.
    Card,
    /// Its credentials, endpoint or regions: everything is read anew, late answers are dropped.
    Credentials,
}

pub(crate) struct Scheduler {
    pub(crate) sources: Vec<Arc<dyn Source>>,
    pub(crate) published: Published,
    pub(crate) updates: UpdateSender,
    pub(crate) limiter: Limiter,
    pub(crate) clock: Clock,
    pub(crate) commands: Commands,
    pub(crate) tails: Tails,
    pub(crate) live: Live,
    pub(crate) control: mpsc::Receiver<Control>,
    pub(crate) focus: watch::Receiver<Focus>,
    pub(crate) finished_commands: mpsc::Receiver<CommandRecord>,
}

type Ended = (Slot, u64, Result<(), FaultClass>);

/// The part of the task's state that its turns change.
struct Turn {
    schedule: Schedule,
    accounts: BTreeMap<AccountName, (u64, Account)>,
    generation: u64,
    waiting: Vec<oneshot::Sender<()>>,
    planned_revision: Option<u64>,
    planned: Instant,
    /// When to plan next, if anything happened since.
    plan_at: Option<Instant>,
    ended: mpsc::Sender<Ended>,
}

impl Turn {
    /// Plans once what just happened has had time to be published.
    fn plan_soon(&mut self) {
        let at = (self.planned + PLAN_EVERY).max(Instant::now() + PUBLICATION);
        self.plan_at = Some(self.plan_at.map_or(at, |planned| planned.min(at)));
    }
}

impl Scheduler {
    /// Runs until the handle is gone.
    pub(crate) async fn run(mut self) {
        let (ended_sender, mut ended) = mpsc::channel(256);
        let mut turn = Turn {
            schedule: Schedule::default(),
            accounts: BTreeMap::new(),
            generation: 0,
            waiting: Vec::new(),
            planned_revision: None,
            planned: Instant::now(),
            plan_at: Some(Instant::now()),
            ended: ended_sender,
        };
        let mut budget = tokio::time::interval(BUDGET_EVERY);
        loop {
            if turn.plan_at.is_some_and(|at| at <= Instant::now()) {
                self.plan(&mut turn);
            }
            self.start(&mut turn);
            self.answer_complete(&mut turn).await;
            let wake_at = self.next_wake(&turn);
            tokio::select! {
                control = self.control.recv() => match control {
                    Some(control) => self.control(control, &mut turn).await,
                    None => return,
                },
                Some((slot, generation, outcome)) = ended.recv() => {
                    let current = turn.accounts.get(&slot.0.account).map(|(generation, _)| *generation);
                    if current == Some(generation) {
                        turn.schedule.ended(&slot, outcome, Instant::now());
                    }
                    turn.plan_soon();
                }
                Some(record) = self.finished_commands.recv() => {
                    touch(&mut turn.schedule, &record);
                    self.commands.finish(record);
                }
                changed = self.focus.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let focus = self.focus.borrow_and_update().clone();
                    turn.schedule.hidden = focus.hidden;
                    turn.plan_soon();
                    self.follow_focus().await;
                }
                _ = budget.tick() => {
                    let budget = self.limiter.budget().await;
                    self.updates.message(Message::Budget(budget)).await;
                }
                () = tokio::time::sleep_until(wake_at) => {}
            }
        }
    }

    /// Tails what is on screen.
    async fn follow_focus(&mut self) {
        let focus = self.focus.borrow().clone();
        let logs = if focus.hidden { &[][..] } else { &focus.logs };
        self.tails.look_at(logs).await;
        self.live.look_at(focus.live.as_ref(), focus.hidden).await;
    }

    fn plan(&self, turn: &mut Turn) {
        let snapshot = self.published.load();
        let focus = self.focus.borrow().clone();
        let now = self.clock.now();
        for (_, account) in turn.accounts.values() {
            for scope in account.scopes() {
                for (index, source) in self.sources.iter().enumerate() {
                    let planned = source.plan(&PlanView {
                        scope: &scope,
                        snapshot: &snapshot,
                        focus: &focus,
                        now,
                    });
                    turn.schedule.plan(&scope, index, planned);
                }
            }
        }
        turn.planned_revision = Some(snapshot.revision);
        turn.planned = Instant::now();
        turn.plan_at = None;
    }

    fn start(&self, turn: &mut Turn) {
        let gate = self.signed_out();
        let starting = turn.schedule.start(
            Instant::now(),
            |source| self.service(source),
            |slot| self.allowed(slot, &gate),
        );
        for slot in starting {
            let Some((generation, _)) = turn.accounts.get(&slot.0.account) else {
                continue;
            };
            let Some(source) = self.sources.get(slot.1).map(Arc::clone) else {
                continue;
            };
            let reader = Reader {
                scope: slot.0.clone(),
                generation: *generation,
                updates: self.updates.clone(),
                limiter: self.limiter.clone(),
                clock: self.clock.clone(),
                snapshot: self.published.load(),
            };
            let ended = turn.ended.clone();
            tokio::spawn(async move {
                let outcome = source.read(&slot.2, &reader).await;
                // The engine has ended.
                ended.send((slot, reader.generation, outcome)).await.ok();
            });
        }
    }

    /// Accounts whose credentials have ended: they are only asked who they are, once a minute.
    fn signed_out(&self) -> Vec<AccountName> {
        let snapshot = self.published.load();
        let out = |account: &&Arc<Account>| {
            account
                .identity
                .fault()
                .is_some_and(|fault| fault.class == FaultClass::SignIn)
        };
        snapshot
            .accounts
            .rows()
            .iter()
            .filter(out)
            .map(|account| account.name.clone())
            .collect()
    }

    fn allowed(&self, slot: &Slot, signed_out: &[AccountName]) -> bool {
        !signed_out.contains(&slot.0.account) || self.service(slot.1) == "sts"
    }

    fn service(&self, source: usize) -> &'static str {
        self.sources
            .get(source)
            .map_or("", |source| source.service())
    }

    fn is_complete(&self, turn: &Turn) -> bool {
        let gate = self.signed_out();
        turn.schedule.is_complete(|slot| self.allowed(slot, &gate))
    }

    fn next_wake(&self, turn: &Turn) -> Instant {
        let gate = self.signed_out();
        let due = turn.schedule.next_due(
            |source| self.service(source),
            |slot| self.allowed(slot, &gate),
        );
        let idle = Instant::now() + Duration::from_mins(1);
        // Whatever is due now was started just now; a floor keeps a mistake here from becoming a busy loop.
        let due = due
            .unwrap_or(idle)
            .max(Instant::now() + Duration::from_millis(50));
        due.min(turn.plan_at.unwrap_or(idle)).min(idle)
    }

    async fn control(&mut self, control: Control, turn: &mut Turn) {
        match control {
            Control::PutAccount(account, change) => {
                let name = account.name.clone();
                let known = turn.accounts.get(&name).map(|(generation, _)| *generation);
                let generation = if let (Some(generation), AccountChange::Card) = (known, change) {
                    generation
                } else {
                    turn.generation += 1;
                    turn.schedule.remove(|scope| scope.account != name);
                    self.tails.forget(|key| key.scope.account != name).await;
                    self.live.forget(&name);
                    turn.generation
                };
                turn.accounts
                    .insert(name, (generation, Account::clone(&account)));
                self.follow_focus().await;
                self.updates
                    .message(Message::PutAccount {
                        account,
                        generation,
                    })
                    .await;
            }
            Control::RemoveAccount(name) => {
                turn.accounts.remove(&name);
                turn.schedule.remove(|scope| scope.account != name);
                self.tails.forget(|key| key.scope.account != name).await;
                self.live.forget(&name);
                self.updates.message(Message::RemoveAccount { name }).await;
            }
            Control::Command(command) => {
                let account = turn
                    .accounts
                    .get(&command.scope().account)
                    .map(|(_, account)| account);
                let read_only = account.is_none_or(|account| account.read_only);
                let refusal = read_only.then(|| {
                    commands::read_only(command.scope(), command.permission(), self.clock.now())
                });
                self.commands.start(*command, refusal).await;
            }
            Control::StartLiveTail(ask) => {
                self.live.start(*ask).await;
                // Its place may have been told before it was asked for.
                self.follow_focus().await;
            }
            Control::StopLiveTail => self.live.stop(LiveEnd::Stopped),
            Control::Refresh => {
                turn.schedule.touch(|_, pace| pace <= Pace::Listing);
            }
            Control::Complete(done) => turn.waiting.push(done),
        }
        turn.plan_soon();
    }

    /// Answers those who wait for a complete reading: everything planned from the newest snapshot has been read.
    async fn answer_complete(&self, turn: &mut Turn) {
        if turn.waiting.is_empty() || turn.plan_at.is_some() || !self.is_complete(turn) {
            return;
        }
        let (sender, flushed) = oneshot::channel();
        self.updates.message(Message::Flush(sender)).await;
        // The store ends only with the engine.
        flushed.await.ok();
        if turn.planned_revision == Some(self.published.load().revision) {
            for done in turn.waiting.drain(..) {
                // Whoever asked may have given up waiting.
                done.send(()).ok();
            }
        } else {
            turn.plan_soon();
        }
    }
}

/// Makes what a command touched due at once.
fn touch(schedule: &mut Schedule, record: &CommandRecord) {
    let scope: &Scope = record.command.scope();
    let one = |id: &str| Some(Item::One(Arc::from(id)));
    let named = match &*record.command {
        Command::StopBuild { build, .. } | Command::RetryBuild { build, .. } => one(build.as_str()),
        Command::StopBatch { batch, .. } | Command::RetryBatch { batch, .. } => {
            Some(Item::Detail(Arc::from(batch.as_str())))
        }
        Command::StopDeployment { deployment, .. } => one(deployment.as_str()),
        of_pipeline => of_pipeline
            .pipeline()
            .and_then(|pipeline| one(pipeline.name.as_str())),
    };
    schedule.touch(|(of, _, item), pace| {
        of == scope && (named.as_ref() == Some(item) || pace == Pace::Near)
    });
}
