//! A document in a config center, and what stands beside it.

use crate::source::center::{Center, CenterAddress, CenterError, open};

/// A document in a config center, and what stands beside it. The list of replicas is the center's
/// own; proposals, and work that is shared, stand in lists of their own, so that looking for some is
/// a small question however many replicas there are.
#[derive(Debug)]
pub struct CenterText {
    /// The document's address without the login.
    pub name: String,
    /// What speaks the center's protocol.
    pub center: Box<dyn Center>,
    /// What speaks it about proposals; `None` where the center keeps no lists.
    pub proposals: Option<Box<dyn Center>>,
    /// What speaks it about work that one replica does for all.
    pub duties: Option<Box<dyn Center>>,
}

// === impl CenterText ===

impl CenterText {
    /// Prepares to speak with a center. Nothing is sent yet.
    pub fn open(address: CenterAddress) -> Result<Self, CenterError> {
        let (name, proposals, duties) = (address.to_string(), address.proposals(), address.duties());
        let center = open(address)?;
        let beside = |address| center.roster().map(|_| open(address)).transpose();
        let (proposals, duties) = (beside(proposals)?, beside(duties)?);
        Ok(Self { name, center, proposals, duties })
    }
}
