//! What is done to one answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderMap, StatusCode, header};

use super::usage;
use crate::live::Snapshot;
use crate::load::Repaired;
use crate::relay::gate::{is_coded, is_event_stream};
use crate::relay::headers::names_json;
use crate::relay::prepare::Prepared;
use crate::table::{Params, Repair, Route, Target};
use crate::upstream::Upstream;

/// What is done to one answer, and where it is counted.
#[derive(Debug)]
pub(in crate::relay) struct Treatment {
    /// The backend's names first, then the model's: the way back of a request's.
    pub(super) names: Vec<Arc<Params>>,
    pub(super) repair: Repair,
    /// Whether the client asked for the usage of a stream, and is to get one.
    pub(super) fills_streams: bool,
    backend: String,
    upstream: Arc<Upstream>,
    made: Arc<AtomicU64>,
}

/// How an answer comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::relay) enum Form {
    /// As events.
    Events,
    /// In one.
    Whole,
}

/// The largest answer that is held back until its end, so that it can be mended.
pub(super) const HELD_MOST: usize = 4 * 1024 * 1024;

// === impl Treatment ===

impl Treatment {
    /// Says what is done to the answer of a target; `None` if nothing is. Names and usage are those of
    /// completions; events can be broken in any stream.
    pub(in crate::relay) fn of(
        snapshot: &Snapshot,
        route: &Route,
        target: &Target,
        prepared: &Prepared,
    ) -> Option<Box<Self>> {
        if !route.mends {
            return None;
        }
        let is_completion = prepared.sent.operation.is_completion();
        let backend = snapshot.table.backend(target.backend);
        let layers = [&backend.params, &target.params].into_iter().flatten().filter(|_| is_completion);
        let names: Vec<_> = layers.filter(|params| !params.answers.is_empty()).cloned().collect();
        let repair = Repair { usage: route.repair.usage && is_completion, ..route.repair };
        if names.is_empty() && repair.is_off() {
            return None;
        }
        Some(Box::new(Self {
            names,
            repair,
            fills_streams: repair.usage && usage::is_asked(prepared.body()),
            backend: backend.name.to_string(),
            upstream: Arc::clone(snapshot.upstream(target.backend)),
            made: Arc::default(),
        }))
    }

    /// Tells how an answer with this head is mended; `None` if it passes as it is.
    pub(in crate::relay) fn form(&self, status: StatusCode, headers: &HeaderMap) -> Option<Form> {
        let is_stream = is_event_stream(headers);
        let is_json = headers.get(header::CONTENT_TYPE).is_some_and(names_json);
        let is_wanted = if is_stream {
            !self.names.is_empty() || self.repair.bad_events || self.fills_streams
        } else {
            is_json && (!self.names.is_empty() || self.repair.usage)
        };
        if !status.is_success() || !is_wanted {
            return None;
        }
        let length =
            headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
        let is_large = !is_stream && length.is_some_and(|length: usize| length > HELD_MOST);
        if is_coded(headers) || is_large {
            self.count(Repaired::Unmended);
            return None;
        }
        Some(if is_stream { Form::Events } else { Form::Whole })
    }

    /// What is done to an answer of nobody.
    #[cfg(test)]
    pub(super) fn sample(names: Vec<Arc<Params>>, repair: Repair) -> Self {
        Self {
            names,
            repair,
            fills_streams: repair.usage,
            backend: "nobody".to_owned(),
            upstream: Arc::new(Upstream::nowhere()),
            made: Arc::default(),
        }
    }

    /// Returns what counts the repairs of this answer.
    pub(in crate::relay) fn made(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.made)
    }

    /// Counts a repair, and tells of the first that a backend needs.
    pub(super) fn count(&self, repaired: Repaired) {
        if repaired != Repaired::Unmended {
            self.made.fetch_add(1, Ordering::Relaxed);
        }
        if self.upstream.repairs.count(repaired) {
            let what = match repaired {
                Repaired::BadEvent => "sends events that aren't JSON; `repair` leaves them out",
                Repaired::Usage => "gives no usage; `repair` fills in zeros",
                Repaired::Unmended => "gives answers that are too large or compressed to be mended",
            };
            tracing::warn!("backend `{}` {what} (told once, counted in `status`)", self.backend);
        }
    }
}
