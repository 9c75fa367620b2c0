//! What the router costs beside other proxies, in rounds that take turns.
//!
//!     cargo build --release && benches/load/peers.sh
//!     cargo bench --profile load --bench load              # all of it: some 12 minutes
//!     cargo bench --profile load --bench load -- --quick   # whether everything works
//!     cargo bench --profile load --bench load -- --scenes unary,burst --peers nginx,haproxy,patchbay 5 3
//!     cargo bench --profile load --bench load -- --out docs   # writes docs/benchmarks.md
//!
//! The profile keeps what Cargo builds along with a bench away from `target/release/patchbay`.
//!
//! The mock server and the load share CPU 1, each proxy has CPU 0 alone. Read differences below
//! 10 % as noise. Linux only; who isn't installed is left out, and named.
#![allow(clippy::print_stdout, missing_docs, reason = "a program for people")]

mod ask;
#[path = "../plot/bars.rs"]
mod bars;
mod budget;
mod chunks;
mod clock;
mod closed;
mod figure;
#[path = "../plot/frame.rs"]
mod frame;
mod http;
#[path = "../plot/lines.rs"]
mod lines;
mod machine;
mod mock;
mod open;
mod options;
mod outcome;
mod page;
mod peers;
mod pictures;
mod process;
mod relay;
mod run;
mod scene;
mod stamp;
mod switches;
mod table;
mod tally;

use std::io;
use std::path::Path;
use std::process::ExitCode;

use figure::Figure;
use mock::Mock;
use options::Options;
use outcome::Outcome;
use peers::{RECIPES, Recipe};
use run::Bench;
use scene::{Pace, SCENES, Scene};
use table::Table;
use tokio::signal::unix::{SignalKind, signal};

const PROXY_CPU: usize = 0;
const LOAD_CPU: usize = 1;

fn main() -> ExitCode {
    let options = Options::read();
    // `cargo test --benches` wants to know whether it starts, not what comes out.
    if !options.bench {
        return ExitCode::SUCCESS;
    }
    start(options).unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn start(options: Options) -> io::Result<ExitCode> {
    if let [at, upstream] = options.relay[..] {
        return relay::serve(at, upstream).and(Ok(ExitCode::SUCCESS));
    }
    check_router(&options.patchbay)?;
    process::pin_self(LOAD_CPU)?;
    process::allow_many_connections();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        tokio::select! {
            done = run(options) => done,
            told = stopped() => told.and(Ok(ExitCode::FAILURE)),
        }
    })
}

/// Waits for a signal to stop: proxies have groups of their own, and end only where they are dropped.
async fn stopped() -> io::Result<()> {
    let mut terminated = signal(SignalKind::terminate())?;
    tokio::select! {
        told = tokio::signal::ctrl_c() => told,
        _ = terminated.recv() => Ok(()),
    }
}

async fn run(options: Options) -> io::Result<ExitCode> {
    let scenes = chosen(&SCENES, &options.scenes, "scene", |scene: &Scene| scene.name, |_| true)?;
    let asked = chosen(&RECIPES, &options.peers, "peer", |peer: &Recipe| peer.name, |peer| peer.usual)?;
    let (recipes, versions) = installed(&asked, &options);
    let folder = tempfile::tempdir()?;
    let out = options.out.clone();
    let rounds = format!("rounds of {} s, {} of them, medians", options.seconds, options.rounds);
    let mut bench = Bench {
        options,
        recipes,
        folder: folder.path().to_owned(),
        mocks: [Mock::start().await?, Mock::start().await?],
        quiet: machine::Quiet::default(),
        slowest: None,
    };
    let mut outcomes: Vec<Outcome> = Vec::new();
    for scene in scenes {
        if matches!(scene.pace, Pace::Switching(_)) && !bench.has(switches::WHOSE) {
            eprintln!("LEFT OUT: the scene {}, since it is about {} only", scene.name, switches::WHOSE);
            continue;
        }
        let outcome = bench.scene(scene).await?;
        println!("\n{}\n{}", outcome.heading(), Table::of(&outcome).text());
        outcomes.push(outcome);
    }
    if let Some(budgets) = budget::table(&outcomes) {
        println!("{}", budgets.text());
    }
    let head = format!(
        "Made on {} on {}, {}; {rounds}. {versions}.",
        jiff::Zoned::now().date(),
        machine::description(),
        bench.quiet.report(),
    );
    println!("{head}");
    if let Some(folder) = out {
        page::write(&folder, &head, &outcomes)?;
    }
    Ok(if failures(&outcomes) == 0.0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Refuses a router that is not there, and one that Cargo has built along with this program: it then has the features that
/// tests ask of its dependencies, and is not what users get.
fn check_router(patchbay: &Path) -> io::Result<()> {
    let own = std::env::current_exe()?;
    let wrong = match patchbay.canonicalize() {
        Ok(path) if own.ancestors().nth(2) == path.parent() => "is built for tests",
        Ok(_) => return Ok(()),
        Err(_) => "is not there",
    };
    let text = "`cargo build --release`, then `cargo bench --profile load --bench load`";
    Err(io::Error::other(format!("{} {wrong}: {text}", patchbay.display())))
}

/// Returns those that are named, or the usual ones if none is.
fn chosen<T: Copy>(
    all: &[T],
    names: &[String],
    what: &str,
    name: impl Fn(&T) -> &'static str,
    usual: impl Fn(&T) -> bool,
) -> io::Result<Vec<T>> {
    if let Some(unknown) = names.iter().find(|wanted| all.iter().all(|one| name(one) != wanted.as_str())) {
        let known: Vec<_> = all.iter().map(&name).collect();
        return Err(io::Error::other(format!(
            "no {what} is called {unknown}: there are {}",
            known.join(", ")
        )));
    }
    let wanted =
        |one: &&T| if names.is_empty() { usual(one) } else { names.iter().any(|wanted| wanted == name(one)) };
    Ok(all.iter().filter(wanted).copied().collect())
}

/// Returns who is installed, and a line that says in which versions and who isn't.
fn installed(asked: &[Recipe], options: &Options) -> (Vec<Recipe>, String) {
    let (mut recipes, mut known, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for recipe in asked {
        if let Some(version) = recipe.version(&options.patchbay) {
            known.push(format!("{} {version}", recipe.name));
            recipes.push(*recipe);
        } else {
            eprintln!("LEFT OUT: {} is not installed (see benches/load/peers.sh)", recipe.name);
            missing.push(recipe.name);
        }
    }
    let missing = if missing.is_empty() {
        String::new()
    } else {
        format!("; left out, since not installed: {}", missing.join(", "))
    };
    (recipes, known.join(", ") + &missing)
}

/// Counts requests to the own router without a whole answer.
fn failures(outcomes: &[Outcome]) -> f64 {
    let rows = ["patchbay", switches::AT_REST, switches::SWITCHING];
    let failed = outcomes.iter().flat_map(|outcome| {
        rows.iter().filter_map(|row| outcome.value(row, Figure::Failed)).collect::<Vec<_>>()
    });
    failed.sum()
}
