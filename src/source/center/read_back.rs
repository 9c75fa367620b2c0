//! What came of a write.

use super::{Center, CenterError, Revision, WriteError};

/// Reads a document after it was to be replaced, won or lost, and tells whether it now holds
/// this text.
///
/// A write whose answer got lost and which was sent again loses against itself: what the document
/// holds decides, not what the second answer said.
pub(super) async fn read_back(center: &impl Center, text: &str) -> Result<Revision, WriteError> {
    match center.fetch().await {
        Ok(fetched) if fetched.content == text.as_bytes() => Ok(fetched.revision),
        Ok(fetched) => Err(WriteError::Conflict { present: Some(fetched.revision) }),
        Err(CenterError::Missing) => Err(WriteError::Conflict { present: None }),
        Err(error) => Err(error.into()),
    }
}
