//! A center's document for the verbs that read and write it without a router.

use thiserror::Error;

use crate::config::{self, Document, Problems, Vars};
use crate::fleet::CenterText;
use crate::source::center::{AddressError, CenterAddress, CenterError};

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

/// Prepares to speak with a center; `local` are documents whose values fill in `${…}`.
pub fn open_text(source: &str, local: &[Document], vars: &Vars) -> Result<CenterText, OpenError> {
    let source = config::fill_address(source, local, vars).map_err(OpenError::Incomplete)?;
    Ok(CenterText::open(CenterAddress::parse(&source)?.in_cluster(vars))?)
}
