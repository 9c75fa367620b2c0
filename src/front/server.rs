//! A listener and the connections it has accepted.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use futures_util::FutureExt;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::listener::{BACKLOG, Claim, give_way, listen};

/// How long a client may take over a request's head.
const HEADER_LIMIT: Duration = Duration::from_secs(15);

/// How long a port that is given up still takes what was on its way here.
const HANDOVER: Duration = Duration::from_millis(100);

/// How long a new connection may take to send its first request once the port is given up. Whoever
/// connects speaks at once, unless the machine is overloaded.
const FIRST_REQUEST: Duration = Duration::from_secs(2);

/// How long to wait when no descriptor is left; connections that end free some.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// A bound listener that has not begun to serve.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    name: &'static str,
    tells_ends: bool,
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
        Ok(Self { listener: listen(address, claim)?, name, tells_ends: false })
    }

    /// Has every request know the ends of its connection.
    #[must_use]
    pub fn telling_ends(self) -> Self {
        Self { tells_ends: true, ..self }
    }

    /// Returns the address, with the port that the system chose where 0 was asked for.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves until told to stop; then leaves the port to whoever has joined it, lets requests in flight finish, and
    /// cuts those that last longer than the grace time.
    pub async fn serve(self, router: Router, stop: CancellationToken, grace: Duration) -> StopReport {
        let ending = CancellationToken::new();
        let mut connections = JoinSet::new();
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
                Some(_ended) = connections.join_next() => continue,
                accepted = self.listener.accept() => accepted,
            };
            match accepted {
                Ok((tcp, peer)) => self.take(tcp, peer, &router, &ending, &mut connections),
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
            self.take(tcp, peer, &router, &ending, &mut connections);
        }
        drop(self.listener);
        ending.cancel();
        let ended = async { while connections.join_next().await.is_some() {} };
        let in_time = timeout(grace, ended).await.is_ok();
        let cut = if in_time { 0 } else { connections.len() };
        connections.shutdown().await;
        StopReport { cut }
    }

    fn take(
        &self,
        tcp: TcpStream,
        peer: SocketAddr,
        router: &Router,
        ending: &CancellationToken,
        connections: &mut JoinSet<()>,
    ) {
        let own = tcp.local_addr().ok().filter(|_| self.tells_ends);
        let ends = own.map(|own| Ends { peer, own });
        serve_connection(tcp, ends, router.clone(), ending.clone(), connections);
    }
}

fn serve_connection(
    tcp: TcpStream,
    ends: Option<Ends>,
    router: Router,
    ending: CancellationToken,
    connections: &mut JoinSet<()>,
) {
    if let Err(error) = tcp.set_nodelay(true) {
        tracing::debug!(%error, "a connection ended before it began");
        return;
    }
    let used = Arc::new(AtomicBool::new(false));
    let first = Arc::clone(&used);
    let service = router.map_request(move |mut request: Request<Incoming>| {
        first.store(true, Ordering::Relaxed);
        if let Some(ends) = ends {
            request.extensions_mut().insert(ends);
        }
        request.map(Body::new)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_LIMIT)
        .serve_connection(TokioIo::new(tcp), TowerToHyperService::new(service));
    connections.spawn(async move {
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = ending.cancelled() => None,
        };
        // hyper closes a connection that has had no request yet, though one may be on its way.
        let ended = match ended {
            None if !used.load(Ordering::Relaxed) => timeout(FIRST_REQUEST, connection.as_mut()).await.ok(),
            ended => ended,
        };
        let ended = if let Some(ended) = ended {
            ended
        } else {
            connection.as_mut().graceful_shutdown();
            connection.await
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended early");
        }
    });
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
