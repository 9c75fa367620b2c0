//! A document in a config center, and what stands beside it.

use crate::source::center::{Center, CenterAddress, CenterError, open};

/// A document in a config center, and what stands beside it. The list of replicas is the center's
/// own; proposals stand in a list of their own, so that looking for one is a small question
/// however many replicas there are.
#[derive(Debug)]
pub struct CenterText {
    /// The document's address without the login.
    pub name: String,
    /// What speaks the center's protocol.
    pub center: Box<dyn Center>,
    /// What speaks it about proposals; `None` where the center keeps no lists.
    pub proposals: Option<Box<dyn Center>>,
}

// === impl CenterText ===

impl CenterText {
    /// Prepares to speak with a center. Nothing is sent yet.
    pub fn open(address: CenterAddress) -> Result<Self, CenterError> {
        let (name, beside) = (address.to_string(), address.proposals());
        let center = open(address)?;
        let proposals = center.roster().map(|_| open(beside)).transpose()?;
        Ok(Self { name, center, proposals })
    }
}
