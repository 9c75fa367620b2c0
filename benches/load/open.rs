//! The open loop: requests go out at a fixed rate, whether earlier ones have been answered or not.
//!
//! A latency counts from when the request should have been sent, not from when it was: if a router
//! stops for a moment, all that were due in that moment waited for it, and are counted so. What is
//! left out otherwise is known as coordinated omission.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::ask::{Ask, Client};
use crate::clock::Clock;
use crate::closed;
use crate::tally::Tally;

/// More than are ever in flight at a rate that is held.
const CONNECTIONS: usize = 64;

/// What is asked how often.
pub(crate) struct Open {
    /// Requests a second.
    pub(crate) rate: u32,
    /// For how long.
    pub(crate) length: Duration,
}

impl Open {
    /// Sends what is due until the time is up.
    pub(crate) async fn fire(&self, at: SocketAddr, ask: &Arc<Ask>) -> Tally {
        let began = Instant::now() + Duration::from_millis(5);
        let until = began + self.length;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of requests")]
        let total = (f64::from(self.rate) * self.length.as_secs_f64()) as u32;
        let tally = Arc::new(Mutex::new(Tally::new(began, until)));
        let next = Arc::new(AtomicU32::new(0));
        let mut clients = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (ask, tally, next) = (Arc::clone(ask), Arc::clone(&tally), Arc::clone(&next));
            let rate = self.rate;
            clients.spawn(async move {
                let mut client = Client::new(at);
                let clock = Clock::new().expect("a timer of the kernel");
                // Whoever is free takes the next: nobody is held up behind a slow one.
                loop {
                    let mine = next.fetch_add(1, Ordering::Relaxed);
                    if mine >= total {
                        return;
                    }
                    let due = began + Duration::from_secs(1) * mine / rate;
                    clock.until(due).await.expect("a timer of the kernel");
                    if until.elapsed() > Duration::from_secs(5) {
                        // The rate is not held; what is due now will never be in time.
                        tally.lock().expect("nobody panics with it").failed += 1;
                        continue;
                    }
                    client.ask(&ask, due, &tally).await;
                }
            });
        }
        closed::finish(clients, until, &tally).await
    }
}
