//! One address that can answer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use sha2::{Digest, Sha256};

use super::{
    BackendName, BackendState, BreakerLimit, Continuation, EchoSpec, Endpoint, Engine, HealthCheck, Hook,
    MaxInFlight, OnDisconnect, Params, Secret, Tls, UpstreamModel,
};

/// Where a backend is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// An OpenAI-compatible server.
    Http(Endpoint),
    /// The in-process backend of `echo://NAME`.
    Echo(EchoSpec),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(endpoint) => endpoint.fmt(f),
            Self::Echo(spec) => spec.fmt(f),
        }
    }
}

/// A backend's place in its [`RoutingTable`](super::RoutingTable).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BackendIndex(pub(crate) u32);

impl BackendIndex {
    /// Returns the position for slices that run parallel to the table's backends.
    #[must_use]
    pub fn position(self) -> usize {
        self.0 as usize
    }
}

/// What makes a backend the same one in the next table, so that its run-time state is kept.
///
/// Address, upstream model, key and certificates together: a rotated key is another backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BackendIdentity([u8; 32]);

/// One address that can answer, with everything a request to it needs, made once.
///
/// A configured backend whose `url` is a comma list becomes one `Backend` an address.
#[derive(Debug, Clone)]
pub struct Backend {
    /// The configured name; members of a pool are told apart as `name#1`, `name#2`.
    pub name: BackendName,
    /// Where it is.
    pub address: Address,
    /// Its key, sent to this address only.
    pub key: Option<Secret>,
    /// Headers set on every request to it, the key's header among them (marked sensitive).
    pub headers: HeaderMap,
    /// How connections to it are encrypted, where its URL doesn't say all.
    pub tls: Option<Arc<Tls>>,
    /// The name that it knows its model by, where the configuration gives one.
    pub model: Option<UpstreamModel>,
    /// Whether requests to it leave the house.
    pub cloud: bool,
    /// How it goes on with an answer that another backend has begun, if it can.
    pub continues: Option<Continuation>,
    /// Whether it gets new requests.
    pub state: BackendState,
    /// How it is asked whether it is alive; `None` if only its requests tell.
    pub health: Option<HealthCheck>,
    /// When its failures take it out.
    pub breaker: BreakerLimit,
    /// How much it is given at once; as much as there is where nothing is said.
    pub max_in_flight: Option<MaxInFlight>,
    /// How long it takes to be warm after it was new or out; it is at once where nothing is said.
    pub slow_start: Option<Duration>,
    /// Which kind of server is asked how much it has to do; nobody is where nothing is said.
    pub load: Option<Engine>,
    /// What readies it before it takes a model's requests.
    pub prepare: Option<Hook>,
    /// What lets it rest once it has given them up.
    pub release: Option<Hook>,
    /// What is changed in every request to it, after what its model changes.
    pub params: Option<Arc<Params>>,
    /// What becomes of its answers when a client leaves.
    pub on_disconnect: OnDisconnect,
}

// === impl Backend ===

impl Backend {
    /// Returns what makes this the same backend in the next table.
    #[must_use]
    pub fn identity(&self) -> BackendIdentity {
        let mut hash = Sha256::new();
        let mut feed = |bytes: &[u8]| {
            hash.update(bytes);
            hash.update([0]);
        };
        feed(self.address.to_string().as_bytes());
        if let Address::Http(endpoint) = &self.address {
            feed(endpoint.query().unwrap_or_default().as_bytes());
        }
        feed(self.model.as_ref().map_or("", UpstreamModel::as_str).as_bytes());
        for (name, value) in &self.headers {
            feed(name.as_str().as_bytes());
            feed(value.as_bytes());
        }
        if let Some(tls) = &self.tls {
            feed(&tls.digest());
        }
        BackendIdentity(hash.finalize().into())
    }
}

impl BackendIdentity {
    /// Returns a part of it as a number.
    pub(crate) fn seed(&self) -> u64 {
        self.0.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
    }

    /// Returns the identity as bytes, for digests.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
