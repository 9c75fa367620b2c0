//! Making and ending overrides.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::controller::{Controller, Outcome};
use super::look::Look;
use super::overrides::{Override, Subject, laid};
use super::{Answer, ControlError, Order};
use crate::config::Document;
use crate::edit::Change;
use crate::live::Author;

/// How long to wait before a look at the clock, which may have been set meanwhile.
const NAP: Duration = Duration::from_secs(60);
/// How long to wait until the owner can be read again.
const AGAIN: Duration = Duration::from_secs(1);

impl Controller {
    /// Makes an override, in the place of an earlier one of the same model or backend.
    pub(super) async fn override_with(
        &self,
        change: Change,
        reason: String,
        look: &Look,
        order: &Order,
        began: Instant,
    ) -> Result<Answer, ControlError> {
        let base = self.owner_says(look).await?;
        let subject = Subject::of(&change, &base);
        let until = order.lasting.map(|lasting| SystemTime::now() + lasting);
        let mut list = self.overrides.list();
        let had = list.iter().any(|it| it.subject == subject && it.change == change);
        list.retain(|it| it.subject != subject);
        let author = order.author.clone();
        list.push(Override { change, subject, author, until, reason: reason.clone(), base });
        let lasts = match order.lasting {
            Some(lasting) => format!("for {lasting:?}"),
            None => format!("until {} changes it", look.owner()),
        };
        let note = format!("{reason}; this is an override in the router, {lasts}");
        let answer = self.relay(list, note, look, order, began).await?;
        Ok(Answer { changed: answer.changed && !(had && answer.changes.is_empty()), ..answer })
    }

    /// Ends the override of what a change is about, if there is one: the owner says so already.
    pub(super) async fn lift(
        &self,
        change: &Change,
        look: &Look,
        order: &Order,
        began: Instant,
    ) -> Result<Option<Answer>, ControlError> {
        let subject = Subject::of(change, &look.snapshot.table);
        let mut list = self.overrides.list();
        let before = list.len();
        list.retain(|it| it.subject != subject);
        if list.len() == before {
            return Ok(None);
        }
        let note = format!("the override of {subject} is ended; {} says the same", look.owner());
        self.relay(list, note, look, order, began).await.map(Some)
    }

    /// Has other overrides than before lie over what the owner holds.
    async fn relay(
        &self,
        list: Vec<Override>,
        note: String,
        look: &Look,
        order: &Order,
        began: Instant,
    ) -> Result<Answer, ControlError> {
        let documents = self.laid(list.clone(), look.held.documents.clone());
        let Outcome { table, changes } = self.judged_outcome(documents, look).await?;
        let owner = "the router".to_owned();
        let mut answer = Answer { notes: vec![note], owner, ..look.planned(order, &table, &changes, began) };
        if !order.dry_run {
            if table.digest() != look.snapshot.table.digest() {
                self.live.claims().leave(table.digest(), order.author.clone());
            }
            self.overrides.put(list);
            self.wait(&mut answer, began + order.wait).await?;
        }
        Ok(answer)
    }

    fn laid(&self, list: Vec<Override>, documents: Vec<Document>) -> Vec<Document> {
        laid(list, documents, &self.vars, SystemTime::now()).0
    }

    /// What the owner itself says, overrides left out.
    async fn owner_says(&self, look: &Look) -> Result<Arc<crate::table::RoutingTable>, ControlError> {
        let (documents, vars) = (look.held.documents.clone(), Arc::clone(&self.vars));
        let building = tokio::task::spawn_blocking(move || crate::config::build(&documents, &vars));
        match building.await {
            Ok(Ok(built)) => Ok(Arc::new(built.table)),
            Ok(Err(problems)) => Err(ControlError::Refused { report: problems.render(false) }),
            Err(_) => Err(ControlError::Busy),
        }
    }

    /// Ends overrides when their time is over, until told to stop.
    pub async fn keep_time(&self, stop: CancellationToken) {
        let timing = async {
            loop {
                let now = SystemTime::now();
                let left = self.overrides.next_end().map(|end| end.duration_since(now).unwrap_or_default());
                let nap = left.map_or(NAP, |left| left.min(NAP));
                tokio::select! {
                    () = self.overrides.changed.notified() => {}
                    () = sleep(nap) => {
                        if left.is_some_and(|left| left <= nap) && self.end_some().await.is_none() {
                            sleep(AGAIN).await;
                        }
                    }
                }
            }
        };
        let _stopped = stop.run_until_cancelled(timing).await;
    }

    /// Ends those whose time is over, and has it known whose they were.
    async fn end_some(&self) -> Option<()> {
        let _turn = self.turn.lock().await;
        let now = SystemTime::now();
        let is_over = |it: &Override| it.until.is_some_and(|until| until <= now);
        let (over, left): (Vec<Override>, Vec<Override>) =
            self.overrides.list().into_iter().partition(is_over);
        let held = self.owner.read().await.ok()?;
        let documents = self.laid(left.clone(), held.documents);
        let vars = Arc::clone(&self.vars);
        let built = tokio::task::spawn_blocking(move || crate::config::build(&documents, &vars)).await;
        if let Some((built, first)) = built.ok()?.ok().zip(over.first()) {
            let why = format!("the time of {} is over", first.subject);
            let author = Author { who: first.author.who.clone(), how: "override".to_owned(), why: Some(why) };
            self.live.claims().leave(built.table.digest(), author);
        }
        self.overrides.put(left);
        self.poke.notify_one();
        Some(())
    }
}
