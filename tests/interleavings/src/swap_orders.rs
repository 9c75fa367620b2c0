//! Requests that begin and end while tables are swapped.

use loom::sync::atomic::AtomicBool;
use loom::thread;

use super::current::{Current, Generation};
use crate::load::Gauge;
use crate::orders;
use crate::sync::{Arc, Ordering};

#[derive(Debug)]
struct Table {
    number: u64,
    in_flight: Gauge,
    /// Whether its backends were stopped, as an operator does once nobody is on it.
    stopped: AtomicBool,
}

impl Generation for Table {
    fn number(&self) -> u64 {
        self.number
    }

    fn in_flight(&self) -> &Gauge {
        &self.in_flight
    }
}

fn table(number: u64) -> Table {
    Table { number, in_flight: Gauge::default(), stopped: AtomicBool::new(false) }
}

/// A request: begins, works, ends.
fn request(current: &Current<Table>) -> u64 {
    let (table, counted) = current.enter();
    assert!(table.in_flight.now() > 0, "a request that nobody has counted");
    assert!(!table.stopped.load(Ordering::SeqCst), "a request on backends that were stopped");
    drop(counted);
    table.number
}

/// Swaps, and stops the backends of what was before if it is said that nobody is on it.
fn switch(current: &Current<Table>, number: u64) {
    let before = current.swap(table(number));
    if current.finishing().iter().all(|(finishing, _)| *finishing != before.number) {
        before.stopped.store(true, Ordering::SeqCst);
    }
    assert!(current.load().number >= number, "an older table came back");
}

fn began() -> Arc<Current<Table>> {
    Arc::new(Current::new(table(1)))
}

pub(crate) fn all() {
    orders("swap: two requests, one switch", 3, || {
        let current = began();
        let requests = [(); 2].map(|()| {
            let current = Arc::clone(&current);
            thread::spawn(move || request(&current))
        });
        switch(&current, 2);
        assert_eq!(request(&current), 2, "a request that began after the switch got the old table");
        for ended in requests {
            assert!((1..=2).contains(&ended.join().expect("a request")));
        }
        assert_eq!(current.load().in_flight.now(), 0, "counted in and not out");
        assert!(current.finishing().is_empty());
    });
    orders("swap: one request, two switches", 2, || {
        let current = began();
        let other = Arc::clone(&current);
        let running = thread::spawn(move || request(&other));
        switch(&current, 2);
        switch(&current, 3);
        assert!((1..=3).contains(&running.join().expect("a request")));
        assert_eq!(request(&current), 3);
        assert!(current.finishing().is_empty());
    });
    orders("drain: who is still on the old table is seen", 2, || {
        let current = began();
        let (old, counted) = current.enter();
        let other = Arc::clone(&current);
        let ending = thread::spawn(move || drop(counted));
        let before = other.swap(table(2));
        let finishing = other.finishing();
        assert!(finishing.is_empty() || finishing == [(1, 1)], "{finishing:?}");
        ending.join().expect("the request");
        assert!(other.finishing().is_empty() && before.in_flight.now() == 0 && Arc::ptr_eq(&before, &old));
    });
}
