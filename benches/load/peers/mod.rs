//! The proxies that are measured, each with one worker on one core.

mod classic;
mod ours;
mod peer;
mod recipe;
mod routers;

pub(crate) use ours::{PLAIN, point_to, table_in};
pub(crate) use peer::{Peer, start};
pub(crate) use recipe::{Place, RECIPES, Recipe};
