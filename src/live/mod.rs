//! The one cell in which the two paths meet: `load` for all, `swap` for `reload` only.

mod author;
mod budgets;
mod cell;
mod claims;
mod current;
mod news;
mod pending;
mod snapshot;
mod standings;

pub use author::Author;
pub use cell::Live;
pub use claims::Claims;
pub use news::{Applied, CenterNews, News, Refusal, UnwellNews};
pub use pending::Pending;
pub use snapshot::Snapshot;
pub use standings::Standings;
