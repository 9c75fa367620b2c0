//! What carries commands out.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, timeout};

use super::leaving::Leavers;
use super::look::{Look, Standing};
use super::newcomers;
use super::overrides::{Overrides, laid};
use super::plan::{Plan, left_alone};
use super::reached::Reached;
use super::resting::Resting;
use super::{Answer, Command, ControlError, Order, OverrideReport};
use crate::config::{Built, Document, Guards, Vars, Verdict};
use crate::history::{Records, Refused};
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
    pub(super) guards: Guards,
    pub(super) records: Records,
    pub(super) poke: Arc<Notify>,
    pub(super) overrides: Arc<Overrides>,
    pub(super) turn: Arc<Mutex<()>>,
    resting: Resting,
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
    /// What no change may do, as the reload has it.
    pub guards: Guards,
    /// The generations so far.
    pub records: Records,
    /// Has the reload read the owner now.
    pub poke: Arc<Notify>,
    /// What the reload lays over the owner's documents.
    pub overrides: Arc<Overrides>,
}

/// What a plan comes to.
pub(super) struct Outcome {
    pub(super) table: RoutingTable,
    pub(super) changes: Vec<Change>,
}

// === impl Controller ===

impl Controller {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { live, owner, vars, guards, records, poke, overrides } = parts;
        Self {
            live,
            owner,
            vars,
            guards,
            records,
            poke,
            overrides,
            turn: Arc::default(),
            resting: Resting::default(),
        }
    }

    /// Carries a command out. One that does nothing because it may not is told in the audit.
    pub async fn run(&self, command: &Command, order: &Order) -> Result<Answer, ControlError> {
        let outcome = self.attempt(command, order).await;
        if let Err(error) = &outcome
            && !order.dry_run
        {
            self.note(error, order);
        }
        outcome
    }

    /// What was written and refused then is told by the reload.
    fn note(&self, error: &ControlError, order: &Order) {
        if matches!(error, ControlError::NotLive { .. }) {
            return;
        }
        self.records.refuse(Refused {
            at: SystemTime::now(),
            generation: self.live.load().generation,
            author: Some(order.author.clone()),
            reason: Refused::reason(&error.to_string()),
            documents: Vec::new(),
        });
    }

    /// Carries a command out, and keeps it to itself if that can't be done.
    pub(super) async fn attempt(&self, command: &Command, order: &Order) -> Result<Answer, ControlError> {
        let began = Instant::now();
        let turn = timeout(TURN.max(order.wait), self.turn.lock()).await.map_err(|_| ControlError::Busy)?;
        let look = self.look().await?;
        if let Some(generation) = order.if_generation {
            look.expect(generation, self).await?;
        }
        let answer = match self.plan(command, &look).await? {
            Some(plan) => self.carry_out(command, plan, &look, order, began).await?,
            None => self.nothing_to_write(command, &look, order, began).await?,
        };
        drop(turn);
        let leavers = Leavers::of(&look.snapshot, &self.live.load().table);
        if !order.dry_run && !answer.pending {
            self.resting.begin(&leavers, &self.live, &self.turn);
            if order.drain_old {
                leavers.finished(Instant::now() + order.wait).await;
            }
        }
        Ok(Answer { leaving: leavers.now(), ..answer })
    }

    /// The owner says already what is asked for.
    async fn nothing_to_write(
        &self,
        command: &Command,
        look: &Look,
        order: &Order,
        began: Instant,
    ) -> Result<Answer, ControlError> {
        if let Some(change) = command.change()
            && let Some(answer) = self.lift(&change, look, order, began).await?
        {
            return Ok(answer);
        }
        match &look.standing {
            Standing::Refused(report) => Err(ControlError::Refused { report: report.clone() }),
            Standing::Live | Standing::Pending(_) => Ok(look.answer(began)),
        }
    }

    /// Writes what was planned; or overrides what can't be written, or shall not last.
    async fn carry_out(
        &self,
        command: &Command,
        plan: Plan,
        look: &Look,
        order: &Order,
        began: Instant,
    ) -> Result<Answer, ControlError> {
        let documents = self.laid_over(self.owner.imagine(&look.held, &plan.texts).await?);
        let Outcome { table, changes } = self.judged_outcome(documents, look).await?;
        let before = &look.snapshot.table;
        refuse_to_strand(command, before, &table)?;
        let mut notes = plan.notes.clone();
        notes.extend(self.beside_the_owner(&plan, look));
        if order.probe && !order.dry_run {
            notes.extend(newcomers::ready(command, before, &table, order.wait).await?);
        }
        // A model may have had to be loaded; that is no part of the wait.
        let ready = Instant::now();
        if let (Some(change), Some(_)) = (command.change(), order.lasting) {
            return self.override_with(change, "it has a time limit".to_owned(), look, order, ready).await;
        }
        let written = plan.texts.iter().map(|(document, _)| look.held.documents[*document].name.as_str());
        let owner = written.collect::<Vec<_>>().join(", ");
        let mut answer = Answer { owner, notes, ..look.planned(order, &table, &changes, began) };
        if order.dry_run {
            return Ok(answer);
        }
        match (self.write(look, &plan, order, table.digest()).await, command.change()) {
            (Err(ControlError::NotWritable(error)), Some(change)) => {
                self.override_with(change, error.to_string(), look, order, ready).await
            }
            (Err(error), _) => Err(error),
            (Ok(()), _) => {
                self.wait(&mut answer, ready + order.wait).await?;
                answer.took_ms = millis(ready);
                Ok(answer)
            }
        }
    }

    /// Says so where a value of the center's document comes from this machine, and is changed there.
    fn beside_the_owner(&self, plan: &Plan, look: &Look) -> Vec<String> {
        let beside = plan.texts.iter().filter(|(document, _)| self.owner.is_beside(&look.held, *document));
        let told = |(document, _): &(usize, String)| {
            let name = &look.held.documents[*document].name;
            format!("the value comes from {name} of this machine: other replicas don't change with it")
        };
        beside.map(told).collect()
    }

    /// Tells of the changes that the owner doesn't hold.
    #[must_use]
    pub fn overrides(&self) -> Vec<OverrideReport> {
        self.overrides.report()
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

    /// Judges what documents would make.
    pub(super) async fn judged_outcome(
        &self,
        documents: Vec<Document>,
        look: &Look,
    ) -> Result<Outcome, ControlError> {
        let (Built { table, .. }, changes) = match self.judged(documents, &look.snapshot).await {
            Verdict::Refused(report) => return Err(ControlError::Refused { report }),
            Verdict::Unchanged(built) => (built, Vec::new()),
            Verdict::Good(built, changes) => (built, changes),
        };
        Ok(Outcome { table, changes })
    }

    /// Lays the overrides over documents, as the reload will.
    pub(super) fn laid_over(&self, documents: Vec<Document>) -> Vec<Document> {
        laid(self.overrides.list(), documents, &self.vars, SystemTime::now()).0
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

    pub(super) async fn wait(&self, answer: &mut Answer, until: Instant) -> Result<(), ControlError> {
        match self.reached(&answer.digest, until).await {
            Reached::Live(generation) => answer.generation = generation,
            Reached::Pending => answer.pending = true,
            Reached::Refused(report) => {
                self.live.claims().take(&answer.digest);
                return Err(ControlError::NotLive {
                    message: format!("{} was written, and then refused\n{report}", answer.owner),
                });
            }
            Reached::Replaced => {
                self.live.claims().take(&answer.digest);
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

/// Refuses to take the last backend of a model out of service, unless by force.
fn refuse_to_strand(
    command: &Command,
    before: &RoutingTable,
    after: &RoutingTable,
) -> Result<(), ControlError> {
    let Command::State { force: false, .. } = command else { return Ok(()) };
    let alone = left_alone(before, after);
    if alone.is_empty() {
        return Ok(());
    }
    let models = alone.iter().map(|model| format!("`{model}`")).collect::<Vec<_>>().join(", ");
    let report = format!(
        "error: nothing would answer for {models} any more\n  \
         = help: point it elsewhere first (patchbay switch), or use --force\n"
    );
    Err(ControlError::Refused { report })
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

    /// The answer to a command before anything is done.
    pub(super) fn planned(
        &self,
        order: &Order,
        table: &RoutingTable,
        changes: &[Change],
        began: Instant,
    ) -> Answer {
        Answer {
            changed: true,
            dry_run: order.dry_run,
            pending: false,
            digest: table.digest().to_owned(),
            changes: changes.iter().map(ToString::to_string).collect(),
            ..self.answer(began)
        }
    }
}

fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
