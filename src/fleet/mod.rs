//! Replicas: which of them live, what each of them runs, and waiting until they agree.
//!
//! Every replica shows a card in the config center that owns the table, and renews it; the card of
//! a replica that died goes away by itself. Generations count what one process has lived through,
//! so they differ between replicas of different age: whether two run the same table is told by
//! its digest. Whether they run what the center holds now is told by the revision beside it.
//!
//! A writer may ask first: it shows a proposal for as long as it lives itself, each replica judges
//! it as it would judge a change and says on its card what came of it, and only then is anything
//! written, by the same compare-and-swap as without asking.

mod announcer;
mod ballot;
mod card;
mod center_text;
mod duty;
mod judge;
mod proposal;
mod proposer;
mod replica;
mod report;
mod view;
mod voter;
mod waiting;
mod wish;

pub use ballot::Ballot;
pub use card::Card;
pub use center_text::CenterText;
pub use duty::{Hand, Worker};
pub use judge::Judge;
pub use proposal::{Body, Proposal, Vote};
pub use proposer::{ProposalError, Proposer};
pub use replica::{Me, Replica};
pub use report::{FleetReport, WaitReport};
pub use view::View;
pub use wish::{Replicas, Target, Wanted, Wish};
