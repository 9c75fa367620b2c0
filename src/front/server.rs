//! A listener and the connections it has accepted.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::connection::connection;
use super::turned_away::turn_away;

/// How long to wait when no descriptor is left; connections that end free some.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How many clients may be connected where nothing else is said. Each port counts its own, so that
/// crowds at one leave the other in peace.
const ROOM: usize = 1024;

/// A bound listener that has not begun to serve.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    name: &'static str,
    tells_ends: bool,
    room: usize,
}

/// The two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ends {
    /// The client's address.
    pub(super) peer: SocketAddr,
    /// Ours.
    pub(super) own: SocketAddr,
}

/// What became of the connections at a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StopReport {
    /// Connections that were cut because the grace time was over.
    pub cut: usize,
}

// === impl Server ===

impl Server {
    /// Takes an address.
    pub async fn bind(address: SocketAddr, name: &'static str) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await?, name, tells_ends: false, room: ROOM })
    }

    /// Has every request know the ends of its connection.
    #[must_use]
    pub fn telling_ends(self) -> Self {
        Self { tells_ends: true, ..self }
    }

    /// Has so many clients connected at most.
    #[must_use]
    pub fn with_room(self, room: usize) -> Self {
        Self { room, ..self }
    }

    /// Returns the address, with the port that the system chose where 0 was asked for.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until told to stop; then accepts nothing more, lets requests in flight finish, and
    /// cuts those that last longer than the grace time.
    pub async fn serve(self, router: Router, stop: CancellationToken, grace: Duration) -> StopReport {
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        let mut turned_away = JoinSet::new();
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                Some(_ended) = connections.join_next() => continue,
                Some(_gone) = turned_away.join_next() => continue,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((tcp, _peer)) if connections.len() >= self.room => turn_away(tcp, &mut turned_away),
                Ok((tcp, peer)) => {
                    let own = tcp.local_addr().ok().filter(|_| self.tells_ends);
                    let ends = own.map(|own| Ends { peer, own });
                    serve_connection(tcp, ends, router.clone(), &graceful, &mut connections);
                }
                Err(error) if is_clients(&error) => {}
                Err(error) => {
                    tracing::warn!(port = self.name, %error, "can't accept connections; trying again");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(self.listener);
        let in_time = timeout(grace, graceful.shutdown()).await.is_ok();
        let cut = if in_time { 0 } else { connections.len() };
        connections.shutdown().await;
        StopReport { cut }
    }
}

fn serve_connection(
    tcp: TcpStream,
    ends: Option<Ends>,
    router: Router,
    graceful: &GracefulShutdown,
    connections: &mut JoinSet<()>,
) {
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended before it began");
        return;
    }
    let watched = graceful.watch(connection(tcp, ends, router));
    connections.spawn(async move {
        if let Err(error) = watched.await {
            tracing::debug!(%error, "a connection ended early");
        }
    });
}

/// Tells whether the failure is that of one client who left while waiting to be accepted.
fn is_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}
