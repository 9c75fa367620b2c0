//! DB-GPT's `.env`, written as a routes.yaml.
//!
//! Keys are not copied: routes.yaml names the variable, and the `.env` goes on to hold the value.

use std::fmt::Write;
use std::path::Path;

use super::scalar::scalar;
use crate::cli::documents::{self, ReadError, process_vars};
use crate::cli::owner::Owner;
use crate::config::{Problems, Vars, build, variables};
use crate::table::{Address, Backend, ModelName, Route, RoutingTable, Secret};

use thiserror::Error;

/// Why there is no routes.yaml.
#[derive(Debug, Error)]
pub(super) enum FromDbgptError {
    #[error("error: {0}")]
    Read(#[from] ReadError),
    #[error("{0}")]
    Refused(Problems),
}

/// Reads a `.env` and returns the routes.yaml that routes alike.
pub(super) fn routes(env: &Path) -> Result<String, FromDbgptError> {
    let documents = documents::read(&Owner::Files { routes: None, dotenv: Some(env.to_owned()) })?;
    let built = build(&documents, &process_vars()).map_err(FromDbgptError::Refused)?;
    let variables = variables(&documents[0]).map_err(FromDbgptError::Refused)?;
    Ok(Writer { table: &built.table, variables: &variables, out: heading(env) }.write())
}

fn heading(env: &Path) -> String {
    let beside = env.parent().is_none_or(|folder| folder.as_os_str().is_empty());
    let serve = if beside && env.ends_with(".env") {
        "patchbay".to_owned()
    } else {
        format!("patchbay --env {}", env.display())
    };
    format!(
        "# yaml-language-server: $schema=routes.schema.json\n\
         # Made from {} by `patchbay init --from-dbgpt`. Keys stay there; serve with: {serve}\n",
        env.display()
    )
}

struct Writer<'t> {
    table: &'t RoutingTable,
    variables: &'t Vars,
    out: String,
}

// === impl Writer ===

impl Writer<'_> {
    fn write(mut self) -> String {
        self.out.push_str("backends:\n");
        for backend in self.table.backends() {
            self.backend(backend);
        }
        self.out.push_str("models:\n");
        for route in self.table.routes() {
            self.model(route);
        }
        if let Some(default) = self.table.default_route() {
            self.line(0, "default", &scalar(default.name.as_str()));
        }
        self.out
    }

    fn backend(&mut self, backend: &Backend) {
        self.line(1, &scalar(&name_of(backend)), "");
        self.line(2, "url", &scalar(&url_of(backend)));
        if let Some(key) = &backend.key {
            let key = match self.variable_of(key) {
                Some(variable) => format!("\"${{{variable}}}\""),
                None => "\"${PROXY_API_KEY}\"".to_owned(),
            };
            self.line(2, "key", &key);
        }
        if let Some(model) = &backend.model {
            self.line(2, "model", &scalar(model.as_str()));
        }
    }

    fn model(&mut self, route: &Route) {
        self.line(1, &scalar(route.name.as_str()), "");
        let targets = &route.tiers[0].targets;
        let alike = targets.iter().all(|target| target.weight == targets[0].weight);
        let members: Vec<String> = targets
            .iter()
            .map(|target| {
                let name = scalar(&name_of(self.table.backend(target.backend)));
                if alike { name } else { format!("{name}: {}", target.weight) }
            })
            .collect();
        let to = match (&*members, alike) {
            ([only], _) => only.clone(),
            (several, true) => format!("[{}]", several.join(", ")),
            (several, false) => format!("{{{}}}", several.join(", ")),
        };
        self.line(2, "to", &to);
        if !route.aliases.is_empty() {
            let names: Vec<String> = route.aliases.iter().map(ModelName::as_str).map(scalar).collect();
            self.line(2, "alias", &format!("[{}]", names.join(", ")));
        }
        self.out.push_str(
            "    # fallback: NAME                # asked if the above fails before the first byte;\n    \
             # timeout: {first_byte: 60s}    # set this with it: DB-GPT waits 600 s, and so do we\n",
        );
    }

    fn line(&mut self, depth: usize, key: &str, value: &str) {
        let indent = "  ".repeat(depth);
        let gap = if value.is_empty() { "" } else { " " };
        writeln!(self.out, "{indent}{key}:{gap}{value}").expect("writing to a String can't fail");
    }

    /// Finds the variable that holds a key.
    fn variable_of(&self, key: &Secret) -> Option<&str> {
        let mut found = self.variables.iter().filter(|(_, value)| key.matches(value.trim().as_bytes()));
        found.next().map(|(name, _)| name.as_str())
    }
}

/// Members of a pool are told apart by `#`, which begins a comment in YAML.
fn name_of(backend: &Backend) -> String {
    backend.name.as_str().replace('#', "-")
}

fn url_of(backend: &Backend) -> String {
    match &backend.address {
        Address::Echo(echo) => echo.to_string(),
        Address::Http(endpoint) => {
            let url = endpoint.to_string();
            match endpoint.query() {
                Some(query) => format!("{}?{query}", url.trim_end_matches("?…")),
                None => url,
            }
        }
    }
}
