//! What the router costs beside nginx and haproxy, in rounds that take turns.
//!
//!     cargo build --release
//!     taskset -c 1 cargo bench --bench load -- [SECONDS] [ROUNDS]
//!
//! The mock server and the load share CPU 1, each proxy has CPU 0 alone. Read differences below
//! 10 % as noise. Linux only; nginx and haproxy are left out where they aren't installed.
#![allow(clippy::print_stdout, missing_docs, reason = "a program for people")]

mod fire;
mod http;
mod mock;
mod peers;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use fire::Load;

struct Scene {
    title: &'static str,
    connections: usize,
    prompt: usize,
    stream: bool,
    /// What is counted: answers, or events of them.
    units: usize,
}

const SCENES: [Scene; 4] = [
    Scene {
        title: "unary, 1 KB prompt, 32 connections",
        connections: 32,
        prompt: 1024,
        stream: false,
        units: 1,
    },
    Scene {
        title: "unary, 1 KB prompt, 1 connection",
        connections: 1,
        prompt: 1024,
        stream: false,
        units: 1,
    },
    Scene {
        title: "burst stream, 200 events, 8 connections",
        connections: 8,
        prompt: 1024,
        stream: true,
        units: mock::EVENTS,
    },
    Scene {
        title: "unary, 256 KB prompt, 8 connections",
        connections: 8,
        prompt: 256 * 1024,
        stream: false,
        units: 1,
    },
];

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let length = Duration::from_secs(numbers.first().copied().unwrap_or(3));
    let rounds = numbers.get(1).copied().unwrap_or(3);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run(length, rounds));
}

async fn run(length: Duration, rounds: u64) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
    let direct = listener.local_addr().expect("an address");
    tokio::spawn(mock::serve(listener));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_owned();
    let peers = tokio::task::spawn_blocking(move || peers::start(direct, &path)).await.expect("peers start");
    for peer in &peers {
        println!("{:14} idle {:3} MB", peer.name, peer.memory());
    }
    for scene in SCENES {
        let load =
            Load { connections: scene.connections, prompt: scene.prompt, stream: scene.stream, length };
        let mut rows: BTreeMap<usize, Vec<Row>> = BTreeMap::new();
        for _ in 0..rounds {
            rows.entry(0).or_default().push(measure(None, direct, load, scene.units).await);
            for (n, peer) in peers.iter().enumerate() {
                rows.entry(n + 1)
                    .or_default()
                    .push(measure(Some(peer), peer.address, load, scene.units).await);
            }
        }
        println!("\n{} ({length:?} x {rounds}, medians)", scene.title);
        println!(
            "{:14} {:>10} {:>10} {:>9} {:>9} {:>7} {:>6}",
            "", "per second", "CPU us", "p50 us", "p99 us", "failed", "MB"
        );
        for (n, rows) in rows {
            let name = n.checked_sub(1).map_or("direct", |n| peers[n].name);
            println!(
                "{name:14} {:>10.0} {:>10.2} {:>9} {:>9} {:>7} {:>6}",
                median(rows.iter().map(|row| row.per_second)),
                median(rows.iter().map(|row| row.cpu_us)),
                median(rows.iter().map(|row| row.p50)),
                median(rows.iter().map(|row| row.p99)),
                rows.iter().map(|row| row.failed).sum::<usize>(),
                n.checked_sub(1).map_or(0, |n| peers[n].memory()),
            );
        }
    }
}

struct Row {
    per_second: f64,
    cpu_us: f64,
    p50: u128,
    p99: u128,
    failed: usize,
}

#[expect(clippy::cast_precision_loss, reason = "a count of answers is far below 2^52")]
async fn measure(peer: Option<&peers::Peer>, at: SocketAddr, load: Load, units: usize) -> Row {
    let before = peer.map(peers::Peer::cpu);
    let fired = fire::fire(at, load).await;
    let used = peer.zip(before).map_or(Duration::ZERO, |(peer, before)| peer.cpu().saturating_sub(before));
    let counted = (fired.answers * units).max(1) as f64;
    Row {
        per_second: counted / fired.took.as_secs_f64(),
        cpu_us: used.as_secs_f64() * 1e6 / counted,
        p50: fired.percentile(0.5),
        p99: fired.percentile(0.99),
        failed: fired.failed,
    }
}

fn median<T: PartialOrd + Copy>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort_by(|a, b| a.partial_cmp(b).expect("no NaN is measured"));
    values[values.len() / 2]
}
