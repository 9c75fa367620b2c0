//! Replicas: which of them live, what each of them runs, and waiting until they agree.
//!
//! Every replica shows a card in the config center that owns the table, and renews it; the card of
//! a replica that died goes away by itself. Generations count what one process has lived through,
//! so they differ between replicas of different age: whether two run the same table is told by
//! its digest. Whether they run what the center holds now is told by the revision beside it.

mod announcer;
mod card;
mod replica;
mod report;
mod view;
mod waiting;
mod wish;

pub use card::Card;
pub use replica::{Me, Replica};
pub use report::{FleetReport, WaitReport};
pub use view::View;
pub use wish::{Replicas, Target, Wanted, Wish};
