//! Holds what the documents say against each other, and makes the table of it.
//!
//! Goes on after a problem, so that all are told at once; what depends on a broken part is left
//! out rather than reported a second time.

mod backends;
mod callers;
mod fallbacks;
mod guards;
mod headers;
mod mirrors;
mod models;
mod owner;
mod rules;
mod shares;
mod table;
mod tiers;

pub(super) use table::compile;

use super::{Format, Place, code, place, problem, raw, reader, suggest};
