//! `patchbay man`: the manual page, made from the same words as `--help`.

use clap::CommandFactory;
use clap_mangen::Man;

use super::args::Args;
use super::console::Console;
use super::exit::Exit;

/// Prints a manual page: of patchbay, or of one of its commands.
///
/// To read it: patchbay man | man -l -
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Which command
    command: Option<String>,
}

pub(super) fn man(arguments: &Arguments, console: Console) -> Exit {
    let mut all = Args::command();
    all.build();
    let page = match &arguments.command {
        None => all,
        Some(name) => {
            let Some(verb) = all.find_subcommand(name) else {
                console.talk(format_args!("error: there is no command `{name}`; see patchbay --help"));
                return Exit::Usage;
            };
            verb.clone().display_name(format!("patchbay-{name}"))
        }
    };
    let mut text = Vec::new();
    if let Err(error) = Man::new(page).render(&mut text) {
        console.talk(format_args!("error: the page can't be written: {error}"));
        return Exit::Refused;
    }
    console.result(String::from_utf8_lossy(&text));
    Exit::Done
}
