//! The cases, by what they are about.

mod chunks;
mod codings;
mod ends;
mod exchanges;
mod fields;
mod hops;
mod hosts;
mod lengths;
mod liars;
mod lines;

pub(super) use chunks::CHUNKS;
pub(super) use codings::CODINGS;
pub(super) use ends::ENDS;
pub(super) use exchanges::EXCHANGES;
pub(super) use fields::FIELDS;
pub(super) use hops::HOPS;
pub(super) use hosts::HOSTS;
pub(super) use lengths::LENGTHS;
pub(super) use liars::LIARS;
pub(super) use lines::LINES;

use super::case::Case;

/// Joins tables.
pub(super) fn of(tables: &[&'static [Case]]) -> Vec<&'static Case> {
    tables.iter().flat_map(|table| table.iter()).collect()
}

/// All cases.
pub(super) fn all() -> Vec<&'static Case> {
    of(&[LINES, HOSTS, FIELDS, LENGTHS, CODINGS, CHUNKS, HOPS, EXCHANGES, LIARS, ENDS])
}
