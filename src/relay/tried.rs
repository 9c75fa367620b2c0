//! What was tried, for the error's text.

use super::fault::{Fault, FaultKind};
use crate::record::Entry;

/// Each try that came to nothing, in order.
#[derive(Default)]
pub(super) struct Tried(Vec<String>);

// === impl Tried ===

impl Tried {
    pub(super) fn push(&mut self, entry: &Entry, why: &dyn std::fmt::Display) {
        tracing::debug!(backend = entry.backend_name(), %why, "a try failed");
        self.0.push(format!("`{}`: {why}", entry.backend_name()));
    }

    pub(super) fn fault(&self, entry: &Entry, silence: bool) -> Fault {
        let kind = if silence { FaultKind::BackendTimeout } else { FaultKind::Unreachable };
        let message = format!("no backend answered for model `{}`; tried {}", entry.model, self.0.join("; "));
        Fault::new(kind, message)
    }
}
