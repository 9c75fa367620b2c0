//! Whether a backend keeps the API's contract, point by point.
//!
//! Each point is one question whose answer people notice when it is wrong. What is told of it says
//! what was found and what that means for those who use the backend.

mod cancel;
mod finding;
mod lists;
mod refusals;
mod report;
mod reuse;
mod stream;
mod usage;

pub use finding::{Finding, Point, Verdict};
pub use report::{Report, contract};
