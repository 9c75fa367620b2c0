//! A listener and the connections it has accepted.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::connection::serve_connection;
use super::encrypted::serve_encrypted;
use super::listener::{BACKLOG, Claim, give_way, listen};
use super::port::Port;
use super::turned_away::turn_away;
use crate::tls::PortTls;

/// How long a port that is given up still takes what was on its way here.
const HANDOVER: Duration = Duration::from_millis(100);

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
    tls: Option<Arc<PortTls>>,
}

/// Whoever is connected.
struct Clients {
    connected: JoinSet<()>,
    /// Those that are told to come again.
    turned_away: JoinSet<()>,
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
    /// Takes an address, or what somebody has opened instead. Must be called within a runtime.
    pub fn bind(address: SocketAddr, claim: &Claim, name: &'static str) -> io::Result<Self> {
        Ok(Self { listener: listen(address, claim)?, name, tells_ends: false, room: ROOM, tls: None })
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

    /// Has clients speak TLS, if there is something to speak it with.
    #[must_use]
    pub fn with_tls(self, tls: Option<Arc<PortTls>>) -> Self {
        Self { tls, ..self }
    }

    /// Returns the address, with the port that the system chose where 0 was asked for.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until told to stop; then leaves the port to whoever has joined it, lets requests in
    /// flight finish, and cuts those that last longer than the grace time.
    pub async fn serve(self, port: Port, stop: CancellationToken, grace: Duration) -> StopReport {
        let ending = CancellationToken::new();
        let mut clients = Clients { connected: JoinSet::new(), turned_away: JoinSet::new() };
        let mut leaving: Option<Instant> = None;
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled(), if leaving.is_none() => {
                    leaving = Some(Instant::now() + HANDOVER);
                    if let Err(error) = give_way(&self.listener) {
                        tracing::debug!(port = self.name, %error, "new connections can't be sent elsewhere");
                    }
                    continue;
                }
                () = past(leaving) => break,
                Some(_ended) = clients.connected.join_next() => continue,
                Some(_gone) = clients.turned_away.join_next() => continue,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((tcp, peer)) => self.take(tcp, peer, &port, &ending, &mut clients),
                Err(error) if is_clients(&error) => {}
                Err(error) => {
                    tracing::warn!(port = self.name, %error, "can't accept connections; trying again");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        // What came in the meantime stands in the queue, and would be lost with it.
        for _ in 0..BACKLOG {
            let Some(Ok((tcp, peer))) = self.listener.accept().now_or_never() else { break };
            self.take(tcp, peer, &port, &ending, &mut clients);
        }
        drop(self.listener);
        ending.cancel();
        let ended = async { while clients.connected.join_next().await.is_some() {} };
        let in_time = timeout(grace, ended).await.is_ok();
        let cut = if in_time { 0 } else { clients.connected.len() };
        clients.connected.shutdown().await;
        StopReport { cut }
    }

    fn take(
        &self,
        tcp: TcpStream,
        peer: SocketAddr,
        port: &Port,
        ending: &CancellationToken,
        clients: &mut Clients,
    ) {
        if clients.connected.len() >= self.room {
            // To tell it in TLS would cost more than it is to be spared: that client is let go.
            if self.tls.is_none() {
                turn_away(tcp, &mut clients.turned_away);
            }
            return;
        }
        if let Err(error) = tcp.set_nodelay(true) {
            tracing::debug!(%error, "a connection ended before it began");
            return;
        }
        let own = tcp.local_addr().ok().filter(|_| self.tells_ends);
        let ends = own.map(|own| Ends { peer, own });
        // A token of its own, since each turn of a connection looks at it: one that all share would be fought for.
        let (port, ending) = (port.clone(), ending.child_token());
        match &self.tls {
            None => clients.connected.spawn(serve_connection(tcp, ends, port, ending)),
            Some(tls) => clients.connected.spawn(serve_encrypted(tcp, Arc::clone(tls), ends, port, ending)),
        };
    }
}

/// Waits for a moment; for ever if there is none.
async fn past(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Tells whether the failure is that of one client who left while waiting to be accepted.
fn is_clients(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}
