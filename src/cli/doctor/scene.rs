//! What is there: the table that `run` would take, and the router that may run already.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::Arguments;
use super::finding::Finding;
use super::table;
use crate::cli::ask;
use crate::cli::documents::process_vars;
use crate::cli::owner::{Choice, Wish};
use crate::config::{ServerSettings, Vars};
use crate::table::RoutingTable;

/// What is there.
pub(super) struct Scene {
    pub(super) choice: Choice,
    /// `None` if the documents are refused.
    pub(super) table: Option<RoutingTable>,
    pub(super) server: ServerSettings,
    pub(super) vars: Vars,
    pub(super) running: Option<Running>,
}

/// A router that runs already.
#[derive(Debug, Deserialize)]
pub(super) struct Running {
    pub(super) version: String,
    pub(super) generation: u64,
    pub(super) listen: String,
    pub(super) owner: String,
}

// === impl Scene ===

impl Scene {
    pub(super) fn of(arguments: &Arguments, findings: &mut Vec<Finding>) -> Self {
        let vars = process_vars();
        let wish = Wish { config: arguments.config.clone(), env: arguments.env.clone(), has_source: false };
        let choice = Choice::of(&wish, Path::new(""));
        let (table, server) = table::look(&choice, &vars, findings);
        let admin = arguments.admin.or_at(format!("{}://{}", server.admin_scheme(), server.admin));
        let running = ask::get(&admin, "status", &[], Duration::ZERO).ok();
        Self { choice, table, server, vars, running }
    }

    /// Finds a variable of this process that is set and not empty.
    pub(super) fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}
