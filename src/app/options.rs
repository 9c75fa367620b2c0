//! What to start with, and why a start fails.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::config::{Problems, ServerSettings, Vars};
use crate::front::Claim;
use crate::reload::CertificateError;
use crate::source::SourceError;
use crate::source::center::{AddressError, CenterError};

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

/// How the ports are come by.
#[derive(Debug, Clone, Default)]
pub struct Ports {
    /// The data port.
    pub data: Claim,
    /// The admin port.
    pub admin: Claim,
}

/// What to start with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Who owns the table.
    pub owner: Owner,
    /// The config center that owns the table, instead of the configured one; `${…}` is filled in.
    /// The owner's files then supply `server`, `keys`, values and the table of a cold start.
    pub source: Option<String>,
    /// What was found beside the owner and is not used, for the status.
    pub unused: Vec<String>,
    /// The data port, instead of the configured one.
    pub listen: Option<SocketAddr>,
    /// The admin port, instead of the configured one.
    pub admin: Option<SocketAddr>,
    /// How the ports are come by.
    pub ports: Ports,
    /// What the other replicas know the data port as, if not its own address.
    pub advertise: Option<String>,
    /// The state directory, instead of the configured one.
    pub state_dir: Option<PathBuf>,
    /// Whether to start with the last good documents if the present ones are refused.
    pub last_good: bool,
    /// The process environment.
    pub vars: Vars,
}

// === impl Owner ===

impl Owner {
    /// Returns the folder at which relative paths of the settings begin.
    #[must_use]
    pub fn folder(&self) -> &Path {
        match self {
            Self::Files { routes, dotenv } => {
                routes.as_ref().or(dotenv.as_ref()).and_then(|file| file.parent()).unwrap_or(Path::new(""))
            }
            Self::Demo => Path::new(""),
        }
    }
}

// === impl Options ===

impl Options {
    /// Lays what the command line says over the settings.
    pub(super) fn over(&self, configured: &ServerSettings) -> ServerSettings {
        ServerSettings {
            listen: self.listen.unwrap_or(configured.listen),
            admin: self.admin.unwrap_or(configured.admin),
            state_dir: self.state_dir.clone().or_else(|| configured.state_dir.clone()),
            ..configured.clone()
        }
    }
}

// === impl Ports ===

impl Ports {
    /// Tells whether somebody else has opened one, at an address that no setting names.
    pub(super) fn are_given(&self) -> bool {
        [&self.data, &self.admin].iter().any(|claim| matches!(claim, Claim::Given(_)))
    }
}

/// Why the router doesn't start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The documents are refused.
    #[error("the configuration is refused")]
    Config(Problems),
    /// What the config center holds, or its address, is refused.
    #[error("{what} is refused")]
    Refused {
        /// Which: the center's address without the login, or words for it.
        what: String,
        /// Why.
        problems: Problems,
    },
    /// The documents can't be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The config center's address can't be one.
    #[error("the source's address is refused: {0}")]
    Address(#[from] AddressError),
    /// The config center can't be prepared for.
    #[error("{center} {error}")]
    Center {
        /// Its address, without the login.
        center: String,
        /// Why.
        error: CenterError,
    },
    /// The ports can't speak TLS with what their files hold.
    #[error("the certificates are refused")]
    Certificates(Vec<CertificateError>),
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
    /// A port off loopback that the settings alone would have refused.
    #[error("{address} is off loopback, and {missing}")]
    Exposed {
        /// Which.
        address: SocketAddr,
        /// What is missing.
        missing: &'static str,
    },
}
