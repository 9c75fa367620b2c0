//! Requests that enter, wait for, give up and give back the slots of a backend.

use std::time::Instant;

use loom::future::block_on;
use loom::sync::atomic::AtomicU64;
use loom::thread;

use super::slots::{Slot, Slots};
use crate::orders;
use crate::sync::{Arc, Ordering};
use crate::table::MaxInFlight;

/// How many are with the backend, counted by those who are.
type Inside = Arc<AtomicU64>;

fn limit(limit: u32, queue: u32) -> Option<MaxInFlight> {
    Some(MaxInFlight { queue, ..MaxInFlight::of(limit) })
}

/// Enters, or waits in the line; `None` if that is full.
fn come(slots: &Slots, caller: &str) -> Option<Slot> {
    slots.enter(Instant::now()).or_else(|| slots.wait(caller).map(block_on))
}

/// Is with the backend for a moment.
fn work(slot: Slot, inside: &Inside, most: u64) {
    assert!(inside.fetch_add(1, Ordering::SeqCst) < most, "more than the limit are with the backend");
    inside.fetch_sub(1, Ordering::SeqCst);
    drop(slot);
}

fn is_empty(slots: &Slots) {
    let crowd = slots.crowd();
    assert_eq!((crowd.taken, crowd.waiting), (0, 0), "a slot or a place in the line is lost");
}

pub(crate) fn all() {
    orders("slots: two come, one has room, one waits", 2, || {
        let (slots, inside) = (Slots::default(), Inside::default());
        slots.set_limit(limit(1, 1));
        let (others, other_inside) = (slots.clone(), Arc::clone(&inside));
        let other = thread::spawn(move || {
            let slot = come(&others, "a").expect("one of two may wait");
            work(slot, &other_inside, 1);
        });
        work(come(&slots, "b").expect("one of two may wait"), &inside, 1);
        other.join().expect("the other");
        is_empty(&slots);
    });
    orders("slots: one waits and gives up while its slot comes", 3, || {
        let slots = Slots::default();
        slots.set_limit(limit(1, 2));
        let held = slots.enter(Instant::now()).expect("an empty backend");
        let leaving = slots.wait("a").expect("room in the line");
        let staying = slots.wait("b").expect("room in the line");
        let ends = thread::spawn(move || drop(held));
        let gives_up = thread::spawn(move || drop(leaving));
        drop(block_on(staying));
        ends.join().expect("the first");
        gives_up.join().expect("who gave up");
        is_empty(&slots);
    });
    orders("slots: a first limit is set while one leaves", 2, || {
        let slots = Slots::default();
        let held = slots.enter(Instant::now()).expect("there is no limit yet");
        let ends = thread::spawn(move || drop(held));
        slots.set_limit(limit(1, 1));
        drop(come(&slots, "a").expect("room, or a place in the line"));
        ends.join().expect("the first");
        is_empty(&slots);
    });
    orders("slots: the limit is taken away while one waits", 3, || {
        let slots = Slots::default();
        slots.set_limit(limit(1, 1));
        let held = slots.enter(Instant::now()).expect("an empty backend");
        let waiting = slots.wait("a").expect("room in the line");
        let others = slots.clone();
        let changes = thread::spawn(move || others.set_limit(None));
        let ends = thread::spawn(move || drop(held));
        drop(block_on(waiting));
        changes.join().expect("the change");
        ends.join().expect("the first");
        is_empty(&slots);
    });
}
