//! The run-time state of one backend.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use http::{HeaderValue, Response};

use super::http1::{Connection, Http1Body, write_head};
use super::http2::Shared;
use super::{Call, Connector, Failure, Offer, UpstreamBody};
use crate::load::{EngineLoad, Repairs, Tally, Warmup, warmth};
use crate::table::{Address, Backend, Condition};

/// How long an idle HTTP/1.1 connection is kept. llama.cpp closes its end after 5 s without a word, so we
/// must be sooner.
pub const IDLE_LIMIT: Duration = Duration::from_secs(4);

/// The most idle connections that one backend keeps.
const IDLE_MOST: usize = 512;

/// How long a connection may take to a backend that is out. It is asked because nobody else is
/// left, and whoever waits for it should soon know.
const OUT_LIMIT: Duration = Duration::from_secs(2);

/// One backend's connections, and what became of the requests that it was asked.
pub struct Upstream {
    /// The exchanges with this backend.
    pub tally: Tally,
    /// Since when it warms up.
    pub warmup: Warmup,
    /// What it says itself that it works on.
    pub engine: EngineLoad,
    /// What was mended in its answers.
    pub repairs: Repairs,
    opened: AtomicUsize,
    place: Option<Place>,
    idle: Mutex<Idle>,
}

/// Connections that nobody uses, the one that was used last at the end.
type Idle = Vec<Box<Connection>>;

/// Where connections go, and what they have in common.
struct Place {
    connector: Connector,
    host: HeaderValue,
    /// Where HTTP/2 is offered.
    shared: Option<Shared>,
}

// === impl Upstream ===

impl Upstream {
    /// Makes the state of a backend that no request has met yet.
    #[must_use]
    pub fn new(backend: &Backend) -> Self {
        Self::at(Place::of(backend))
    }

    /// Makes the state of a backend that is nowhere.
    #[cfg(test)]
    pub(crate) fn nowhere() -> Self {
        Self::at(None)
    }

    fn at(place: Option<Place>) -> Self {
        Self {
            tally: Tally::default(),
            warmup: Warmup::default(),
            engine: EngineLoad::default(),
            repairs: Repairs::default(),
            opened: AtomicUsize::default(),
            place,
            idle: Mutex::default(),
        }
    }

    /// Returns which part of its share it may have, where it takes this long to be warm after it was
    /// new or out.
    #[must_use]
    pub fn warmth(&self, now: Instant, takes: Duration) -> f64 {
        let recovered = self.tally.breaker().recovered();
        let since = recovered.map_or(1.0, |at| warmth(now.saturating_duration_since(at), takes));
        self.warmup.warmth(now, takes).min(since)
    }

    /// Writes a call down as HTTP/1.1 has it; `None` for `echo://`.
    #[must_use]
    pub fn written(&self, call: &Call<'_>) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        write_head(call, &self.place.as_ref()?.host, &mut text);
        text.extend_from_slice(&call.body.joined());
        Some(text)
    }

    /// Returns where connections go; `None` for `echo://`.
    #[must_use]
    pub fn connector(&self) -> Option<&Connector> {
        self.place.as_ref().map(|place| &place.connector)
    }

    /// Returns how many connections were made so far.
    #[must_use]
    pub fn opened(&self) -> usize {
        self.opened.load(Ordering::Relaxed)
    }

    /// Sends a request and waits for the answer's head.
    ///
    /// A connection that is there already is used if there is one. Should it turn out to be dead
    /// before the answer begins, the request is sent once more on a fresh connection:
    /// the backend had closed it under us, which says nothing about the backend. Requests that come
    /// while there is none open one each, since nobody knows yet whether it can be shared.
    pub async fn send(
        self: &Arc<Self>,
        connect_limit: Duration,
        call: &Call<'_>,
    ) -> Result<Response<UpstreamBody>, Failure> {
        let Some(place) = &self.place else {
            return Err(Failure::Connect(std::io::ErrorKind::Unsupported.into()));
        };
        let host = &place.host;
        let shared = place.shared.as_ref();
        let tried = if let Some(lease) = shared.and_then(Shared::lease) {
            Some(lease.send(call, host).await.map(|head| head.map(UpstreamBody::http2)))
        } else if let Some(kept) = self.take_idle(Instant::now()) {
            Some(Http1Body::ask(kept, call, host, self).await.map(|head| head.map(UpstreamBody::http1)))
        } else {
            None
        };
        match tried {
            Some(Err(stale)) if stale.is_stale() => {}
            Some(settled) => return settled,
            None => {}
        }
        // Seldom needed, and larger than all the rest of a request's future.
        Box::pin(self.send_fresh(place, connect_limit, call)).await
    }

    async fn send_fresh(
        self: &Arc<Self>,
        place: &Place,
        connect_limit: Duration,
        call: &Call<'_>,
    ) -> Result<Response<UpstreamBody>, Failure> {
        let limit = match self.tally.breaker().condition(Instant::now()) {
            Condition::Out => connect_limit.min(OUT_LIMIT),
            Condition::Well | Condition::Trial => connect_limit,
        };
        let stream = place.connector.connect(limit, Offer::Best).await?;
        if let Some(shared) = place.shared.as_ref().filter(|_| stream.speaks_http2()) {
            let lease = shared.open(stream).await?;
            self.opened.fetch_add(1, Ordering::Relaxed);
            return Ok(lease.send(call, &place.host).await?.map(UpstreamBody::http2));
        }
        self.opened.fetch_add(1, Ordering::Relaxed);
        let fresh = Connection::new(stream);
        Ok(Http1Body::ask(fresh, call, &place.host, self).await?.map(UpstreamBody::http1))
    }

    /// Takes the connection that was used last, so that surplus ones grow old.
    fn take_idle(&self, now: Instant) -> Option<Box<Connection>> {
        loop {
            let mut kept = self.idle().pop()?;
            if now.duration_since(kept.idle_since) < IDLE_LIMIT && kept.is_usable() {
                return Some(kept);
            }
        }
    }

    /// Keeps a connection whose exchange is over.
    pub(super) fn keep(&self, mut connection: Box<Connection>) {
        connection.idle_since = Instant::now();
        let mut idle = self.idle();
        if idle.len() < IDLE_MOST {
            idle.push(connection);
        }
    }

    /// Closes what has been idle for [`IDLE_LIMIT`]. The owner of the process calls it every second.
    pub fn sweep(&self, now: Instant) {
        let mut old = Vec::new();
        {
            let mut idle = self.idle();
            let young = idle.partition_point(|kept| now.duration_since(kept.idle_since) >= IDLE_LIMIT);
            old.extend(idle.drain(..young));
        }
        drop(old);
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Place ===

impl Place {
    fn of(backend: &Backend) -> Option<Self> {
        let Address::Http(endpoint) = &backend.address else { return None };
        let connector = Connector::to(backend)?;
        let host = HeaderValue::from_str(endpoint.authority().as_str()).ok()?;
        let shared = connector.offers_http2().then(Shared::default);
        Some(Self { connector, host, shared })
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream")
            .field("in_flight", &self.tally.in_flight())
            .field("idle", &self.idle().len())
            .finish_non_exhaustive()
    }
}
