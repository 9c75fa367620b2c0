//! Requests that spend one budget of further tries.

use std::time::{Duration, Instant};

use loom::thread;

use super::budget::Budget;
use crate::orders;
use crate::sync::Arc;

pub(crate) fn all() {
    orders("budget: two spend the last try", 2, || {
        let now = Instant::now();
        let fresh = Budget::new(now);
        let all = std::iter::from_fn(|| fresh.spend(now).then_some(())).count();
        let budget = Arc::new(Budget::new(now));
        assert!((1..all).all(|_| budget.spend(now)));
        let other = Arc::clone(&budget);
        let theirs = thread::spawn(move || other.spend(now));
        let ours = budget.spend(now);
        assert!(ours ^ theirs.join().expect("the other"), "the last try went to both, or to nobody");
    });
    orders("budget: the floor of a moment is added once", 2, || {
        let now = Instant::now();
        let budget = Arc::new(Budget::new(now));
        while budget.spend(now) {}
        let later = now + Duration::from_millis(100);
        let other = Arc::clone(&budget);
        let theirs = thread::spawn(move || u32::from(other.spend(later)));
        let ours = u32::from(budget.spend(later));
        let both = ours + theirs.join().expect("the other");
        assert!(both <= 1, "100 ms give one try");
        assert!(both + u32::from(budget.spend(later)) == 1, "the try of 100 ms is lost");
    });
    orders("budget: what is earned while others spend is not lost", 2, || {
        let now = Instant::now();
        let budget = Arc::new(Budget::new(now));
        while budget.spend(now) {}
        let other = Arc::clone(&budget);
        let earns = thread::spawn(move || other.earn(100));
        let early = budget.spend(now);
        earns.join().expect("the request");
        assert!(early ^ budget.spend(now));
    });
}
