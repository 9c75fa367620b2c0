//! What lies over the owner's documents.

use std::fmt;
use std::sync::Arc;

use crate::config::Document;

type Lay = dyn Fn(Vec<Document>) -> Vec<Document> + Send + Sync;

/// Changes the owner's documents before they are judged: by what was ordered here and can't be
/// written there. Nothing, unless it is given.
#[derive(Clone, Default)]
pub struct Overlay(Option<Arc<Lay>>);

// === impl Overlay ===

impl Overlay {
    /// Takes what changes them. It may take its time.
    #[must_use]
    pub fn new(lay: impl Fn(Vec<Document>) -> Vec<Document> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(lay)))
    }

    pub(super) fn lay(&self, documents: Vec<Document>) -> Vec<Document> {
        match &self.0 {
            Some(lay) => lay(documents),
            None => documents,
        }
    }
}

impl fmt::Debug for Overlay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Overlay").field(&self.0.is_some()).finish()
    }
}
