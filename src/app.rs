//! Wiring: sources to reload, reload to the live cell, the live cell to two ports.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use thiserror::Error;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config::{Built, Document, Format, Problems, ServerSettings, Vars, build};
use crate::front::admin::{self, AdminFacts};
use crate::front::{DataPort, Limits, Server, StopReport};
use crate::live::{Live, Snapshot};

/// The sample that serves where nothing else is found, and that `cargo run` finds in a clone.
pub const DEMO: &str = include_str!("../routes.yaml");

/// How often idle connections to backends are looked through.
const SWEEP: Duration = Duration::from_secs(1);

pub use crate::record::{LogFlush, log::install as install_log};

/// Who owns the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// A routes file, with a `.env` that supplies values where there is one; or a `.env` alone.
    Files {
        /// The routes file.
        routes: Option<PathBuf>,
        /// The `.env`.
        dotenv: Option<PathBuf>,
    },
    /// The sample in the binary.
    Demo,
}

/// What to start with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who owns the table.
    pub owner: Owner,
    /// What was found beside the owner and is not used, for the status.
    pub unused: Vec<String>,
    /// The data port, instead of the configured one.
    pub listen: Option<SocketAddr>,
    /// The admin port, instead of the configured one.
    pub admin: Option<SocketAddr>,
    /// The state directory, instead of the configured one.
    pub state_dir: Option<PathBuf>,
    /// Whether to start with the last good documents if the present ones are refused.
    pub last_good: bool,
    /// The process environment.
    pub vars: Vars,
}

/// Why the router doesn't start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The documents are refused.
    #[error("the configuration is refused")]
    Config(Problems),
    /// An address can't be taken.
    #[error("can't listen on {address} ({port} port): {source}")]
    Bind {
        /// Which.
        address: SocketAddr,
        /// `data` or `admin`.
        port: &'static str,
        /// Why.
        source: io::Error,
    },
}

/// A router that serves.
#[derive(Debug)]
pub struct Running {
    /// The data port's address.
    pub data: SocketAddr,
    /// The admin port's address.
    pub admin: SocketAddr,
    /// The table, and the news about it.
    pub live: Arc<Live>,
    /// The settings that it runs with.
    pub settings: ServerSettings,
    /// How the owner is watched.
    pub watching: String,
    stop_serving: CancellationToken,
    stop_rest: CancellationToken,
    data_task: JoinHandle<StopReport>,
    rest: Vec<JoinHandle<()>>,
}

/// Starts the router: reads, builds, binds, serves.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let documents = read(&options.owner);
    let Built { table, server: settings, warnings, .. } =
        build(&documents, &options.vars).map_err(StartError::Config)?;
    let settings = ServerSettings {
        listen: options.listen.unwrap_or(settings.listen),
        admin: options.admin.unwrap_or(settings.admin),
        state_dir: options.state_dir.clone().or(settings.state_dir),
        ..settings
    };
    let data_server = bind(settings.listen, "data").await?;
    let admin_server = bind(settings.admin, "admin").await?;
    let (data, admin) = (address(&data_server, settings.listen)?, address(&admin_server, settings.admin)?);
    let owner = documents.first().map(|document| document.name.clone()).unwrap_or_default();
    let live = Arc::new(Live::new(Snapshot::first(table, owner.clone(), SystemTime::now())));
    let watching = "watching".to_owned();
    let facts = AdminFacts {
        started: SystemTime::now(),
        owner,
        unused: options.unused,
        watching: watching.clone(),
        listen: data.to_string(),
    };
    let stop_serving = CancellationToken::new();
    let stop_rest = CancellationToken::new();
    let limits = Limits { max_body: settings.max_body };
    let data_task = tokio::spawn(data_server.serve(
        DataPort::router(Arc::clone(&live), limits),
        stop_serving.clone(),
        settings.grace,
    ));
    let admin_router = admin::router(Arc::clone(&live), facts);
    let admin_task = admin_server.serve(admin_router, stop_rest.clone(), Duration::ZERO);
    let rest = vec![
        tokio::spawn(async move {
            let _report = admin_task.await;
        }),
        tokio::spawn(sweep(Arc::clone(&live), stop_rest.clone())),
    ];
    let _ = warnings;
    Ok(Running { data, admin, live, settings, watching, stop_serving, stop_rest, data_task, rest })
}

fn read(owner: &Owner) -> Vec<Document> {
    let document =
        |name: String, format, content: Vec<u8>| Document { name, format, content: Bytes::from(content) };
    match owner {
        Owner::Demo => vec![document("built-in demo".to_owned(), Format::Routes, DEMO.into())],
        Owner::Files { routes, dotenv } => {
            let routes = routes.iter().map(|path| (path, Format::Routes));
            let all = routes.chain(dotenv.iter().map(|path| (path, Format::Dotenv)));
            all.map(|(path, format)| {
                document(path.display().to_string(), format, std::fs::read(path).unwrap_or_default())
            })
            .collect()
        }
    }
}

async fn bind(address: SocketAddr, port: &'static str) -> Result<Server, StartError> {
    Server::bind(address, port).await.map_err(|source| StartError::Bind { address, port, source })
}

fn address(server: &Server, asked: SocketAddr) -> Result<SocketAddr, StartError> {
    server.address().map_err(|source| StartError::Bind { address: asked, port: "data", source })
}

/// Closes idle connections that have grown old, until the router stops.
async fn sweep(live: Arc<Live>, stop: CancellationToken) {
    let mut tick = interval(SWEEP);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stop.run_until_cancelled(tick.tick()).await.is_some() {
        for upstream in live.load().upstreams() {
            upstream.sweep(Instant::now());
        }
    }
}

// === impl Running ===

impl Running {
    /// Stops in order: no new connections, then the requests in flight, then everything else.
    pub async fn stop(self) -> StopReport {
        self.stop_serving.cancel();
        let report = self.data_task.await.unwrap_or(StopReport { cut: 0 });
        self.stop_rest.cancel();
        for task in self.rest {
            // A task that panicked has been logged by the runtime; the others still end in order.
            let _ended = task.await;
        }
        report
    }
}
