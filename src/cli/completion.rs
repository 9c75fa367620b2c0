//! `patchbay completion`: a shell's script that asks this binary what may come next.

use clap::{CommandFactory, ValueEnum};
use clap_complete::env::{CompleteEnv, Shells};

use super::args::Args;
use super::console::Console;
use super::exit::Exit;

/// The variable by which a shell's script asks.
const VARIABLE: &str = "PATCHBAY_COMPLETE";

const NAME: &str = "patchbay";

/// Prints the script that has a shell complete commands, models and backends.
///
/// bash: patchbay completion bash > ~/.local/share/bash-completion/completions/patchbay
/// zsh:  patchbay completion zsh > ~/.zfunc/_patchbay, with ~/.zfunc in fpath before compinit
/// fish: patchbay completion fish > ~/.config/fish/completions/patchbay.fish
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Arguments {
    /// Which shell
    shell: Shell,
}

/// A shell that can be taught.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

/// Answers a shell that asks what may come next, and ends the process. Does nothing otherwise.
pub(super) fn answer_the_shell() {
    if std::env::var_os(VARIABLE).is_some() {
        CompleteEnv::with_factory(Args::command).var(VARIABLE).complete();
    }
}

pub(super) fn completion(arguments: &Arguments, console: Console) -> Exit {
    let shell = arguments.shell.to_possible_value();
    let shells = Shells::builtins();
    let teacher = shell.as_ref().and_then(|shell| shells.completer(shell.get_name()));
    let mut script = Vec::new();
    match teacher.map(|teacher| teacher.write_registration(VARIABLE, NAME, NAME, NAME, &mut script)) {
        Some(Ok(())) => {
            console.result(String::from_utf8_lossy(&script));
            Exit::Done
        }
        Some(Err(error)) => {
            console.talk(format_args!("error: the script can't be written: {error}"));
            Exit::Refused
        }
        None => {
            console.talk("error: nothing is known of this shell");
            Exit::Refused
        }
    }
}
