//! The task that shows the own card in the center.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::Replica;
use crate::source::center::{CenterError, Roster};

/// How long the center keeps a card that is not renewed.
pub(super) const TTL: Duration = Duration::from_secs(10);

/// How often an unchanged card is renewed.
pub(super) const RENEW: Duration = Duration::from_millis(3_300);

/// How soon an announcement that failed is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// How long one announcement may take.
const LIMIT: Duration = Duration::from_secs(3);

/// How long a stop waits for the card to be taken away.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

impl Replica {
    /// Shows the card at once after each change of what it tells, and renews it, until the router
    /// stops; then takes it away.
    pub async fn announce(&self, stop: CancellationToken) {
        let Some(roster) = self.roster() else { return stop.cancelled().await };
        let _stopped = stop.run_until_cancelled(self.keep_announcing(roster)).await;
        // If this fails, the card goes away by itself.
        let _silent = timeout(FAREWELL, roster.withdraw(&self.me.id)).await;
    }

    async fn keep_announcing(&self, roster: &dyn Roster) {
        let (mut news, mut votes) = (self.live.news(), self.votes.subscribe());
        loop {
            let judged = news.borrow_and_update().judged;
            votes.mark_unchanged();
            let card = self.card();
            let written = card.written_within(roster.most_bytes());
            let announcing = timeout(LIMIT, roster.announce(&self.me.id, &written, TTL)).await;
            let shown = announcing.unwrap_or(Err(CenterError::Silent(LIMIT)));
            let pause = if shown.is_ok() { RENEW } else { AGAIN };
            self.note(shown.err());
            let next = Instant::now() + pause;
            loop {
                tokio::select! {
                    _ = news.changed() => {
                        // What is read is told once it has been judged, and not if it changes nothing.
                        let is_judged = news.borrow_and_update().judged != judged;
                        if is_judged && self.card() != card {
                            break;
                        }
                    }
                    _ = votes.changed() => {
                        if self.card() != card {
                            break;
                        }
                    }
                    () = sleep_until(next) => break,
                }
            }
        }
    }

    /// Keeps why the card is not shown, and logs it once.
    fn note(&self, error: Option<CenterError>) {
        let mut unshown = self.unshown.lock().unwrap_or_else(PoisonError::into_inner);
        match (&error, &*unshown) {
            (Some(error), None) => {
                tracing::warn!(%error, "the other replicas can't see this one; serving goes on");
            }
            (None, Some(_)) => tracing::info!("the other replicas see this one again"),
            _ => {}
        }
        *unshown = error;
    }
}
