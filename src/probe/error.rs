//! Why a question got no answer.

use std::time::Duration;

use thiserror::Error;

use crate::upstream::Failure;

/// Why there is no whole answer.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// No head.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// A head, and then a body that broke.
    #[error("the backend broke its answer off")]
    Broken,
    /// Not in time.
    #[error("the backend gave no whole answer within {0:?}")]
    Slow(Duration),
    /// More than anybody would send for so small a question.
    #[error("the backend's answer has more than {0} bytes")]
    TooLarge(usize),
}
