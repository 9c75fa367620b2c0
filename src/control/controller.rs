//! What carries commands out.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio::time::{Instant, timeout};

use super::look::{Look, Standing};
use super::reached::Reached;
use super::{Answer, Command, ControlError, Order};
use crate::config::{Vars, Verdict};
use crate::live::Live;
use crate::source::{ReplaceError, Writer};

/// How long a command waits for the one before it, at least.
const TURN: Duration = Duration::from_secs(10);

/// Carries commands out, one at a time.
#[derive(Debug)]
pub struct Controller {
    pub(super) live: Arc<Live>,
    pub(super) owner: Writer,
    pub(super) vars: Arc<Vars>,
    pub(super) guard: bool,
    /// Has the reload read the owner now.
    pub(super) poke: Arc<Notify>,
    turn: Mutex<()>,
}

/// What a command comes to.
struct Plan {
    /// Which documents get which text.
    document: usize,
    text: String,
}

// === impl Controller ===

impl Controller {
    /// Puts the parts together. `guard` is the setting that the reload goes by, and `poke` has it
    /// read the owner.
    #[must_use]
    pub fn new(live: Arc<Live>, owner: Writer, vars: Vars, guard: bool, poke: Arc<Notify>) -> Self {
        Self { live, owner, vars: Arc::new(vars), guard, poke, turn: Mutex::default() }
    }

    /// Carries a command out.
    pub async fn run(&self, command: &Command, order: &Order) -> Result<Answer, ControlError> {
        let began = Instant::now();
        let _turn = timeout(TURN.max(order.wait), self.turn.lock()).await.map_err(|_| ControlError::Busy)?;
        let look = self.look().await?;
        if let Some(generation) = order.if_generation {
            look.expect(generation, self)?;
        }
        let Some(plan) = plan(command, &look) else {
            return match look.standing {
                Standing::Refused(report) => Err(ControlError::Refused { report }),
                Standing::Live | Standing::Pending(_) => Ok(look.answer(began)),
            };
        };
        let documents = self.owner.imagine(&look.held, plan.document, &plan.text).await?;
        let (digest, changes) = match self.judged(documents, &look.snapshot).await {
            Verdict::Refused(report) => return Err(ControlError::Refused { report }),
            Verdict::Unchanged(built) => (built.table.digest().to_owned(), Vec::new()),
            Verdict::Good(built, changes) => (built.table.digest().to_owned(), changes),
        };
        let mut answer = Answer {
            changed: true,
            dry_run: order.dry_run,
            pending: false,
            digest,
            changes: changes.iter().map(ToString::to_string).collect(),
            owner: look.held.documents[plan.document].name.clone(),
            ..look.answer(began)
        };
        if !order.dry_run {
            self.write(&look, &plan, order, &answer.digest).await?;
            self.wait(&mut answer, began + order.wait).await?;
        }
        answer.took_ms = millis(began);
        Ok(answer)
    }

    /// Writes the owner, with a claim on the table to come.
    async fn write(&self, look: &Look, plan: &Plan, order: &Order, digest: &str) -> Result<(), ControlError> {
        let is_new = look.snapshot.table.digest() != digest;
        if is_new {
            self.live.claims().leave(digest, order.author.clone());
        }
        let written = self.owner.replace(&look.held, plan.document, &plan.text).await;
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
        look.conflict(error.to_string(), look.snapshot.generation.saturating_sub(1), self)
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

/// Finds out what a command would write; nothing if the owner holds that already.
fn plan(command: &Command, look: &Look) -> Option<Plan> {
    match command {
        Command::Apply { text } => {
            let present = look.held.documents.first()?;
            let is_so = present.content == text.as_bytes();
            (!is_so).then(|| Plan { document: 0, text: text.clone() })
        }
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
            notes: Vec::new(),
        }
    }
}

fn millis(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
