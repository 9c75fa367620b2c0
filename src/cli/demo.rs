//! `patchbay demo`: a live switch under load, measured on the spot.
//!
//! Nothing is acted: a real router on free ports, real requests over loopback, a real save of a
//! real file, and every answer is looked through.

mod asker;
mod folder;
mod tally;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use thiserror::Error;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, timeout};

use asker::{Asker, Kind};
use folder::Folder;
use tally::Tally;

use super::console::Console;
use super::exit::Exit;
use super::owner::Owner;
use crate::app::{self, Options, Ports, StartError};
use crate::config::Vars;

/// Between two requests: 50 a second.
const PAUSE: Duration = Duration::from_millis(20);

/// How long the new backend may take to answer before the demo gives up on the switch.
const PATIENCE: Duration = Duration::from_secs(3);

/// Shows a live switch under load.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// For how long
    #[arg(long, default_value_t = 10, hide = true, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
}

/// Why there is no demo.
#[derive(Debug, Error)]
enum DemoError {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("{0}")]
    Client(#[from] reqwest::Error),
}

pub(super) fn demo(arguments: &Arguments, console: Console) -> Exit {
    let shown = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(DemoError::from)
        .and_then(|runtime| runtime.block_on(show(arguments.seconds, console)));
    match shown {
        Ok(tally) => {
            for (fault, times) in tally.faults() {
                console.talk(format_args!("{times} x {fault}"));
            }
            console.result(&tally);
            if tally.is_clean() { Exit::Done } else { Exit::Refused }
        }
        Err(error) => {
            console.talk(format_args!("error: {error}"));
            Exit::Refused
        }
    }
}

async fn show(seconds: u64, console: Console) -> Result<Tally, DemoError> {
    let folder = Folder::make()?;
    let routes = folder.save(&table("blue"))?;
    let running = app::start(options(routes.clone())).await?;
    console.talk(format_args!(
        "two echo backends, blue and green, behind http://{}/v1; 50 requests a second, half of them streams\n\
         at half-time `demo: blue` becomes `demo: green` in {}",
        running.data,
        routes.display()
    ));
    let asker = Asker::new(running.data)?;
    let tally = under_load(seconds, &asker, &folder, console).await?;
    running.stop().await;
    Ok(tally)
}

/// Asks 50 times a second, and saves the new table at half-time.
async fn under_load(
    seconds: u64,
    asker: &Asker,
    folder: &Folder,
    console: Console,
) -> Result<Tally, DemoError> {
    let total = seconds * 50;
    let mut tally = Tally::new(total);
    let mut open = JoinSet::new();
    let mut switch = None;
    let mut ticks = interval(PAUSE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for n in 0..total {
        ticks.tick().await;
        if n == total / 2 {
            let asker = asker.clone();
            folder.save(&table("green"))?;
            let saved = Instant::now();
            switch = Some(tokio::spawn(async move { asker.until_answered_by("green", saved).await }));
        }
        let kind = if n % 2 == 0 { Kind::Stream } else { Kind::Plain };
        let asker = asker.clone();
        open.spawn(async move { asker.ask(kind).await });
        while let Some(Ok(answer)) = open.try_join_next() {
            tally.add(answer);
        }
        console.progress(tally.progress());
    }
    while let Some(answer) = open.join_next().await {
        tally.add(answer.expect("an asker's task does not panic"));
        console.progress(tally.progress());
    }
    console.progress("");
    if let Some(switch) = switch {
        tally.switch_took = timeout(PATIENCE, switch).await.ok().and_then(Result::ok);
    }
    Ok(tally)
}

fn options(routes: PathBuf) -> Options {
    let any_port = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    Options {
        source: None,
        owner: Owner::Files { routes: Some(routes), dotenv: None },
        unused: Vec::new(),
        listen: any_port,
        admin: any_port,
        ports: Ports::default(),
        advertise: None,
        state_dir: None,
        last_good: false,
        vars: Vars::default(),
    }
}

/// Streams of 0.4 s, so that a dozen of them are open when the table changes.
fn table(target: &str) -> String {
    format!(
        "backends:\n  blue: echo://blue?tokens=24&tps=60\n  green: echo://green?tokens=24&tps=60\n\
         models:\n  demo: {target}\n"
    )
}
