//! `patchbay run`: serves until it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use clap::ValueEnum;
use listenfd::ListenFd;
use tokio::runtime::{Builder, Runtime};

use super::center::check_start;
use super::check::{Wanted, certificates, check_owner};
use super::console::Console;
use super::documents::{self, process_vars};
use super::exit::Exit;
use super::greeting::Greeting;
use super::owner::{Choice, Owner, Wish};
use crate::app::{self, Claim, Options, Ports, Running, StartError};
use crate::config::{LogFormat, settings};
use crate::descriptors;
use crate::service::Service;
use crate::shutdown::{Signals, Told};

/// Serves routes.yaml here, else a .env in DB-GPT's names, else a demo.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// The table
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The .env that supplies `${…}`, or is the table [default: the one beside the table]
    #[arg(long, value_name = "FILE")]
    env: Option<PathBuf>,
    /// The config center that owns the table: nacos://, apollo://, etcd://, consul://, zookeeper://,
    /// redis://, http(s):// or configmap://; `${…}` is filled in
    #[arg(long, value_name = "URL", env = "PATCHBAY_SOURCE", hide_env_values = true)]
    source: Option<String>,
    /// Only tell whether it would start
    #[arg(long)]
    check: bool,
    /// The data port's address, instead of the configured one; port 0 is any free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// The admin port's address, instead of the configured one
    #[arg(long, value_name = "ADDRESS:PORT")]
    admin: Option<SocketAddr>,
    /// Take the ports over from a router that runs; tell it to stop (SIGTERM) once this one serves
    #[arg(long)]
    take_over: bool,
    /// What status --fleet calls this replica, instead of the data port's address
    #[arg(long, value_name = "HOST:PORT", env = "PATCHBAY_ADVERTISE")]
    advertise: Option<String>,
    /// If the table is refused, start with the last good one
    #[arg(long)]
    last_good: bool,
    /// Where the history of the table is kept, instead of the configured place
    #[arg(long, value_name = "FOLDER")]
    state_dir: Option<PathBuf>,
    /// How log lines look, instead of as configured; the variable `RUST_LOG` says which are written
    #[arg(long, value_name = "FORMAT")]
    log: Option<Format>,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

pub(super) fn run(arguments: &Arguments, console: Console) -> Exit {
    let source = arguments.source.clone().filter(|source| !is_unset(source));
    let wish =
        Wish { config: arguments.config.clone(), env: arguments.env.clone(), has_source: source.is_some() };
    let choice = Choice::of(&wish, Path::new(""));
    if let Some(source) = source.as_deref().filter(|_| arguments.check) {
        return check_start(source, &choice, console);
    }
    if arguments.check {
        return match check_owner(&choice, Wanted::default(), console) {
            Exit::Refused => Exit::StartRefused,
            exit => exit,
        };
    }
    // Before any thread begins: what systemd has opened is told by variables, which are used up.
    let ports = match ports(arguments.take_over) {
        Ok(ports) => ports,
        Err(error) => {
            console.talk(format_args!("error: a socket that systemd has opened is of no use: {error}"));
            return Exit::StartRefused;
        }
    };
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => {
            console.talk(format_args!("error: no threads can be started: {error}"));
            return Exit::Refused;
        }
    };
    let exit = runtime.block_on(serve(arguments, source, choice, ports, console));
    runtime.shutdown_timeout(Duration::from_millis(100));
    exit
}

