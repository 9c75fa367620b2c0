//! Clients may speak TLS with both ports, and HTTP/2 inside it.

mod admin;
mod client;
mod drained;
mod expiry;
mod floods;
mod frames;
mod heads;
mod refused;
mod rotation;
mod served;
mod streams;
mod taken_over;

use crate::bench::{Bench, RunningBench};

pub(crate) use crate::authority::{Authority, Issued};
use client::Client;

/// A table whose data port speaks TLS with `cert.pem` and `key.pem`.
fn table(models: &str) -> String {
    format!("models:\n  {models}\nserver: {{tls: {{cert: cert.pem, key: key.pem}}}}\n")
}

/// A router that is yet to start, with an authority's certificate on its data port.
fn encrypted(authority: &Authority, models: &str) -> Bench {
    let pair = authority.issue_here("localhost");
    Bench::new().yaml(&table(models)).file("cert.pem", &pair.cert).file("key.pem", &pair.key)
}

/// A client of the data port that trusts an authority.
fn client(authority: &Authority, bench: &RunningBench) -> Client {
    Client::new(authority, bench.address())
}
