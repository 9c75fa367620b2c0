//! The vocabulary that both paths speak: names, backends, routes, and how one is picked.
//!
//! Everything here is pure and immutable. Nothing reads a clock, a file, the environment or a
//! random source, and nothing can be wrong: a [`RoutingTable`] is only ever made by
//! `config::build`, which has checked every name, weight and URL before.

mod backend;
mod backend_state;
pub mod base64;
mod callers;
mod clause;
mod continuation;
mod diff;
mod duration;
mod echo_spec;
mod endpoint;
mod engine;
mod explain;
mod explain_rule;
mod facts;
mod fed;
mod glob;
mod health;
mod hex;
mod hook;
mod hours;
mod max_in_flight;
mod mirror;
mod name;
mod on_disconnect;
mod params;
mod percent;
mod pick;
mod repair;
mod route;
mod routing_table;
mod rule;
mod schedule;
mod secret;
mod strategy;
mod timeouts;
mod tls;

pub use backend::{Address, Backend, BackendIdentity, BackendIndex};
pub use backend_state::BackendState;
pub use callers::{Caller, CallerLimits, Callers};
pub use clause::{Clause, Down, Feature, Pattern};
pub use continuation::Continuation;
pub use diff::{Change, RuleChange, diff};
pub use duration::parse_duration;
pub use echo_spec::{EchoSpec, EchoSpecError};
pub use endpoint::{Endpoint, EndpointError};
pub use engine::Engine;
pub use explain::{ExplainedCandidate, ExplainedMirror, ExplainedRetry, Explanation};
pub use explain_rule::{ExplainedRule, Outcome};
pub use facts::{BodyFacts, HeaderFacts, RequestFacts, Supposed, TAG};
pub(crate) use glob::Glob;
pub use health::{BreakerLimit, HealthCheck};
pub use hex::hex;
pub use hook::{Hook, HookError};
pub use hours::{DayTime, Hours, HoursError};
pub use max_in_flight::MaxInFlight;
pub use mirror::{Mirror, Share};
pub use name::{BackendName, ModelName, NameError, is_member};
pub use on_disconnect::OnDisconnect;
pub use params::{Params, Rename, Setting};
pub use percent::{percent_decoded, percent_encoded};
pub use pick::{
    AllWell, Candidate, Candidates, Condition, Loads, Standing, StickyKey, Ticket, candidates, twin,
};
pub use repair::Repair;
pub use route::{Retry, RetryOn, Route, RouteIndex, Target, Tier, UpstreamModel};
pub use routing_table::{Found, Matched, RoutingTable};
pub use rule::{Rule, Rules, Verdict, Way};
pub use schedule::{MAX_SLOTS, Schedule};
pub use secret::Secret;
pub use strategy::{StickyBy, Strategy};
pub use timeouts::Timeouts;
pub use tls::{Authorities, ClientCertificate, PemFile, Tls, TlsError};
