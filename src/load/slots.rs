//! A backend's places for exchanges, of which there may be only so many.

use std::collections::HashSet;
use std::task::Waker;
use std::time::{Duration, Instant};

use super::line::{Line, Number};
use super::pace::Pace;
use super::waiting::Waiting;
use crate::sync::{Arc, AtomicU64, Mutex, MutexGuard, OnceLock, Ordering, PoisonError, fence};
use crate::table::MaxInFlight;

/// The places for exchanges; clones are the same places.
///
/// Without a limit a slot is one count of an atomic. Once a limit was set, slots are handed out
/// under a lock, which is held for a few steps and never while somebody waits.
#[derive(Debug, Clone, Default)]
pub struct Slots(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    taken: AtomicU64,
    gate: OnceLock<Mutex<Gate>>,
}

/// One place that is taken; dropping it gives it to who waits for it, or back.
#[derive(Debug)]
pub struct Slot(Slots);

/// How full it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crowd {
    /// How many slots are taken.
    pub taken: u64,
    /// How many wait for one.
    pub waiting: usize,
    /// How many there are, and how many may wait; `None` is no limit.
    pub limit: Option<MaxInFlight>,
}

/// What is only needed where there is, or was, a limit.
#[derive(Debug, Default)]
struct Gate {
    limit: Option<MaxInFlight>,
    line: Line<Option<Waker>>,
    /// Those who waited and have a slot that they don't know of yet.
    granted: HashSet<Number>,
    joined: u64,
    pace: Pace,
}

// === impl Slots ===

impl Slots {
    /// Sets how many there are. Where there are more of them now, those who wait get them at once;
    /// where there are fewer, nobody's is taken away.
    pub fn set_limit(&self, limit: Option<MaxInFlight>) {
        if limit.is_none() && self.0.gate.get().is_none() {
            return;
        }
        self.0.gate.get_or_init(Mutex::default);
        // Whoever leaves without having seen the gate is seen by who looks for room from here on.
        fence(Ordering::SeqCst);
        let Some(mut gate) = self.gate() else { return };
        gate.limit = limit;
        let awake = gate.grant(&self.0.taken);
        drop(gate);
        awake.into_iter().for_each(Waker::wake);
    }

    /// Takes a slot if there is one and nobody waits for it.
    #[must_use]
    pub fn enter(&self, now: Instant) -> Option<Slot> {
        let Some(mut gate) = self.gate() else { return Some(self.enter_anyway()) };
        gate.pace.look(now);
        gate.has_room(&self.0.taken).then(|| self.enter_anyway())
    }

    /// Takes a slot, be there one or not.
    #[must_use]
    pub fn enter_anyway(&self) -> Slot {
        self.0.taken.fetch_add(1, Ordering::Relaxed);
        Slot(self.clone())
    }

    /// Waits for a slot, unless as many wait as may. Callers have turns, one after the other.
    #[must_use]
    pub fn wait(&self, caller: &str) -> Option<Waiting> {
        let mut gate = self.gate()?;
        let depth = gate.limit.map_or(0, |limit| limit.queue as usize);
        if gate.line.len() >= depth && !gate.has_room(&self.0.taken) {
            return None;
        }
        let number = Number(gate.joined);
        gate.joined += 1;
        let place = gate.line.join(caller, number, None);
        // A slot may have been given back since nobody waited.
        let awake = gate.grant(&self.0.taken);
        drop(gate);
        awake.into_iter().for_each(Waker::wake);
        Some(Waiting::new(self.clone(), caller, number, place))
    }

    /// Returns how many slots are taken.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.0.taken.load(Ordering::Relaxed)
    }

    /// Tells whether a request that comes now would have to wait.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.gate().is_some_and(|gate| !gate.has_room(&self.0.taken))
    }

    /// Tells how full it is.
    #[must_use]
    pub fn crowd(&self) -> Crowd {
        let gate = self.gate();
        let (waiting, limit) = gate.map_or((0, None), |gate| (gate.line.len(), gate.limit));
        Crowd { taken: self.taken(), waiting, limit }
    }

    /// Guesses when there will be a slot for one more, from how fast they were given back of late.
    #[must_use]
    pub fn until_room(&self, now: Instant) -> Duration {
        self.gate().map_or(Duration::ZERO, |gate| gate.pace.until(gate.line.len() as u64 + 1, now))
    }

    /// Returns the slot of one who waited, or remembers whom to wake.
    pub(super) fn claim(&self, caller: &str, number: Number, waker: &Waker) -> Option<Slot> {
        let mut gate = self.gate()?;
        if gate.granted.remove(&number) {
            return Some(Slot(self.clone()));
        }
        let waiter = gate.line.find(caller, number)?;
        match waiter {
            Some(known) => known.clone_from(waker),
            None => *waiter = Some(waker.clone()),
        }
        None
    }

    /// Takes one out of the line who waits no longer.
    pub(super) fn give_up(&self, caller: &str, number: Number) {
        let Some(mut gate) = self.gate() else { return };
        if gate.line.give_up(caller, number).is_none() && gate.granted.remove(&number) {
            drop(gate);
            self.leave();
        }
    }

    /// Gives a slot on, or back.
    fn leave(&self) {
        if let Some(mut gate) = self.gate() {
            let awake = gate.leave(&self.0.taken);
            drop(gate);
            awake.into_iter().for_each(Waker::wake);
            return;
        }
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
        // A first limit may have been set in between, and somebody waits by now.
        fence(Ordering::SeqCst);
        let awake = self.gate().map(|mut gate| gate.grant(&self.0.taken)).unwrap_or_default();
        awake.into_iter().for_each(Waker::wake);
    }

    fn gate(&self) -> Option<MutexGuard<'_, Gate>> {
        self.0.gate.get().map(|gate| gate.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

// === impl Slot ===

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.leave();
    }
}

// === impl Gate ===

impl Gate {
    fn has_slot(&self, taken: &AtomicU64) -> bool {
        self.limit.is_none_or(|limit| taken.load(Ordering::Relaxed) < u64::from(limit.limit))
    }

    fn has_room(&self, taken: &AtomicU64) -> bool {
        self.line.len() == 0 && self.has_slot(taken)
    }

    /// Gives free slots to those who wait, and returns whom to wake.
    fn grant(&mut self, taken: &AtomicU64) -> Vec<Waker> {
        let mut awake = Vec::new();
        while self.has_slot(taken) {
            let Some((number, waker)) = self.line.next() else { break };
            taken.fetch_add(1, Ordering::Relaxed);
            self.granted.insert(number);
            awake.extend(waker);
        }
        awake
    }

    /// Hands a slot over without a moment in which it would be free, or gives it back.
    fn leave(&mut self, taken: &AtomicU64) -> Option<Waker> {
        self.pace.end();
        let now = taken.load(Ordering::Relaxed);
        let is_over = self.limit.is_some_and(|limit| now > u64::from(limit.limit));
        let Some((number, waker)) = (!is_over).then(|| self.line.next()).flatten() else {
            taken.fetch_sub(1, Ordering::Relaxed);
            return None;
        };
        self.granted.insert(number);
        waker
    }
}
