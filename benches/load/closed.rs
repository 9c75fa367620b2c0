//! The closed loop: so many connections, each asks again as soon as it has its answer.
//!
//! It finds what a router carries at most. Its latencies say little: a router that stops for a
//! moment is not asked in that moment, so nobody counts those who would have waited. `open` does.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::ask::{Ask, Client};
use crate::tally::Tally;

/// Who asks, and for how long.
pub(crate) struct Closed {
    /// Connections that ask at the same time.
    pub(crate) connections: u32,
    /// Over what time they begin: streams that all begin at once do so again at every end.
    pub(crate) spread: Duration,
    /// For how long all of them ask.
    pub(crate) length: Duration,
}

impl Closed {
    /// Asks until the time is up.
    pub(crate) async fn fire(&self, at: SocketAddr, ask: &Arc<Ask>) -> Tally {
        let began = Instant::now();
        let whole = began + self.spread;
        let until = whole + self.length;
        let tally = Arc::new(Mutex::new(Tally::new(whole, until)));
        let mut clients = JoinSet::new();
        for n in 0..self.connections {
            let (ask, tally) = (Arc::clone(ask), Arc::clone(&tally));
            let first = began + self.spread * n / self.connections;
            clients.spawn(async move {
                tokio::time::sleep_until(first.into()).await;
                let mut client = Client::new(at);
                while Instant::now() < until {
                    client.ask(&ask, Instant::now(), &tally).await;
                }
            });
        }
        finish(clients, until, &tally).await
    }
}

/// Waits for those who are still waiting for an answer, but not for ever.
pub(crate) async fn finish(mut clients: JoinSet<()>, until: Instant, tally: &Mutex<Tally>) -> Tally {
    let patience = until + Duration::from_secs(10);
    while let Ok(Some(ended)) = tokio::time::timeout_at(patience.into(), clients.join_next()).await {
        ended.expect("a client does not panic");
    }
    let mut tally = tally.lock().expect("nobody panics with it").clone();
    tally.failed += clients.len();
    tally
}
