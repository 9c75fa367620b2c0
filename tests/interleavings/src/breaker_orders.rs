//! Requests that take a backend out, and try whether it has recovered.

use std::time::{Duration, Instant};

use loom::thread;

use super::breaker::Breaker;
use crate::load::Cause;
use crate::orders;
use crate::sync::{Arc, AtomicU8, AtomicU32, Mutex};
use crate::table::{BreakerLimit, Condition};

fn breaker() -> Arc<Breaker> {
    let breaker = Breaker::default();
    breaker.limit(BreakerLimit(Some(1)));
    Arc::new(breaker)
}

/// What picks see must be what is remembered.
fn agrees(breaker: &Breaker, now: Instant) {
    let is_out = breaker.health().outage.is_some();
    assert_eq!(breaker.condition(now) != Condition::Well, is_out, "the word and the memory differ");
}

pub(crate) fn all() {
    orders("breaker: of two that ask, one is the trial", 2, || {
        let (breaker, began) = (breaker(), Instant::now());
        breaker.failed(breaker.ask(began), Cause::Unreachable, began);
        let due = began + Duration::from_secs(2);
        assert_eq!(breaker.condition(due), Condition::Trial);
        let other = Arc::clone(&breaker);
        // Only a trial's failure puts the next one off.
        let fails = move |breaker: &Breaker| breaker.failed(breaker.ask(due), Cause::Unreachable, due);
        let theirs = thread::spawn(move || fails(&other));
        fails(&breaker);
        theirs.join().expect("the other");
        assert_eq!(breaker.condition(due), Condition::Out);
        agrees(&breaker, due);
    });
    orders("breaker: a success and a failure meet", 2, || {
        let (breaker, now) = (breaker(), Instant::now());
        let (good, bad) = (breaker.ask(now), breaker.ask(now));
        let other = Arc::clone(&breaker);
        let fails = thread::spawn(move || other.failed(bad, Cause::Status(503), now));
        breaker.succeeded(good, now);
        fails.join().expect("the failure");
        agrees(&breaker, now);
    });
    orders("breaker: a trial gives up while an older failure arrives", 2, || {
        let (breaker, began) = (breaker(), Instant::now());
        let old = breaker.ask(began);
        breaker.failed(breaker.ask(began), Cause::Unreachable, began);
        let due = began + Duration::from_secs(2);
        let trial = breaker.ask(due);
        let other = Arc::clone(&breaker);
        let fails = thread::spawn(move || other.failed(old, Cause::Unreachable, due));
        breaker.left(trial);
        fails.join().expect("the older");
        assert_eq!(breaker.condition(due), Condition::Trial, "nobody else may try");
        agrees(&breaker, due);
    });
    orders("breaker: it is switched off while one fails", 2, || {
        let (breaker, now) = (breaker(), Instant::now());
        let asked = breaker.ask(now);
        let other = Arc::clone(&breaker);
        let fails = thread::spawn(move || other.failed(asked, Cause::Cut, now));
        breaker.limit(BreakerLimit(None));
        fails.join().expect("the failure");
        agrees(&breaker, now);
        assert_eq!(breaker.condition(now), Condition::Well, "a breaker that is off keeps nobody out");
    });
}
