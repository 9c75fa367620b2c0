//! What `pull` and `push` have in common: a center's address, and what to say when it is no use.

use std::path::Path;

use tokio::runtime::Builder;

use super::console::Console;
use super::documents::{self, process_vars};
use super::exit::Exit;
use super::owner::Owner;
use crate::app::{CenterError, CenterText, OpenError};

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
        let center = match CenterText::open(&self.url, &local, &process_vars()) {
            Ok(center) => center,
            Err(OpenError::Incomplete(problems)) => {
                console.talk(problems.render(console.color));
                return Exit::Usage;
            }
            Err(error) => {
                console.talk(format_args!("error: {error}"));
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

/// Says why a center gave nothing.
pub(super) fn refused(name: &str, error: &CenterError, console: Console) -> Exit {
    let help = error.hint().map(|hint| format!("\n  = help: {hint}")).unwrap_or_default();
    console.talk(format_args!("error: {name} {error}{help}"));
    if error.is_down() { Exit::NotReachable } else { Exit::Refused }
}