/// Makes as many threads as there are processors for requests. For one processor it is the thread that is
/// there: what shares work out among several costs some hundred instructions a request.
fn runtime() -> io::Result<Runtime> {
    let is_alone = available_parallelism().is_ok_and(|processors| processors.get() == 1);
    let mut builder = if is_alone { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    builder.enable_all().build()
}

/// Finds out how the ports are come by: systemd's first socket is the data port, its second the
/// admin port (`sd_listen_fds(3)`).
fn ports(take_over: bool) -> io::Result<Ports> {
    let mut given = ListenFd::from_env();
    let mut claim = |number| -> io::Result<Claim> {
        if number >= given.len() {
            return Ok(if take_over { Claim::TakeOver } else { Claim::Alone });
        }
        let listener = given.take_tcp_listener(number)?;
        listener
            .map(|listener| Claim::Given(Arc::new(listener)))
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    };
    Ok(Ports { data: claim(0)?, admin: claim(1)? })
}

async fn serve(
    arguments: &Arguments,
    source: Option<String>,
    choice: Choice,
    ports: Ports,
    console: Console,
) -> Exit {
    let mut signals = match Signals::listen() {
        Ok(signals) => signals,
        Err(error) => {
            console.talk(format_args!("error: signals can't be listened to: {error}"));
            return Exit::Refused;
        }
    };
    let (name, owner) = (choice.name(), choice.owner.clone());
    let json = arguments.log.map_or_else(|| wants_json(&choice), |log| log == Format::Json);
    // Before the start, since what it begins has things to say at once.
    let flush = app::install_log(json, std::env::var("RUST_LOG").ok().as_deref());
    descriptors::raise_limit();
    let options = Options {
        owner: choice.owner,
        source,
        unused: choice.unused,
        listen: arguments.listen,
        admin: arguments.admin,
        ports,
        advertise: arguments.advertise.clone(),
        state_dir: arguments.state_dir.clone(),
        last_good: arguments.last_good,
        vars: process_vars(),
    };
    let mut running = match app::start(options).await {
        Ok(running) => running,
        Err(error) => return refused(&error, &owner, &name, console),
    };
    if json {
        let owner = running.center.as_deref().unwrap_or(&name);
        tracing::info!(version = env!("CARGO_PKG_VERSION"), owner, data = %running.data, admin = %running.admin, "serving");
    } else {
        console.talk(Greeting::of(&running));
    }
    let service = Service::new(std::env::var("NOTIFY_SOCKET").ok().as_deref());
    service.ready();
    let told_to = serve_until_told(&mut running, &mut signals).await;
    service.stopping();
    let exit = stop(running, signals, json, console).await;
    drop(flush);
    if told_to { exit } else { Exit::Refused }
}

/// Serves until a signal ends it. `false` if a part of the router has died first: then systemd
/// should begin anew rather than have a router that no save reaches.
async fn serve_until_told(running: &mut Running, signals: &mut Signals) -> bool {
    loop {
        tokio::select! {
            told = signals.next() => match told {
                Told::Stop => return true,
                Told::Reread => running.reread(),
            },
            () = running.failed() => {
                tracing::error!("a part of the router has died; finishing what is in flight");
                return false;
            }
        }
    }
}

/// Tells how the file wants the log; one that can't be read has no say, and the start will tell
/// why. Its models don't matter: beside a config center it may well have none.
fn wants_json(choice: &Choice) -> bool {
    let documents = documents::read(&choice.owner).unwrap_or_default();
    settings(&documents, &process_vars()).is_ok_and(|settings| settings.log == LogFormat::Json)
}

/// A variable that is set to nothing, as compose files do, is not set. An empty `--source` is not
/// the same: it is refused, since a script has lost its address.
fn is_unset(source: &str) -> bool {
    source.is_empty() && std::env::var_os("PATCHBAY_SOURCE").is_some_and(|value| value.is_empty())
}

/// Finishes what is in flight, unless it is told to stop once more.
async fn stop(running: Running, mut signals: Signals, json: bool, console: Console) -> Exit {
    let left = running.live.load().in_flight.now();
    if left > 0 && !json {
        let grace = running.settings.grace.as_secs();
        let requests = super::check::count(usize::try_from(left).unwrap_or(usize::MAX), "request");
        console.talk(format_args!("stopping: up to {grace} s for {requests}; again stops at once"));
    }
    let again = async { while signals.next().await != Told::Stop {} };
    tokio::select! {
        report = running.stop() => {
            if report.cut > 0 {
                tracing::warn!(cut = report.cut, "requests were cut at the end of the grace time");
            }
        }
        () = again => tracing::warn!("told twice to stop: requests in flight were cut"),
    }
    Exit::Done
}

fn refused(error: &StartError, owner: &Owner, name: &str, console: Console) -> Exit {
    match error {
        StartError::Config(problems) => {
            console.talk(problems.render(console.color));
            console.talk(format_args!("{name} is refused; nothing was started"));
            Exit::StartRefused
        }
        StartError::Refused { what, problems } => {
            console.talk(problems.render(console.color));
            console.talk(format_args!("{what} is refused; nothing was started"));
            Exit::StartRefused
        }
        StartError::Source(source) => {
            let help = source.hint().map(|hint| format!("\n  = help: {hint}")).unwrap_or_default();
            console.talk(format_args!("error: {error}{help}\n{name} is refused; nothing was started"));
            Exit::StartRefused
        }
        StartError::Center { error: center, .. } => {
            let help = center.hint().map(|hint| format!("\n  = help: {hint}")).unwrap_or_default();
            console.talk(format_args!("error: {error}{help}"));
            Exit::StartRefused
        }
        StartError::Certificates(faults) => {
            let documents = documents::read(owner).unwrap_or_default();
            for problem in certificates::unusable(faults, &documents) {
                console.talk(problem.render(console.color));
            }
            console.talk(format_args!("{name} is refused; nothing was started"));
            Exit::StartRefused
        }
        StartError::Exposed { .. } | StartError::Address(_) => {
            console.talk(format_args!("error: {error}"));
            Exit::StartRefused
        }
        StartError::Bind { .. } => {
            console.talk(format_args!(
                "error: {error}\n  = help: does another patchbay run? `--listen` and `--admin` take other addresses, port 0 is any free one; `--take-over` joins a patchbay that is to stop"
            ));
            Exit::Refused
        }
    }
}
