//! Work that one replica does for all of them, and that another takes up when it is gone.
//!
//! Who has such work in hand shows it in a list of the center, and each of the others keeps in mind
//! what it saw there. When the entry and the card of its replica are both gone, the first of those
//! that live takes it up.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::announcer::{FAREWELL, RENEW, TTL};
use super::{Card, Replica};
use crate::source::center::{CenterError, Roster};

/// How often the list is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// How long a look, or an announcement, may take.
const LIMIT: Duration = Duration::from_secs(3);

/// How long an empty hand is shown, so that nobody takes work that is done for work that was left.
const DONE: Duration = Duration::from_secs(15);

/// How long what a replica left is kept in mind: whoever takes it up may die as well.
const REMEMBERED: Duration = Duration::from_secs(60);

/// What one replica has in hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hand {
    /// The replica.
    pub id: String,
    /// Where clients reach it.
    pub address: String,
    /// Each piece of work, in words that this room does not understand.
    pub duties: Vec<String>,
}

/// Who does such work. What it is about is not known in this room.
pub trait Worker: Send + Sync {
    /// Returns what this replica has in hand.
    fn in_hand(&self) -> BoxFuture<'_, Vec<String>>;

    /// Hears what the others have in hand. Who is called `me` and finds its own work there gives
    /// way to an earlier name.
    fn hear<'w>(&'w self, me: &'w str, others: &'w [Hand]) -> BoxFuture<'w, ()>;

    /// Takes up what another replica had in hand. It may hear of the same more than once.
    fn take_up<'w>(&'w self, duty: &'w str) -> BoxFuture<'w, ()>;
}

/// What a replica knows of the others' work.
#[derive(Debug, Default)]
struct Memory(HashMap<String, (Hand, Instant)>);

// === impl Replica ===

impl Replica {
    /// Shows what this replica has in hand and takes up what dead ones had, until the router stops.
    pub async fn share_work(&self, worker: &dyn Worker, stop: CancellationToken) {
        let desk = self.center.as_ref().and_then(|text| text.duties.as_deref());
        let Some(desk) = desk.and_then(|center| center.roster()) else { return stop.cancelled().await };
        let _stopped = stop.run_until_cancelled(self.keep_sharing(worker, desk)).await;
        // What is still in hand is for the others now.
        let _silent = timeout(FAREWELL, desk.withdraw(&self.me.id)).await;
    }

    async fn keep_sharing(&self, worker: &dyn Worker, desk: &dyn Roster) {
        let mut memory = Memory::default();
        let mut shown: Option<(Vec<String>, Instant)> = None;
        let mut busy_at: Option<Instant> = None;
        loop {
            let duties = worker.in_hand().await;
            if !duties.is_empty() {
                busy_at = Some(Instant::now());
            }
            if busy_at.is_some_and(|at| at.elapsed() < DONE) {
                let is_shown = |(last, at): &(Vec<String>, Instant)| *last == duties && at.elapsed() < RENEW;
                if !shown.as_ref().is_some_and(is_shown) && self.show(duties.clone(), desk).await {
                    shown = Some((duties, Instant::now()));
                }
            } else if shown.take().is_some() {
                let _silent = timeout(LIMIT, desk.withdraw(&self.me.id)).await;
            }
            if let Ok(Ok(entries)) = timeout(LIMIT, desk.cards()).await {
                let hands: Vec<Hand> = entries
                    .iter()
                    .filter_map(|entry| serde_json::from_str(entry).ok())
                    .filter(|hand: &Hand| hand.id != self.me.id)
                    .collect();
                worker.hear(&self.me.id, &hands).await;
                let gone = memory.without(hands, Instant::now());
                if !gone.is_empty() {
                    self.inherit(worker, &mut memory, gone).await;
                }
            }
            sleep(EVERY).await;
        }
    }

    async fn show(&self, duties: Vec<String>, desk: &dyn Roster) -> bool {
        let hand = Hand { id: self.me.id.clone(), address: self.me.address.clone(), duties };
        let Ok(written) = serde_json::to_string(&hand) else { return false };
        if written.len() > desk.most_bytes() {
            tracing::debug!("what this replica has in hand is too long for the config center");
            return false;
        }
        let shown = timeout(LIMIT, desk.announce(&self.me.id, &written, TTL)).await;
        shown.unwrap_or(Err(CenterError::Silent(LIMIT))).is_ok()
    }

    /// Takes up what the dead have left, if this replica is the first of the living.
    async fn inherit(&self, worker: &dyn Worker, memory: &mut Memory, gone: Vec<Hand>) {
        let Some(roster) = self.roster() else { return };
        let Ok(Ok(cards)) = timeout(LIMIT, roster.cards()).await else { return };
        let living: Vec<Card> = cards.iter().filter_map(|card| Card::read(card)).collect();
        if living.iter().any(|card| card.id < self.me.id) || !living.iter().any(|card| card.id == self.me.id)
        {
            return;
        }
        for hand in gone {
            if living.iter().any(|card| card.id == hand.id) {
                continue;
            }
            for duty in &hand.duties {
                tracing::info!("taking up what the replica at {} had in hand", hand.address);
                worker.take_up(duty).await;
            }
            memory.0.remove(&hand.id);
        }
    }
}

// === impl Memory ===

impl Memory {
    /// Keeps in mind who has what in hand, and returns what is no longer shown.
    fn without(&mut self, shown: Vec<Hand>, now: Instant) -> Vec<Hand> {
        let is_shown = |id: &str| shown.iter().any(|hand| hand.id == id);
        let is_late = |at: Instant| now.saturating_duration_since(at) > REMEMBERED;
        self.0.retain(|id, (_, at)| is_shown(id) || !is_late(*at));
        let gone =
            self.0.values().filter(|(hand, _)| !is_shown(&hand.id)).map(|(hand, _)| hand.clone()).collect();
        for hand in shown {
            if hand.duties.is_empty() {
                self.0.remove(&hand.id);
            } else {
                self.0.insert(hand.id.clone(), (hand, now));
            }
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hand(id: &str, duties: &[&str]) -> Hand {
        let duties = duties.iter().map(|duty| (*duty).to_owned()).collect();
        Hand { id: id.to_owned(), address: "10.0.0.1:9999".to_owned(), duties }
    }

    #[test]
    fn only_work_that_was_left_is_missed() {
        let (mut memory, now) = (Memory::default(), Instant::now());
        assert_eq!(memory.without(vec![hand("a", &["x"]), hand("b", &["y"])], now), []);
        assert_eq!(memory.without(vec![hand("a", &["x2"]), hand("b", &[])], now), []);
        assert_eq!(memory.without(vec![], now), [hand("a", &["x2"])], "b had done its work");
        assert_eq!(memory.without(vec![], now + REMEMBERED), [hand("a", &["x2"])]);
        assert_eq!(memory.without(vec![], now + 2 * REMEMBERED), []);
    }
}
