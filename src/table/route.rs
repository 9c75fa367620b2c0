//! What answers for a model name.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use super::{
    BackendIndex, BackendState, Mirror, ModelName, Params, Repair, Rules, Schedule, Strategy, Timeouts,
};

/// A route's place in its [`RoutingTable`](super::RoutingTable).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RouteIndex(pub(crate) u32);

impl RouteIndex {
    /// Returns the position for slices that run parallel to the table's routes.
    #[must_use]
    pub fn position(self) -> usize {
        self.0 as usize
    }
}

/// The name a backend knows a model by, ready to be written into a body.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct UpstreamModel {
    name: Arc<str>,
    json: Bytes,
}

/// What answers for a model name: the target first, then each fallback.
#[derive(Debug, Clone, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question that requests ask by itself")]
pub struct Route {
    /// The name, or the glob.
    pub name: ModelName,
    /// More names for it.
    pub aliases: Vec<ModelName>,
    /// The target (first tier), then the fallbacks in order, already flattened: a fallback that
    /// is a model brings its own fallbacks along. Never empty.
    pub tiers: Box<[Tier]>,
    /// Other targets for some requests; the first that holds decides.
    pub rules: Rules,
    /// How often and after what another try is made.
    pub retry: Retry,
    /// Whether the configuration promised that no request leaves the house.
    pub local_only: bool,
    /// Where copies of its requests go.
    pub mirror: Option<Mirror>,
    /// Whether some backend of it is read to its end when a client leaves.
    pub finishes: bool,
    /// Whether a stream that loses its backend in the middle goes on on another one.
    pub resume: bool,
    /// What is mended in its answers.
    pub repair: Repair,
    /// Whether some of its answers may be changed on their way: mended, or given other names.
    pub mends: bool,
}

/// Backends that are as good as each other.
#[derive(Debug, Clone, Hash)]
pub struct Tier {
    /// What the configuration calls it: a model or a backend name.
    pub label: String,
    /// The members. Never empty.
    pub targets: Box<[Target]>,
    /// Whose turn it is.
    pub schedule: Schedule,
    /// How a member is picked.
    pub strategy: Strategy,
}

/// One member of a tier.
#[derive(Debug, Clone, Hash)]
pub struct Target {
    /// Which backend.
    pub backend: BackendIndex,
    /// What its luck with sticky keys is drawn from: the same wherever it stands in whichever table.
    pub seed: u64,
    /// Its share; 0 gets no requests.
    pub weight: u32,
    /// Its backend's state, here so that a pick needs no look at the backend.
    pub state: BackendState,
    /// The name written into the body; `None` leaves what the client asked for.
    pub model: Option<UpstreamModel>,
    /// The limits for this model on this backend.
    pub timeouts: Timeouts,
    /// What the model changes in its requests, before what the backend changes.
    pub params: Option<Arc<Params>>,
}

/// How often and after what another try is made before the first byte of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Retry {
    /// Further tries within one tier. `None`: each peer once, or a lone backend once more.
    pub max: Option<u32>,
    /// After what.
    pub on: RetryOn,
    /// Further tries within one tier, in percent of all requests to it, above a floor.
    pub budget: u32,
}

/// After which failures another try is made. Statuses 400, 401, 403, 404 and 422 can't be named.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RetryOn {
    /// Refused, reset, no connection in time, or an answer that isn't HTTP.
    pub connect: bool,
    /// No first byte in time.
    pub timeout: bool,
    /// These statuses, sorted.
    pub statuses: Vec<u16>,
}

// === impl Route ===

impl Route {
    /// Returns all tiers from which somebody is asked: those that answer, and the mirror's.
    pub fn every_tier(&self) -> impl Iterator<Item = &Tier> {
        self.ways().flat_map(|way| way.tiers).chain(self.mirror.as_ref().map(|mirror| &mirror.tier))
    }

    /// Returns the name that a target is asked for if a client asks for the route by its own name;
    /// `None` where that name is a glob and the client's goes through.
    #[must_use]
    pub fn upstream_name<'r>(&'r self, target: &'r Target) -> Option<&'r str> {
        let own = || Some(self.name.as_str()).filter(|name| !name.contains('*'));
        target.model.as_ref().map(UpstreamModel::as_str).or_else(own)
    }
}

// === impl Target ===

impl Target {
    /// Returns the share that it gets: none while its backend is out of service.
    #[must_use]
    pub fn share(&self) -> u32 {
        if self.state.is_ready() { self.weight } else { 0 }
    }
}

// === impl UpstreamModel ===

impl UpstreamModel {
    /// Prepares a name for the wire.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let json = serde_json::to_vec(name).unwrap_or_default();
        Self { name: name.into(), json: json.into() }
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// Returns the name as a JSON string, quotes included.
    #[must_use]
    pub fn json(&self) -> &Bytes {
        &self.json
    }
}

impl fmt::Debug for UpstreamModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.name, f)
    }
}

// === impl Retry ===

impl Default for Retry {
    /// A fifth more, as in other balancers: enough for an outage of a part, and no second storm.
    fn default() -> Self {
        Self { max: None, on: RetryOn::default(), budget: 20 }
    }
}

impl Default for RetryOn {
    /// Overload and outage: 408, 429, 500, 502, 503, 504 and Anthropic's 529.
    fn default() -> Self {
        Self { connect: true, timeout: true, statuses: vec![408, 429, 500, 502, 503, 504, 529] }
    }
}

impl RetryOn {
    /// Tells whether a status asks for another try.
    #[must_use]
    pub fn has_status(&self, status: u16) -> bool {
        self.statuses.binary_search(&status).is_ok()
    }
}
