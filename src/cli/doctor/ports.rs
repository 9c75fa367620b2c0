//! Whether the two ports can be had, or are ours already.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};

use super::finding::Finding;
use super::scene::{Running, Scene};

pub(super) fn look(scene: &Scene, findings: &mut Vec<Finding>) {
    let ports = [("data port", scene.server.listen, "listen"), ("admin port", scene.server.admin, "admin")];
    for (about, address, key) in ports {
        findings.push(match &scene.running {
            Some(running) => ours(about, running),
            None => free(about, address, key),
        });
    }
}

fn ours(about: &'static str, running: &Running) -> Finding {
    let Running { version, generation, listen, owner } = running;
    Finding::ok(about, format!("patchbay {version} serves at {listen}, generation {generation} from {owner}"))
}

fn free(about: &'static str, address: SocketAddr, key: &str) -> Finding {
    let elsewhere = format!("or set `server.{key}` to another address");
    match TcpListener::bind(address).map_err(|error| error.kind()) {
        Ok(_) => Finding::ok(about, format!("{address} is free")),
        Err(ErrorKind::AddrInUse) => Finding::wrong(
            about,
            format!("another program listens on {address}"),
            format!("find it with `ss -ltnp sport = :{}` and stop it, {elsewhere}", address.port()),
        ),
        Err(ErrorKind::PermissionDenied) => Finding::wrong(
            about,
            format!("this user may not listen on {address}"),
            format!("ports below 1024 need CAP_NET_BIND_SERVICE; give it, {elsewhere}"),
        ),
        Err(ErrorKind::AddrNotAvailable) => Finding::wrong(
            about,
            format!("this machine has no address {}", address.ip()),
            format!("`ip address` shows those it has; set `server.{key}` to one of them"),
        ),
        Err(other) => Finding::wrong(about, format!("{address} can't be had: {other}"), elsewhere),
    }
}
