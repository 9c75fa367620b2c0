//! Who says whether a replica could serve by a text.

use futures_util::future::BoxFuture;

/// Says whether this replica could serve by a text, if it were published. What that takes is not
/// known in this room.
pub trait Judge: Send + Sync {
    /// Tries a text, and changes nothing. An error says why it could not be served by.
    fn judge<'j>(&'j self, text: &'j str) -> BoxFuture<'j, Result<(), String>>;
}
