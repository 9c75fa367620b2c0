//! The command line as a type.

use clap::{Parser, Subcommand};

use super::{
    apply, check, demo, diff, drain, env, explain, history, init, ls, ps, pull, push, reload, rollback, run,
    show, status, switch, top, version, wait, weight,
};

/// Routes model names to OpenAI-compatible servers; the table can be edited while it serves.
///
/// Without a command it serves: routes.yaml here, else a .env in DB-GPT's names, else a demo.
#[derive(Debug, Parser)]
#[command(name = "patchbay", version, args_conflicts_with_subcommands = true)]
pub(super) struct Args {
    #[command(subcommand)]
    pub(super) verb: Option<Verb>,
    #[command(flatten)]
    pub(super) run: run::Arguments,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Serve (what happens without a command, too)
    Run(run::Arguments),
    /// Tell what is wrong with a file, without serving it
    Check(check::Arguments),
    /// Write a routes.yaml and its schema
    Init(init::Arguments),
    /// Show a live switch under load, in ten seconds
    Demo(demo::Arguments),
    /// Tell which backends answer for a model, and why
    Explain(explain::Arguments),
    /// Tell how the running router is, or its whole fleet
    Status(status::Arguments),
    /// Tell which models there are, and where they go
    Ls(ls::Arguments),
    /// Tell what each backend does now
    Ps(ps::Arguments),
    /// Show what each backend does, again and again
    Top(top::Arguments),
    /// Tell what changed the table, when, and who it was
    History(history::Arguments),
    /// Show a generation of the table
    Show(show::Arguments),
    /// Tell what differs between a file or a generation and what serves
    Diff(diff::Arguments),
    /// Wait until replicas run a table
    Wait(wait::Arguments),
    /// Print the table that a config center holds
    Pull(pull::Arguments),
    /// Point a model of the running router to another backend
    Switch(switch::Arguments),
    /// Split a model's requests
    Weight(weight::Arguments),
    /// Replace the whole table of the running router
    Apply(apply::Arguments),
    /// Go back to the table of an earlier generation
    Rollback(rollback::Arguments),
    /// Take a backend out of service: it finishes what it has and gets nothing new
    Drain(drain::Drain),
    /// Take a backend out of service for work on it
    Maint(drain::Maint),
    /// Put a backend back into service
    Ready(drain::Ready),
    /// Have the router read what owns the table now
    Reload(reload::Arguments),
    /// Put a table into a config center, unless somebody else has changed it meanwhile
    Push(push::Arguments),
    /// Print the lines that point a client here
    Env(env::Arguments),
    /// Print the JSON schema of routes.yaml
    Schema,
    /// Print the version
    Version(version::Arguments),
}
