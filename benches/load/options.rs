//! What may be said on the command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::peers::PLAIN;

/// What the router costs beside other proxies.
#[derive(Parser, Clone)]
#[command(name = "load")]
pub(crate) struct Options {
    /// How long a round lasts
    #[arg(default_value_t = 3)]
    pub(crate) seconds: u32,
    /// How often the proxies take turns; the tables show medians
    #[arg(default_value_t = 3)]
    pub(crate) rounds: u32,
    /// One round of a second: whether everything works, not how fast it is
    #[arg(long)]
    quick: bool,
    /// Which proxies; the usual ones are all but relay, nemo-switchyard, litellm and patchbay-plain
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) peers: Vec<String>,
    /// Which scenes
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub(crate) scenes: Vec<String>,
    /// Requests a second of those scenes that have a fixed rate
    #[arg(long)]
    pub(crate) rate: Option<u32>,
    /// Write benchmarks.md and its pictures into this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// The router
    #[arg(
        long,
        env = "PATCHBAY_BIN",
        default_value = PLAIN
    )]
    pub(crate) patchbay: PathBuf,
    /// Be the peer of this name: from an address to another
    #[arg(long, hide = true, num_args = 2, value_names = ["AT", "UPSTREAM"])]
    pub(crate) relay: Vec<SocketAddr>,
    /// Cargo says it
    #[arg(long, hide = true)]
    pub(crate) bench: bool,
}

impl Options {
    /// Reads them.
    pub(crate) fn read() -> Self {
        let mut options = Self::parse();
        if options.quick {
            (options.seconds, options.rounds) = (1, 1);
        }
        options
    }

    /// Returns how long a round lasts.
    pub(crate) fn length(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }
}
