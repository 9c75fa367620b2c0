//! The task that looks after all backends.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::tell;
use super::ward::Ward;
use crate::live::{Live, Snapshot, UnwellNews};
use crate::load::Health;
use crate::probe::Rung;
use crate::upstream::Upstream;

/// How often the breakers are looked through: what they found is told no later than this.
const TICK: Duration = Duration::from_millis(200);

/// The most checks at a time.
const MOST_AT_A_TIME: usize = 64;

/// Looks after the backends of the table that serves, until the router stops.
pub async fn keep(live: Arc<Live>, stop: CancellationToken) {
    let mut keeper = Keeper { live, generation: None, wards: HashMap::new(), looks: JoinSet::new() };
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        keeper.look(Instant::now());
        keeper.tell(Instant::now());
    }
}

struct Keeper {
    live: Arc<Live>,
    generation: Option<u64>,
    /// By the address of their state, which they keep from being freed.
    wards: HashMap<usize, Ward>,
    looks: JoinSet<(Arc<Upstream>, Rung)>,
}

// === impl Keeper ===

impl Keeper {
    /// Begins the looks that are due.
    fn look(&mut self, now: Instant) {
        while let Some(ended) = self.looks.try_join_next() {
            let Ok((upstream, rung)) = ended else { continue };
            if let Some(ward) = self.wards.get_mut(&Arc::as_ptr(&upstream).addr()) {
                ward.stand_on(rung);
            }
        }
        let snapshot = self.live.load();
        if self.generation != Some(snapshot.generation) {
            self.generation = Some(snapshot.generation);
            self.follow(&snapshot, now);
        }
        for ward in self.wards.values_mut() {
            if self.looks.len() >= MOST_AT_A_TIME {
                return;
            }
            ward.look(now, |task| self.looks.spawn(task.run()));
        }
    }

    /// Takes the backends of a new table in hand and lets go of those that are gone.
    fn follow(&mut self, snapshot: &Snapshot, now: Instant) {
        let mut before = std::mem::take(&mut self.wards);
        for (backend, upstream) in snapshot.table.backends().iter().zip(snapshot.upstreams()) {
            let place = Arc::as_ptr(upstream).addr();
            let ward = before.remove(&place).or_else(|| self.wards.remove(&place));
            let ward = match ward {
                Some(mut ward) => {
                    ward.update(backend, now);
                    ward
                }
                None => Ward::new(backend.clone(), Arc::clone(upstream), now),
            };
            self.wards.insert(place, ward);
        }
    }

    /// Tells whose health has changed.
    fn tell(&self, now: Instant) {
        let snapshot = self.live.load();
        let told = Arc::clone(&self.live.news().borrow().unwell);
        let unwell: Vec<UnwellNews> = snapshot
            .table
            .backends()
            .iter()
            .zip(snapshot.upstreams())
            .filter_map(|(backend, upstream)| {
                let health = upstream.tally.breaker().health();
                unwell(backend.name.as_str(), backend.key.is_some(), &health, now)
            })
            .collect();
        let same = told.iter().map(tell::essence).eq(unwell.iter().map(tell::essence));
        if same {
            return;
        }
        tell::log(&told, &unwell, &snapshot.table);
        self.live.announce(|news| news.unwell = unwell.into());
    }
}

fn unwell(backend: &str, has_key: bool, health: &Health, now: Instant) -> Option<UnwellNews> {
    let (at, is_out, for_people, reason) = match (&health.outage, health.key_refused) {
        (Some(outage), _) => (outage.since, true, outage.cause.is_for_people(), outage.cause.to_string()),
        // A key that isn't the backend's own is the client's.
        (None, Some((at, status))) if has_key => (at, false, true, tell::key_refused(status)),
        (None, _) => return None,
    };
    let since = SystemTime::now() - now.saturating_duration_since(at);
    Some(UnwellNews { backend: backend.to_owned(), is_out, for_people, since, reason })
}
