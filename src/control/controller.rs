//! What carries commands out.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, timeout};

use super::leaving::Leavers;
use super::look::{Look, Standing};
use super::plan::{Plan, left_alone};
use super::reached::Reached;
use super::{Answer, Command, ControlError, Order};
use crate::config::{Built, Vars, Verdict};
use crate::history::Records;
use crate::live::Live;
use crate::source::{ReplaceError, Writer};
use crate::table::{Change, RoutingTable, diff};

/// How long a command waits for the one before it, at least.
const TURN: Duration = Duration::from_secs(10);

/// Carries commands out, one at a time.
#[derive(Debug)]
pub struct Controller {
    pub(super) live: Arc<Live>,
    pub(super) owner: Writer,
    pub(super) vars: Arc<Vars>,
    pub(super) guard: bool,
    pub(super) records: Records,
    pub(super) poke: Arc<Notify>,
    turn: Mutex<()>,
}

/// What commands work with.
#[derive(Debug)]
pub struct Parts {
    /// The table that serves.
    pub live: Arc<Live>,
    /// What owns the table.
    pub owner: Writer,
    /// The process environment.
    pub vars: Arc<Vars>,
    /// Whether a change that removes most models is refused, as the reload has it.
    pub guard: bool,
    /// The generations so far.
    pub records: Records,
    /// Has the reload read the owner now.
    pub poke: Arc<Notify>,
}

/// What a plan comes to.
struct Outcome {
    table: RoutingTable,
    changes: Vec<Change>,
}

// === impl Controller ===

impl Controller {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { live, owner, vars, guard, records, poke } = parts;
        Self { live, owner, vars, guard, records, poke, turn: Mutex::default() }
    }

    /// Carries a command out.
    pub async fn run(&self, command: &Command, order: &Order) -> Result<Answer, ControlError> {
        let began = Instant::now();
        let turn = timeout(TURN.max(order.wait), self.turn.lock()).await.map_err(|_| ControlError::Busy)?;
        let look = self.look().await?;
        if let Some(generation) = order.if_generation {
            look.expect(generation, self).await?;
        }
        let Some(plan) = self.plan(command, &look).await? else {
            return match look.standing {
                Standing::Refused(report) => Err(ControlError::Refused { report }),
                Standing::Live | Standing::Pending(_) => Ok(look.answer(began)),
            };
        };
        let Outcome { table, changes } = self.outcome(command, &plan, &look).await?;
        let written = plan.texts.iter().map(|(document, _)| look.held.documents[*document].name.as_str());
        let mut answer = Answer {
            changed: true,
            dry_run: order.dry_run,
            pending: false,
            digest: table.digest().to_owned(),
            changes: changes.iter().map(ToString::to_string).collect(),
            owner: written.collect::<Vec<_>>().join(", "),
            notes: plan.notes.clone(),
            ..look.answer(began)
        };
        let leavers = Leavers::of(&look.snapshot, &table);
        if !order.dry_run {
            self.write(&look, &plan, order, &answer.digest).await?;
            self.wait(&mut answer, began + order.wait).await?;
        }
        answer.took_ms = millis(began);
        drop(turn);
        if order.drain_old && !order.dry_run && !answer.pending {
            leavers.finished(began + order.wait).await;
        }
        Ok(Answer { leaving: leavers.now(), ..answer })
    }

    /// Has the owner read now, as after SIGHUP.
    pub async fn reload(&self) -> Result<Answer, ControlError> {
        let began = Instant::now();
        let before = self.live.load();
        self.settled().await;
        let look = self.look().await?;
        if let Standing::Refused(report) = look.standing {
            return Err(ControlError::Refused { report });
        }
        let (before, after) = (&before.table, &look.snapshot.table);
        Ok(Answer {
            changed: before.digest() != after.digest(),
            changes: diff(before, after).iter().map(ToString::to_string).collect(),
            ..look.answer(began)
        })
    }

    /// Judges what a plan would make.
    async fn outcome(&self, command: &Command, plan: &Plan, look: &Look) -> Result<Outcome, ControlError> {
        let documents = self.owner.imagine(&look.held, &plan.texts).await?;
        let (Built { table, .. }, changes) = match self.judged(documents, &look.snapshot).await {
            Verdict::Refused(report) => return Err(ControlError::Refused { report }),
            Verdict::Unchanged(built) => (built, Vec::new()),
            Verdict::Good(built, changes) => (built, changes),
        };
        if let Command::State { force: false, .. } = command {
            let alone = left_alone(&look.snapshot.table, &table);
            if !alone.is_empty() {
                let models = alone.iter().map(|model| format!("`{model}`")).collect::<Vec<_>>().join(", ");
                let report = format!(
                    "error: nothing would answer for {models} any more\n  \
                     = help: point it elsewhere first (patchbay switch), or use --force\n"
                );
                return Err(ControlError::Refused { report });
            }
        }
        Ok(Outcome { table, changes })
    }

    /// Writes the owner, with a claim on the table to come.
    async fn write(&self, look: &Look, plan: &Plan, order: &Order, digest: &str) -> Result<(), ControlError> {
        let is_new = look.snapshot.table.digest() != digest;
        if is_new {
            self.live.claims().leave(digest, order.author.clone());
        }
        let mut written = Ok(());
        for (document, text) in &plan.texts {
            written = written.and(self.owner.replace(&look.held, *document, text).await);
            if written.is_err() {
                break;
            }
        }
        if written.is_err() && is_new {
            self.live.claims().take(digest);
        }
        match written {
            Ok(()) => Ok(()),
            Err(error @ ReplaceError::Conflict { .. }) => Err(self.lost(error).await),
            Err(error @ ReplaceError::NotWritable { .. }) => Err(ControlError::NotWritable(error)),
            Err(error) => Err(ControlError::Unwritten(error)),
        }
    }

    /// Finds out to whom a write was lost.
    async fn lost(&self, error: ReplaceError) -> ControlError {
        let Ok(look) = self.look().await else { return ControlError::Unwritten(error) };
        look.conflict(error.to_string(), look.snapshot.generation.saturating_sub(1), self).await
    }

    async fn wait(&self, answer: &mut Answer, until: Instant) -> Result<(), ControlError> {
        match self.reached(&answer.digest, until).await {
            Reached::Live(generation) => answer.generation = generation,
            Reached::Pending => answer.pending = true,
            Reached::Refused(report) => {
                return Err(ControlError::NotLive {
                    message: format!("{} was written, and then refused\n{report}", answer.owner),
                });
            }
            Reached::Replaced => {
                return Err(ControlError::NotLive {
                    message: format!(
                        "{} was written, and changed again by somebody else before it was live",
                        answer.owner
                    ),
                });
            }
        }
        Ok(())
    }
}

// === impl Look ===

impl Look {
    /// The answer to a command that has nothing to do.
    fn answer(&self, began: Instant) -> Answer {
        Answer {
            schema: 1,
            changed: false,
            dry_run: false,
            pending: !matches!(self.standing, Standing::Live),
            generation: self.snapshot.generation,
            digest: self.snapshot.table.digest().to_owned(),
            changes: Vec::new(),
            owner: self.owner(),
            took_ms: millis(began),
            leaving: Vec::new(),
            notes: Vec::new(),
        }
    }
}

fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
