//! Whether each backend is there, has what it is asked for, and isn't this router.

use std::net::{IpAddr, SocketAddr, TcpListener};

use futures_util::stream::{self, StreamExt};

use super::finding::Finding;
use super::scene::Scene;
use crate::probe::{Reached, reach};
use crate::table::{Address, Backend, Endpoint};

/// How many backends are asked at the same time.
const AT_ONCE: usize = 16;

const ABOUT: &str = "backend";

pub(super) async fn look(scene: &Scene, findings: &mut Vec<Finding>) {
    let Some(table) = &scene.table else { return };
    let asked = stream::iter(table.backend_indices())
        .map(|index| one(scene, table.backend(index), table.upstream_names(index)))
        .buffered(AT_ONCE);
    findings.extend(asked.collect::<Vec<_>>().await);
}

async fn one(scene: &Scene, backend: &Backend, names: Vec<&str>) -> Finding {
    let Address::Http(endpoint) = &backend.address else {
        return Finding::ok(ABOUT, format!("{}: in this process", backend.name));
    };
    if is_this_router(endpoint, [scene.server.listen, scene.server.admin]).await {
        let found = format!("{} is this router itself: every request would go round", backend.name);
        return Finding::wrong(ABOUT, found, "give the model server's own host and port");
    }
    let reached = reach(backend).await;
    let found = format!("{}: {reached}", backend.name);
    match &reached {
        Reached::Silent(_) => {
            Finding::wrong(ABOUT, found, format!("is a model server running at {endpoint}?"))
        }
        Reached::KeyRefused(_) => {
            Finding::wrong(ABOUT, found, format!("set the `key` of `{}`", backend.name))
        }
        Reached::Unwell(..) => {
            Finding::warning(ABOUT, found, "it may be loading; the model server's own log says more")
        }
        Reached::NoList(_) => Finding::ok(ABOUT, found),
        Reached::Lists(listed) => {
            let missing: Vec<String> = names
                .iter()
                .filter(|&&name| !listed.iter().any(|known| known == name))
                .map(|name| format!("`{name}`"))
                .collect();
            if missing.is_empty() || listed.is_empty() {
                return Finding::ok(ABOUT, found);
            }
            Finding::warning(
                ABOUT,
                format!("{found}; it is asked for {}", missing.join(", ")),
                "set `model` to a name that it lists, unless it answers to any; patchbay check --probe tells",
            )
        }
    }
}

/// Tells whether a host is this machine and the port one of ours; the compiler only sees the text.
async fn is_this_router(endpoint: &Endpoint, own: [SocketAddr; 2]) -> bool {
    let Some(own) = own.into_iter().find(|own| own.port() == endpoint.port() && own.port() != 0) else {
        return false;
    };
    let Ok(addresses) = tokio::net::lookup_host((endpoint.host(), endpoint.port())).await else {
        return false;
    };
    let listens = |ip: IpAddr| own.ip() == ip || (own.ip().is_unspecified() && is_local(ip));
    addresses.map(|address| address.ip()).any(listens)
}

/// Only an address of this machine can be listened on.
fn is_local(ip: IpAddr) -> bool {
    TcpListener::bind((ip, 0)).is_ok()
}
