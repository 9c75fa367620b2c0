//! `patchbay init`: writes routes.yaml and the schema that editors complete it by.

mod from_dbgpt;
mod from_litellm;
mod scalar;

use std::io;
use std::path::{Path, PathBuf};

use super::console::Console;
use super::exit::Exit;
use crate::app::DEMO;
use crate::config;

/// Writes a routes.yaml and its schema.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Make routes.yaml from DB-GPT's .env
    #[arg(long, value_name = ".env", num_args = 0..=1, default_missing_value = ".env")]
    from_dbgpt: Option<PathBuf>,
    /// Make routes.yaml from LiteLLM's configuration
    #[arg(long, value_name = "FILE", conflicts_with = "from_dbgpt")]
    from_litellm: Option<PathBuf>,
    /// Overwrite a routes.yaml that is there
    #[arg(long)]
    force: bool,
}

pub(super) fn init(arguments: &Arguments, console: Console) -> Exit {
    let routes = match (&arguments.from_dbgpt, &arguments.from_litellm) {
        (Some(env), _) => from_dbgpt::routes(env).map_err(|error| error.to_string()),
        (None, Some(file)) => from_litellm::routes(file).map_err(|error| format!("error: {error}")),
        (None, None) => Ok(DEMO.to_owned()),
    };
    let routes = match routes {
        Ok(routes) => routes,
        Err(error) => {
            console.talk(error);
            return Exit::Refused;
        }
    };
    match write_both(Path::new("routes.yaml"), &routes, arguments.force) {
        Ok(()) => {
            console.result("wrote routes.yaml and routes.schema.json");
            console.talk("next: patchbay check, then patchbay");
            Exit::Done
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            console.talk(
                "error: routes.yaml is there already; nothing was written\n  = help: --force overwrites it",
            );
            Exit::Refused
        }
        Err(error) => {
            console.talk(format_args!("error: routes.yaml can't be written: {error}"));
            Exit::Refused
        }
    }
}

/// The schema is ours to replace; routes.yaml is the operator's. What is there is replaced as a
/// whole, since a router may be watching it.
fn write_both(file: &Path, routes: &str, force: bool) -> io::Result<()> {
    if force {
        let draft = file.with_extension("yaml.new");
        std::fs::write(&draft, routes)?;
        std::fs::rename(&draft, file)?;
    } else {
        let mut created = std::fs::OpenOptions::new().write(true).create_new(true).open(file)?;
        io::Write::write_all(&mut created, routes.as_bytes())?;
    }
    std::fs::write(file.with_file_name("routes.schema.json"), config::SCHEMA)
}
