//! A center's document for the verbs that read and write it without a router.

use thiserror::Error;

use crate::config::{self, Document, Problems, Vars};
use crate::source::center::{AddressError, Center, CenterAddress, CenterError, open};

/// Why a center can't be spoken with.
#[derive(Debug, Error)]
pub enum OpenError {
    /// A `${…}` of the address has no value.
    #[error("the source's address is incomplete")]
    Incomplete(Problems),
    /// The address can't be one.
    #[error("the source's address is refused: {0}")]
    Address(#[from] AddressError),
    /// It can't be prepared for.
    #[error(transparent)]
    Center(#[from] CenterError),
}

/// A center, and its address as people may see it.
#[derive(Debug)]
pub struct CenterText {
    /// The address without the login.
    pub name: String,
    /// What speaks its protocol.
    pub center: Box<dyn Center>,
}

impl CenterText {
    /// Prepares to speak with a center; `local` are documents whose values fill in `${…}`.
    pub fn open(source: &str, local: &[Document], vars: &Vars) -> Result<Self, OpenError> {
        let source = config::fill_address(source, local, vars).map_err(OpenError::Incomplete)?;
        let address = CenterAddress::parse(&source)?.in_cluster(vars);
        Ok(Self { name: address.to_string(), center: open(address)? })
    }
}
