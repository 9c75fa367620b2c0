//! `patchbay doctor`: what keeps this folder's table from being served, or its clients from it.

mod backends;
mod certificates;
mod clock;
mod dbgpt;
mod files;
mod finding;
mod ports;
mod proxies;
mod scene;
mod table;
mod watching;

use std::path::PathBuf;

use super::admin_port::AdminPort;
use super::console::Console;
use super::exit::Exit;
use finding::Diagnosis;
use scene::Scene;

/// Looks for what goes wrong around a router: ports, files, backends, DB-GPT's settings, proxies.
///
/// Nothing is changed, and no model is made to work; `check --probe` does that.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The table; without it, the one that `run` would take
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The .env that supplies `${…}` [default: the one beside the table]
    #[arg(long, value_name = "FILE")]
    env: Option<PathBuf>,
    /// DB-GPT's .env [default: ./.env, if it isn't the table and names a proxy model]
    #[arg(long, value_name = "FILE")]
    dbgpt: Option<PathBuf>,
    #[command(flatten)]
    admin: AdminPort,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn doctor(arguments: &Arguments, console: Console) -> Exit {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            console.talk(format_args!("error: {error}"));
            return Exit::Refused;
        }
    };
    let mut findings = Vec::new();
    let scene = Scene::of(arguments, &mut findings);
    ports::look(&scene, &mut findings);
    files::look(&scene, &mut findings);
    runtime.block_on(certificates::look(&scene, &mut findings));
    runtime.block_on(watching::look(&scene, &mut findings));
    runtime.block_on(backends::look(&scene, &mut findings));
    dbgpt::look(&scene, arguments.dbgpt.as_deref(), &mut findings);
    proxies::look(&scene, &mut findings);
    clock::look(&scene, &mut findings);
    let diagnosis = Diagnosis::of(findings);
    if arguments.json {
        console.json(&diagnosis);
    } else {
        console.result(&diagnosis);
    }
    if diagnosis.is_well() { Exit::Done } else { Exit::Refused }
}
