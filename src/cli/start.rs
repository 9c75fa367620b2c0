//! From the process's arguments to a verb and its exit code.

use std::process::ExitCode;

use clap::Parser;

use super::args::{Args, Verb};
use super::console::Console;
use crate::cli;

/// Does what the command line asks for. Ends the process by itself on `--help` and on arguments
/// that make no sense (exit code 2).
#[must_use]
pub fn start() -> ExitCode {
    cli::completion::answer_the_shell();
    let args = Args::parse();
    let console = Console::of_process();
    let exit = match args.verb.unwrap_or(Verb::Run(args.run)) {
        Verb::Run(arguments) => cli::run::run(&arguments, console),
        Verb::Check(arguments) => cli::check::check(&arguments, console),
        Verb::Chat(arguments) => cli::chat::chat(&arguments, console),
        Verb::Init(arguments) => cli::init::init(&arguments, console),
        Verb::Demo(arguments) => cli::demo::demo(&arguments, console),
        Verb::Doctor(arguments) => cli::doctor::doctor(&arguments, console),
        Verb::Explain(arguments) => cli::explain::explain(&arguments, console),
        Verb::Status(arguments) => cli::status::status(&arguments, console),
        Verb::Ls(arguments) => cli::ls::ls(&arguments, console),
        Verb::Ps(arguments) => cli::ps::ps(&arguments, console),
        Verb::Top(arguments) => cli::top::top(&arguments, console),
        Verb::History(arguments) => cli::history::history(&arguments, console),
        Verb::Show(arguments) => cli::show::show(&arguments, console),
        Verb::Diff(arguments) => cli::diff::diff(&arguments, console),
        Verb::Wait(arguments) => cli::wait::wait(&arguments, console),
        Verb::Pull(arguments) => cli::pull::pull(&arguments, console),
        Verb::Switch(arguments) => cli::switch::switch(&arguments, console),
        Verb::Weight(arguments) => cli::weight::weight(&arguments, console),
        Verb::Rollback(arguments) => cli::rollback::rollback(&arguments, console),
        Verb::Drain(arguments) => cli::drain::drain(&arguments, console),
        Verb::Maint(arguments) => cli::drain::maint(&arguments, console),
        Verb::Ready(arguments) => cli::drain::ready(&arguments, console),
        Verb::Reload(arguments) => cli::reload::reload(&arguments, console),
        Verb::Apply(arguments) => cli::apply::apply(&arguments, console),
        Verb::Push(arguments) => cli::push::push(&arguments, console),
        Verb::Env(arguments) => cli::env::env(&arguments, console),
        Verb::Completion(arguments) => cli::completion::completion(&arguments, console),
        Verb::Man(arguments) => cli::man::man(&arguments, console),
        Verb::Openapi => cli::openapi::openapi(console),
        Verb::Ramp(arguments) => cli::ramp::ramp(&arguments, console),
        Verb::Promote(arguments) => cli::ramp::promote(&arguments, console),
        Verb::Pause(arguments) => cli::ramp::pause(&arguments, console),
        Verb::Resume(arguments) => cli::ramp::resume(&arguments, console),
        Verb::Abort(arguments) => cli::ramp::abort(&arguments, console),
        Verb::Replay(arguments) => cli::replay::replay(&arguments, console),
        Verb::Schema => cli::schema::schema(console),
        Verb::Version(arguments) => cli::version::version(&arguments, console),
    };
    exit.into()
}
