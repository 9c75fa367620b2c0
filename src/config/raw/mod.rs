//! What the documents say, read but not yet held against each other: every value has its place,
//! and names are still texts.

mod backend;
mod caller;
mod health;
mod hook;
mod json;
mod limits;
mod max_in_flight;
mod mirror;
mod model;
mod params;
mod repair;
mod server;
mod server_tls;
mod strategy;
mod table;
mod target;
mod tls;
mod tokens;
mod when;

pub(super) use backend::{RawBackend, RawHeader, RawKey};
pub(super) use caller::RawCaller;
pub(super) use health::RawHealth;
pub(super) use limits::{RawRetry, RawTimeouts, RawTotal};
pub(super) use max_in_flight::RawMaxInFlight;
pub(super) use mirror::RawMirror;
pub(crate) use model::is_object;
pub(super) use model::{RawFallback, RawModel};
pub(super) use server::{RawServer, socket};
pub(super) use table::{RawDefaults, RawTable};
pub(super) use target::RawMember;
pub(crate) use target::{addresses, is_url};
pub(super) use tls::{RawTls, tls_files};
pub(super) use when::{RawClause, RawRule};

use super::reader::{Grammar, Reader, Words};
use super::{Place, code, node, place, server as settings, suggest, values};
