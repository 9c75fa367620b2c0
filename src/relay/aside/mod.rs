//! What goes on beside the requests: copies for mirrors, and answers that are read to their end
//! though nobody waits for them any more.
//!
//! Everything here has one owner, [`Asides`], which bounds it and ends it. Nothing here can hold a
//! request up, and a panic of it ends nothing else.

mod asides;
mod finishing;
mod mirror;
mod presence;

pub use asides::Asides;
pub use finishing::Finishing;
pub(super) use mirror::mirror;
pub(super) use presence::Presence;
