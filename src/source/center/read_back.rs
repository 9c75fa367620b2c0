//! What came of a write.

use super::{Center, CenterError, Revision, WriteError};

/// Reads a document after it was to be replaced, and tells whether it now holds this text;
/// `was_taken` is whether the center said so.
///
/// A write whose answer got lost and which was sent again loses against itself: what the document
/// holds decides, not what the second answer said. And one that was taken may be gone by now,
/// because somebody has read it and gone on from it, which is no conflict.
pub(super) async fn read_back(
    center: &impl Center,
    text: &str,
    was_taken: bool,
) -> Result<Revision, WriteError> {
    match center.fetch().await {
        Ok(fetched) if fetched.content == text.as_bytes() => Ok(fetched.revision),
        Ok(fetched) => Err(WriteError::overtaken(was_taken, Some(fetched.revision))),
        Err(CenterError::Missing) => Err(WriteError::overtaken(was_taken, None)),
        Err(error) => Err(error.into()),
    }
}
