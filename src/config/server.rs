//! Settings that are read at start only.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::table::{Callers, Secret};

/// The block `server`: read at start; a later edit is answered with "restart needed".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// The data port, 127.0.0.1:9999 by default.
    pub listen: SocketAddr,
    /// The admin port, 127.0.0.1:9998 by default.
    pub admin: SocketAddr,
    /// Whoever may use the admin port; on loopback anyone may, if there is none.
    pub admin_tokens: Callers,
    /// The data port's certificate; without one it speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// The admin port's.
    pub admin_tls: Option<TlsFiles>,
    /// How logs are written.
    pub log: LogFormat,
    /// Where the history of the table is kept.
    pub state_dir: Option<PathBuf>,
    /// How files are watched.
    pub watch: WatchMode,
    /// How often files are looked at without any event, 2 s by default.
    pub poll: Duration,
    /// Whether a save that removes more than half of the models is refused.
    pub guard: bool,
    /// The largest request body in bytes, 64 MB by default.
    pub max_body: u64,
    /// How many clients may be connected to the data port, 20,000 by default.
    pub connections: u32,
    /// How many bytes of request bodies may be held at once, 1 GiB by default. One body always fits.
    pub buffered: u64,
    /// How many requests may be in flight, 16,384 by default.
    pub in_flight: u32,
    /// How long a stop waits for streams, 30 s by default.
    pub grace: Duration,
    /// The config center that owns the table, as an address; logins may stand in it.
    pub source: Option<Secret>,
    /// What the other replicas call this one, instead of its data port's address.
    pub advertise: Option<String>,
}

/// PEM files that make a port speak TLS; a relative path begins at the table's folder. Which ones is
/// read at start, what they hold is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and the chain behind it.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Who signs the certificates that clients must have; without it they need none.
    pub client_ca: Option<PathBuf>,
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// How files are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WatchMode {
    /// By events, with polling as the backstop.
    #[default]
    Auto,
    /// By polling only.
    Poll,
}

impl ServerSettings {
    /// Returns how addresses of the data port begin.
    #[must_use]
    pub fn data_scheme(&self) -> &'static str {
        scheme(self.tls.as_ref())
    }

    /// Returns how addresses of the admin port begin.
    #[must_use]
    pub fn admin_scheme(&self) -> &'static str {
        scheme(self.admin_tls.as_ref())
    }
}

fn scheme(tls: Option<&TlsFiles>) -> &'static str {
    if tls.is_some() { "https" } else { "http" }
}

impl TlsFiles {
    /// Returns all of them.
    pub fn all(&self) -> impl Iterator<Item = &Path> {
        [&self.cert, &self.key].into_iter().chain(&self.client_ca).map(PathBuf::as_path)
    }
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 9999)),
            admin: SocketAddr::from(([127, 0, 0, 1], 9998)),
            admin_tokens: Callers::default(),
            tls: None,
            admin_tls: None,
            log: LogFormat::default(),
            state_dir: None,
            watch: WatchMode::default(),
            poll: Duration::from_secs(2),
            guard: false,
            max_body: 64 * 1024 * 1024,
            connections: 20_000,
            buffered: 1024 * 1024 * 1024,
            in_flight: 16_384,
            grace: Duration::from_secs(30),
            source: None,
            advertise: None,
        }
    }
}
