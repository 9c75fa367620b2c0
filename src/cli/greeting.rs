//! What the router says when it serves: where it is, and what to do next.

use std::fmt;
use std::net::SocketAddr;
use std::time::SystemTime;

use super::admin_port::DEFAULT_ADMIN;
use super::age::Age;
use super::check::count;
use crate::app::Running;
use crate::table::RoutingTable;

/// The start-up lines.
pub(super) struct Greeting {
    generation: u64,
    origin: String,
    models: usize,
    backends: usize,
    /// The config center that owns the table.
    center: Option<String>,
    watching: String,
    data: SocketAddr,
    admin: SocketAddr,
    /// `http` or `https`, for either of them.
    schemes: (&'static str, &'static str),
    /// Since when the table is the last good one, if the present one was refused.
    stale_since: Option<SystemTime>,
    /// A model to try, where one can be named in a shell's quotes.
    model: Option<String>,
    /// A command that would switch a model.
    switch: Option<String>,
}

impl Greeting {
    /// Looks at a router that has just started.
    pub(super) fn of(running: &Running) -> Self {
        let snapshot = running.live.load();
        let mut names = snapshot.table.names().map(|(name, _)| name);
        Self {
            generation: snapshot.generation,
            origin: snapshot.origin.clone(),
            models: snapshot.table.routes().len(),
            backends: snapshot.table.backends().len(),
            center: running.center.clone(),
            watching: running.watching.clone(),
            data: running.data,
            admin: running.admin,
            schemes: (running.settings.data_scheme(), running.settings.admin_scheme()),
            stale_since: running.stale_since,
            model: names.find(|name| !name.contains(['\'', '"', '\\'])).map(str::to_owned),
            switch: switch(&snapshot.table, running.settings.admin_scheme(), running.admin),
        }
    }
}

/// Makes up a command that would switch a model to another of its backends.
fn switch(table: &RoutingTable, scheme: &str, admin: SocketAddr) -> Option<String> {
    let is_plain =
        |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
    let has_model = |name: &str| table.routes().iter().any(|route| route.name.as_str() == name);
    let mut lone = table.routes().iter().filter(|route| route.tiers[0].targets.len() == 1);
    lone.find_map(|route| {
        let model = Some(route.name.as_str()).filter(|model| is_plain(model))?;
        let present = table.target_text(route);
        let mut names = table.backends().iter().map(|backend| backend.name.as_str());
        // A backend that bears a model's name is one that only this model knows.
        let other = names.find(|name| is_plain(name) && *name != present && !has_model(name))?;
        let admin = match format!("{scheme}://{admin}") {
            usual if usual == DEFAULT_ADMIN => String::new(),
            _ if scheme == "http" => format!(" --admin {admin}"),
            encrypted => format!(" --admin {encrypted}"),
        };
        Some(format!("patchbay switch {model} {other}{admin}"))
    })
}

impl fmt::Display for Greeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { generation, origin, watching, data, admin, schemes, .. } = self;
        let version = env!("CARGO_PKG_VERSION");
        if *generation == 0 {
            writeln!(f, "patchbay {version}   not ready: no table has come yet, {watching}")?;
        } else {
            let models = count(self.models, "model");
            let backends = count(self.backends, "backend");
            writeln!(
                f,
                "patchbay {version}   generation {generation} from {origin}   {models}, {backends}, {watching}"
            )?;
        }
        writeln!(f, "  API    {}://{data}/v1      (DB-GPT: patchbay env dbgpt)", schemes.0)?;
        writeln!(f, "  status {}://{admin}/admin/v1/status", schemes.1)?;
        if let Some(model) = &self.model {
            let host = if data.ip() == std::net::Ipv4Addr::LOCALHOST {
                format!("localhost:{}", data.port())
            } else {
                data.to_string()
            };
            let host = if schemes.0 == "http" { host } else { format!("https://{host}") };
            writeln!(
                f,
                r#"  try    curl -s {host}/v1/chat/completions -d '{{"model":"{model}","messages":[{{"role":"user","content":"hi"}}]}}'"#
            )?;
        }
        self.note(f)?;
        match &self.center {
            Some(center) => write!(f, "  switch patchbay push FILE --source {center}, or by its own console"),
            None if origin.contains("demo") => {
                let command = self.switch.as_deref().unwrap_or("patchbay switch");
                write!(
                    f,
                    "  switch {command}; to keep it, write a routes.yaml with patchbay init and start again"
                )
            }
            None => {
                let command = self.switch.iter().map(|command| format!(", or  {command}")).next();
                write!(f, "  switch edit {origin} and save{}", command.unwrap_or_default())
            }
        }
    }
}

impl Greeting {
    /// Says why the table is not the owner's present one, if it is not.
    fn note(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, center, .. } = self;
        let age = self.stale_since.map(|kept| Age(kept.elapsed().unwrap_or_default().as_secs()));
        match (center, age) {
            (None, Some(age)) => {
                writeln!(f, "  note   {origin} is refused now; this is its last good state, {age} old")
            }
            (Some(center), Some(age)) => {
                writeln!(f, "  note   {center} gives no table now; this is its last good state, {age} old")
            }
            (Some(center), None) if self.generation == 0 => {
                writeln!(f, "  note   {center} gives no table now; requests get 503 until it does")
            }
            (Some(center), None) if center != origin => {
                writeln!(f, "  note   {center} gives no table now; {origin} serves until it does")
            }
            (Some(_) | None, None) => Ok(()),
        }
    }
}
