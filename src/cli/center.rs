//! A center's address on the command line, and what to say when it is no use.

use std::path::Path;

use tokio::runtime::Builder;

use super::console::Console;
use super::documents::{self, process_vars};
use super::exit::Exit;
use super::owner::{Choice, Owner};
use crate::app::{CenterError, CenterText, OpenError, open_text};
use crate::config::settings;

/// The `--source` of a verb.
#[derive(Debug, clap::Args)]
pub(super) struct Source {
    /// The config center's address, as for `run`; `${…}` is filled in from ./.env and the environment
    #[arg(long = "source", value_name = "URL", env = "PATCHBAY_SOURCE", hide_env_values = true)]
    url: String,
}

impl Source {
    /// Prepares to speak with the center and runs a verb's conversation with it.
    pub(super) fn converse<F>(&self, console: Console, talk: impl FnOnce(CenterText) -> F) -> Exit
    where
        F: Future<Output = Exit>,
    {
        let dotenv = Path::new(".env");
        let owner = Owner::Files { routes: None, dotenv: dotenv.is_file().then(|| dotenv.to_owned()) };
        let local = documents::read(&owner).unwrap_or_default();
        let center = match open_text(&self.url, &local, &process_vars()) {
            Ok(center) => center,
            Err(error) => {
                not_open(&error, console);
                return Exit::Usage;
            }
        };
        match Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(talk(center)),
            Err(error) => {
                console.talk(format_args!("error: no threads can be started: {error}"));
                Exit::Refused
            }
        }
    }
}

/// Tells whether a start with a center would be refused, without asking the center.
pub(super) fn check_start(source: &str, choice: &Choice, console: Console) -> Exit {
    let local = match &choice.owner {
        Owner::Demo => Ok(Vec::new()),
        owner @ Owner::Files { .. } => documents::read(owner),
    };
    let local = match local {
        Ok(local) => local,
        Err(error) => {
            console.talk(format_args!("error: {error}"));
            return Exit::StartRefused;
        }
    };
    if let Err(problems) = settings(&local, &process_vars()) {
        console.talk(problems.render(console.color));
        return Exit::StartRefused;
    }
    match open_text(source, &local, &process_vars()) {
        Ok(CenterText { name, .. }) => {
            console.result(format_args!("{name}: a good address; what it holds is checked at the start"));
            Exit::Done
        }
        Err(error) => {
            not_open(&error, console);
            Exit::StartRefused
        }
    }
}

fn not_open(error: &OpenError, console: Console) {
    match error {
        OpenError::Incomplete(problems) => console.talk(problems.render(console.color)),
        error => console.talk(format_args!("error: {error}")),
    }
}

/// Says why a center gave nothing.
pub(super) fn refused(name: &str, error: &CenterError, console: Console) -> Exit {
    let help = error.hint().map(|hint| format!("\n  = help: {hint}")).unwrap_or_default();
    console.talk(format_args!("error: {name} {error}{help}"));
    if error.is_down() { Exit::NotReachable } else { Exit::Refused }
}
