//! Switches of the table under load: what clients notice of them.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::figure::Figure;
use crate::mock;
use crate::outcome::{Contender, Outcome};
use crate::peers::{Peer, point_to, table_in};
use crate::run::Bench;

/// The one that this scene is about.
pub(crate) const WHOSE: &str = "patchbay";
/// The two rows.
pub(crate) const AT_REST: &str = "table at rest";
pub(crate) const SWITCHING: &str = "20 switches/s";

const A_SECOND: u32 = 20;

/// Runs the load with the table at rest and with switches of it, in rounds that take turns.
pub(crate) async fn run(bench: &mut Bench, outcome: &Outcome, peers: &[Peer]) -> io::Result<Vec<Contender>> {
    let Some(peer) = peers.first() else { return Ok(Vec::new()) };
    let table = table_in(&peer.place.folder);
    let ways = [bench.mocks[1].address, bench.mocks[0].address];
    let mut contenders = [AT_REST, SWITCHING].map(Contender::new);
    for _ in 0..bench.options.rounds {
        for contender in &mut contenders {
            let switching = contender.name == SWITCHING;
            let switches = if switching { bench.options.seconds * A_SECOND } else { 0 };
            mock::turns();
            let writer = tokio::task::spawn_blocking({
                let table = table.clone();
                move || switch(&table, ways, switches)
            });
            let (mut row, tally) = bench.measure(outcome, Some(peer), peer.address).await;
            writer.await??;
            #[expect(clippy::cast_precision_loss, reason = "a count is far below 2^52")]
            row.insert(Figure::Turns, mock::turns() as f64);
            contender.add(row, tally);
        }
    }
    Ok(contenders.into())
}

fn switch(table: &Path, ways: [SocketAddr; 2], switches: u32) -> io::Result<()> {
    let began = Instant::now();
    for n in 0..switches {
        let due = began + Duration::from_secs(1) * n / A_SECOND;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        point_to(table, ways[n as usize % 2])?;
    }
    Ok(())
}
