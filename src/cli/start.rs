//! From the process's arguments to a verb and its exit code.

use std::process::ExitCode;

use clap::Parser;

use super::args::{Args, Verb};
use super::console::Console;
use super::{
    apply, check, demo, diff, drain, env, explain, history, init, ls, ps, pull, push, reload, rollback, run,
    schema, show, status, switch, top, version, wait, weight,
};

/// Does what the command line asks for. Ends the process by itself on `--help` and on arguments
/// that make no sense (exit code 2).
#[must_use]
pub fn start() -> ExitCode {
    let args = Args::parse();
    let console = Console::of_process();
    let exit = match args.verb.unwrap_or(Verb::Run(args.run)) {
        Verb::Run(arguments) => run::run(&arguments, console),
        Verb::Check(arguments) => check::check(&arguments, console),
        Verb::Init(arguments) => init::init(&arguments, console),
        Verb::Demo(arguments) => demo::demo(&arguments, console),
        Verb::Explain(arguments) => explain::explain(&arguments, console),
        Verb::Status(arguments) => status::status(&arguments, console),
        Verb::Ls(arguments) => ls::ls(&arguments, console),
        Verb::Ps(arguments) => ps::ps(&arguments, console),
        Verb::Top(arguments) => top::top(&arguments, console),
        Verb::History(arguments) => history::history(&arguments, console),
        Verb::Show(arguments) => show::show(&arguments, console),
        Verb::Diff(arguments) => diff::diff(&arguments, console),
        Verb::Wait(arguments) => wait::wait(&arguments, console),
        Verb::Pull(arguments) => pull::pull(&arguments, console),
        Verb::Switch(arguments) => switch::switch(&arguments, console),
        Verb::Weight(arguments) => weight::weight(&arguments, console),
        Verb::Rollback(arguments) => rollback::rollback(&arguments, console),
        Verb::Drain(arguments) => drain::drain(&arguments, console),
        Verb::Maint(arguments) => drain::maint(&arguments, console),
        Verb::Ready(arguments) => drain::ready(&arguments, console),
        Verb::Reload(arguments) => reload::reload(&arguments, console),
        Verb::Apply(arguments) => apply::apply(&arguments, console),
        Verb::Push(arguments) => push::push(&arguments, console),
        Verb::Env(arguments) => env::env(&arguments, console),
        Verb::Schema => schema::schema(console),
        Verb::Version(arguments) => version::version(&arguments, console),
    };
    exit.into()
}
