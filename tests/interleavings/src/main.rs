//! Tries every order of steps in which threads can meet in what they share: the swap of
//! generations, the counts of who is in flight, slots that are waited for, the budget of further
//! tries, the breaker's trials.
//!
//!     cargo run --release --manifest-path tests/interleavings/Cargo.toml
//!
//! The files under test are the router's own, built with loom's atomics and locks for the standard
//! library's (`sync`). A panic shows the order that breaks a law; loom finds deadlocks by itself, so
//! that a lost wake-up is one.
#![allow(dead_code, unused_imports, unreachable_pub, reason = "only a part of each file is used")]

mod live;
mod load;
mod sync;
mod table;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Plays a scene in every order of its threads' steps, and tells how many there were. Where three
/// meet, a thread is interrupted at most three times: more multiply the orders past what ends, and
/// the errors that need more are hardly known (loom's documentation).
fn orders(title: &str, threads: usize, scene: impl Fn() + Sync + Send + 'static) {
    static TRIED: AtomicUsize = AtomicUsize::new(0);
    TRIED.store(0, Ordering::Relaxed);
    let began = Instant::now();
    let mut model = loom::model::Builder::new();
    model.preemption_bound = (threads > 2).then_some(3);
    model.max_branches = 20_000;
    model.check(move || {
        TRIED.fetch_add(1, Ordering::Relaxed);
        scene();
    });
    let tried = TRIED.load(Ordering::Relaxed);
    assert!(tried > 1, "{title}: nothing met");
    println!("{title}: {tried} orders, {:.1?}", began.elapsed());
}

fn main() {
    live::swap_orders::all();
    load::slots_orders::all();
    load::budget_orders::all();
    load::breaker_orders::all();
}
