//! The one cell in which the two paths meet: `load` for all, `swap` for `reload` only.

mod author;
mod cell;
mod claims;
mod news;
mod snapshot;

pub use author::Author;
pub use cell::Live;
pub use claims::{Claim, Claims};
pub use news::{Applied, CenterNews, News, Refusal};
pub use snapshot::Snapshot;
