//! The command line as a type.

use clap::{Parser, Subcommand};

use crate::cli;

/// Routes model names to OpenAI-compatible servers; the table can be edited while it serves.
///
/// Without a command it serves: routes.yaml here, else a .env in DB-GPT's names, else a demo.
#[derive(Debug, Parser)]
#[command(name = "patchbay", version, args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
    #[command(flatten)]
    pub(super) run: cli::run::Arguments,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Serve (what happens without a command, too)
    Run(cli::run::Arguments),
    /// Tell what is wrong with a file, without serving it
    Check(cli::check::Arguments),
    /// Send a real request through the running router
    Chat(cli::chat::Arguments),
    /// Write a routes.yaml and its schema
    Init(cli::init::Arguments),
    /// Show a live switch under load, in ten seconds
    Demo(cli::demo::Arguments),
    /// Look for what goes wrong around a router, each with its fix
    Doctor(cli::doctor::Arguments),
    /// Tell which backends answer for a model, and why
    Explain(cli::explain::Arguments),
    /// Tell how the running router is, or its whole fleet
    Status(cli::status::Arguments),
    /// Tell which models there are, and where they go
    Ls(cli::ls::Arguments),
    /// Tell what each backend does now
    Ps(cli::ps::Arguments),
    /// Show what each backend does, again and again
    Top(cli::top::Arguments),
    /// Tell what changed the table, when, and who it was
    History(cli::history::Arguments),
    /// Show a generation of the table
    Show(cli::show::Arguments),
    /// Tell what would change: by a file, or from one generation to another
    Diff(cli::diff::Arguments),
    /// Wait until replicas run a table
    Wait(cli::wait::Arguments),
    /// Print the table that a config center holds
    Pull(cli::pull::Arguments),
    /// Point a model of the running router to another backend
    Switch(cli::switch::Arguments),
    /// Split a model's requests
    Weight(cli::weight::Arguments),
    /// Replace the whole table of the running router
    Apply(cli::apply::Arguments),
    /// Go back to the table of an earlier generation
    Rollback(cli::rollback::Arguments),
    /// Take a backend out of service: it finishes what it has and gets nothing new
    Drain(cli::drain::Drain),
    /// Take a backend out of service for work on it
    Maint(cli::drain::Maint),
    /// Put a backend back into service
    Ready(cli::drain::Ready),
    /// Have the router read what owns the table now
    Reload(cli::reload::Arguments),
    /// Put a table into a config center, unless somebody else has changed it meanwhile
    Push(cli::push::Arguments),
    /// Print the lines that point a client here
    Env(cli::env::Arguments),
    /// Print the admin API as an `OpenAPI` document
    Openapi,
    /// Give a new target a growing share, and go back by itself if it does worse
    Ramp(cli::ramp::Arguments),
    /// Give a ramp's new target everything now
    Promote(cli::ramp::Ramped),
    /// Hold a ramp at its step
    Pause(cli::ramp::Ramped),
    /// Let a held ramp go on
    Resume(cli::ramp::Ramped),
    /// End a ramp and go back
    Abort(cli::ramp::Ramped),
    /// Tell what recorded requests would do with another table
    Replay(cli::replay::Arguments),
    /// Print the script that has a shell complete commands, models and backends
    Completion(cli::completion::Arguments),
    /// Print the manual page
    Man(cli::man::Arguments),
    /// Print the JSON schema of routes.yaml
    Schema,
    /// Print the version
    Version(cli::version::Arguments),
}
