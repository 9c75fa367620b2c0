//! A token never waits in a socket for the one before it to be acknowledged.
#![cfg(target_os = "linux")]

use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use rustix::net::sockopt::tcp_nodelay;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use crate::bench::Bench;
use crate::fake::Fake;

/// Duplicates every socket of this process, in which the router runs.
fn sockets() -> Vec<OwnedFd> {
    let own = pidfd_open(getpid(), PidfdFlags::empty()).unwrap();
    let entries = std::fs::read_dir("/proc/self/fd").unwrap().filter_map(Result::ok);
    let sockets = entries.filter(|entry| {
        std::fs::read_link(entry.path()).is_ok_and(|link| link.to_string_lossy().starts_with("socket:"))
    });
    sockets
        .filter_map(|entry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            pidfd_getfd(&own, number, PidfdGetfdFlags::empty()).ok()
        })
        .collect()
}

fn local(socket: &OwnedFd) -> Option<SocketAddr> {
    rustix::net::getsockname(socket).ok()?.try_into().ok()
}

fn peer(socket: &OwnedFd) -> Option<SocketAddr> {
    rustix::net::getpeername(socket).ok()??.try_into().ok()
}

#[tokio::test]
async fn accepted_and_upstream_sockets_send_at_once() {
    let bench = Bench::new().backend("a", Fake::streams(["a", "b"]).pausing_after(1)).routes("m -> a");
    let bench = bench.start().await;
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, "a");

    let backend: SocketAddr = bench.backend("a").authority().parse().unwrap();
    let sockets = sockets();
    let accepted: Vec<bool> = sockets
        .iter()
        .filter(|socket| local(socket) == Some(bench.address()) && peer(socket).is_some())
        .map(|socket| tcp_nodelay(socket).unwrap())
        .collect();
    let upstream: Vec<bool> = sockets
        .iter()
        .filter(|socket| peer(socket) == Some(backend))
        .map(|socket| tcp_nodelay(socket).unwrap())
        .collect();
    drop(sockets);
    assert_eq!(accepted, [true], "one connection was accepted");
    assert_eq!(upstream, [true], "one connection was made to the backend");

    bench.backend("a").resume();
    assert_eq!(stream.rest().await, "b");
}
