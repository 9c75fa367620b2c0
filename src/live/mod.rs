//! The one cell in which the two paths meet: `load` for all, `swap` for `reload` only.

mod cell;
mod news;
mod snapshot;

pub use cell::Live;
pub use news::{Applied, CenterNews, News, Refusal};
pub use snapshot::Snapshot;
