//! A request that waits for a slot.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::line::Number;
use super::slots::{Slot, Slots};

/// Waits for a slot without an end of its own: who polls it sees to that. Dropping it gives the
/// place up, and the slot with it if there was one by then.
#[derive(Debug)]
#[must_use = "who doesn't poll it doesn't wait"]
pub struct Waiting {
    slots: Slots,
    caller: Box<str>,
    number: Number,
    place: usize,
    is_over: bool,
}

// === impl Waiting ===

impl Waiting {
    pub(super) fn new(slots: Slots, caller: &str, number: Number, place: usize) -> Self {
        Self { slots, caller: caller.into(), number, place, is_over: false }
    }

    /// Returns its place at arrival: 1 was the next to go if nobody else came.
    #[must_use]
    pub fn place(&self) -> usize {
        self.place
    }
}

impl Future for Waiting {
    type Output = Slot;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Slot> {
        let this = self.get_mut();
        match this.slots.claim(&this.caller, this.number, cx.waker()) {
            Some(slot) => {
                this.is_over = true;
                Poll::Ready(slot)
            }
            None => Poll::Pending,
        }
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if !self.is_over {
            self.slots.give_up(&self.caller, self.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::{Wake, Waker};
    use std::time::Instant;

    use proptest::prelude::*;
    use proptest::sample::Index;

    use super::*;
    use crate::table::MaxInFlight;

    /// What happens at the slots of a backend.
    #[derive(Debug, Clone)]
    enum Event {
        Asks(u8),
        Looks(Index),
        Ends(Index),
        GivesUp(Index),
        Limit(Option<u32>),
    }

    fn events() -> impl Strategy<Value = Vec<Event>> {
        let event = prop_oneof![
            6 => (0_u8..4).prop_map(Event::Asks),
            3 => any::<Index>().prop_map(Event::Looks),
            3 => any::<Index>().prop_map(Event::Ends),
            1 => any::<Index>().prop_map(Event::GivesUp),
            1 => proptest::option::weighted(0.9, 1_u32..6).prop_map(Event::Limit),
        ];
        proptest::collection::vec(event, 0..150)
    }

    const QUEUE: u32 = 7;

    fn limit(limit: u32) -> MaxInFlight {
        MaxInFlight { queue: QUEUE, ..MaxInFlight::of(limit) }
    }

    fn poll(waiting: &mut Waiting, waker: &Waker) -> Poll<Slot> {
        Pin::new(waiting).poll(&mut Context::from_waker(waker))
    }

    #[derive(Debug, Default)]
    struct Woken(AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    proptest! {
        #[test]
        fn slots_are_never_too_many_and_none_is_lost(events in events()) {
            let slots = Slots::default();
            let (mut held, mut waiting): (Vec<Slot>, Vec<Waiting>) = (Vec::new(), Vec::new());
            // Who entered under an earlier, higher limit stays.
            let mut now = None;
            for event in events {
                let before = slots.taken();
                match event {
                    Event::Asks(caller) => match slots.enter(Instant::now()) {
                        Some(slot) => held.push(slot),
                        None => waiting.extend(slots.wait(&caller.to_string())),
                    },
                    Event::Looks(index) if !waiting.is_empty() => {
                        let at = index.index(waiting.len());
                        if let Poll::Ready(slot) = poll(&mut waiting[at], Waker::noop()) {
                            held.push(slot);
                            drop(waiting.remove(at));
                        }
                    }
                    Event::Ends(index) if !held.is_empty() => drop(held.remove(index.index(held.len()))),
                    Event::GivesUp(index) if !waiting.is_empty() => drop(waiting.remove(index.index(waiting.len()))),
                    Event::Limit(next) => {
                        now = next;
                        slots.set_limit(next.map(limit));
                    }
                    Event::Looks(_) | Event::Ends(_) | Event::GivesUp(_) => {}
                }
                let most = now.map_or(u64::MAX, |limit| u64::from(limit).max(before));
                prop_assert!(slots.taken() <= most, "{} of {most} taken", slots.taken());
                let crowd = slots.crowd();
                prop_assert!(crowd.waiting <= QUEUE as usize);
                // Nobody waits while there is room.
                prop_assert!(crowd.waiting == 0 || now.is_some_and(|limit| crowd.taken >= u64::from(limit)));
                let knowing = waiting.len() - crowd.waiting;
                prop_assert_eq!(crowd.taken, (held.len() + knowing) as u64);
            }
            drop((held, waiting));
            prop_assert_eq!((slots.taken(), slots.crowd().waiting), (0, 0));
            slots.set_limit(Some(limit(3)));
            let all: Vec<Slot> = (0..3).filter_map(|_| slots.enter(Instant::now())).collect();
            prop_assert_eq!((all.len(), slots.is_full()), (3, true));
        }
    }

    #[test]
    fn who_waits_is_woken_in_turn_and_exactly_once() {
        let slots = Slots::default();
        slots.set_limit(Some(limit(1)));
        let first = slots.enter(Instant::now()).expect("an empty backend");
        let woken: Vec<Arc<Woken>> = (0..3).map(|_| Arc::default()).collect();
        let wakers: Vec<Waker> = woken.iter().map(|woken| Waker::from(Arc::clone(woken))).collect();
        let mut waiting: Vec<Waiting> =
            ["flood", "flood", "other"].iter().filter_map(|caller| slots.wait(caller)).collect();
        assert_eq!(waiting.iter().map(Waiting::place).collect::<Vec<_>>(), [1, 2, 2]);
        for (waiting, waker) in waiting.iter_mut().zip(&wakers) {
            assert!(poll(waiting, waker).is_pending());
        }
        let count = || woken.iter().map(|woken| woken.0.load(Ordering::Relaxed)).collect::<Vec<_>>();
        drop(first);
        assert_eq!(count(), [1, 0, 0]);
        let Poll::Ready(second) = poll(&mut waiting[0], &wakers[0]) else {
            panic!("it was woken for nothing")
        };
        drop(second);
        assert_eq!(count(), [1, 0, 1], "the flood went twice before the other went once");
        // It has the slot and doesn't know of it: leaving must give it on.
        waiting.truncate(2);
        assert_eq!(count(), [1, 1, 1]);
        assert_eq!(slots.taken(), 1);
    }
}
