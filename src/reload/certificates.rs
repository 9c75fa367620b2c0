//! Follows the files of our own ports' certificates, beside the table and whatever becomes of it.
//!
//! A certificate and its key are two files that are written one after the other: what doesn't fit
//! is held back for a moment before it is told, and the earlier pair serves until the new one fits.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout_at;
use tokio_util::sync::CancellationToken;

use super::expiring::{Expiring, PortCertificate};
use super::{pace, tell};
use crate::config::{Document, ServerSettings, TlsFiles};
use crate::live::Live;
use crate::source::{Arrival, FileSource, SourceError};
use crate::tls::{PemFile, PortPem, PortTls, TlsFault};

/// How long who asks for a look waits for it.
const PATIENCE: Duration = Duration::from_secs(2);

/// The files of all ports that speak TLS.
#[derive(Debug)]
pub struct Certificates {
    source: FileSource,
    ports: Vec<Port>,
    asks: mpsc::Sender<oneshot::Sender<()>>,
    asked: mpsc::Receiver<oneshot::Sender<()>>,
}

/// A way to have the files read now.
#[derive(Debug, Clone)]
pub(super) struct Asker(mpsc::Sender<oneshot::Sender<()>>);

#[derive(Debug)]
struct Port {
    block: &'static str,
    files: TlsFiles,
    tls: Arc<PortTls>,
}

/// Why a port can't speak TLS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// A file can't be read.
    #[error("{error}")]
    Source {
        /// The key that names it, where it is known.
        key: Option<String>,
        /// Why.
        error: SourceError,
    },
    /// They hold something else.
    #[error(transparent)]
    Tls(TlsFault),
}

// === impl Certificates ===

impl Certificates {
    /// Reads the files that the settings name, if they name any; relative paths begin at a folder.
    pub async fn open(
        settings: &ServerSettings,
        folder: &Path,
    ) -> Result<Option<Self>, Vec<CertificateError>> {
        let wanted = wanted(settings, folder);
        if wanted.is_empty() {
            return Ok(None);
        }
        let files = wanted.iter().flat_map(|(_, files)| files.all().map(Path::to_owned)).collect();
        let mut source = FileSource::of_others(files, settings.watch, settings.poll);
        let arrival = source.read().await;
        let unreadable = |error| vec![CertificateError::Source { key: key_of(&error, &wanted), error }];
        let Arrival { documents, .. } = arrival.map_err(unreadable)?;
        let (mut ports, mut faults) = (Vec::new(), Vec::new());
        for (block, files) in wanted {
            match PortTls::new(&pem(block, &files, &documents)) {
                Ok(tls) => ports.push(Port { block, files, tls: Arc::new(tls) }),
                Err(fault) => faults.push(CertificateError::Tls(fault)),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let (asks, asked) = mpsc::channel(8);
        Ok(Some(Self { source, ports, asks, asked }))
    }

    /// Returns what the port of a block encrypts with: `server.tls` or `server.admin_tls`.
    #[must_use]
    pub fn of(&self, block: &str) -> Option<Arc<PortTls>> {
        self.ports.iter().find(|port| port.block == block).map(|port| Arc::clone(&port.tls))
    }

    /// Tells what speaks against the ports' certificates, at a moment.
    #[must_use]
    pub fn expiring(&self, now: SystemTime) -> Vec<Expiring> {
        self.shown().iter().filter_map(|port| port.expiring(now)).collect()
    }

    /// Returns the ports' certificates, to look at again and again.
    pub(super) fn shown(&self) -> Vec<PortCertificate> {
        let shown = self.ports.iter().map(|Port { block, files, tls }| PortCertificate {
            block,
            file: files.cert.display().to_string(),
            tls: Arc::clone(tls),
        });
        shown.collect()
    }

    pub(super) fn asker(&self) -> Asker {
        Asker(self.asks.clone())
    }

    /// Takes what is new until told to stop.
    pub async fn run(mut self, live: Arc<Live>, stop: CancellationToken) {
        while let Some(()) = stop.run_until_cancelled(self.step(&live)).await {}
    }

    async fn step(&mut self, live: &Live) {
        let (said, answer) = tokio::select! {
            Some(answer) = self.asked.recv() => (self.source.read().await, Some(answer)),
            said = self.source.next() => (said, None),
        };
        if matches!(said, Err(SourceError::Stopped)) {
            tracing::error!("{}", SourceError::Stopped);
            return std::future::pending().await;
        }
        let faults = match answer {
            Some(_) => self.take(&said),
            None => self.take_patiently(said).await,
        };
        for fault in &faults {
            if !live.news().borrow().certificates.contains(fault) {
                tracing::warn!("{fault}; the certificate from before keeps serving");
            }
        }
        live.announce(|news| news.certificates = faults);
        // Who asked may have gone.
        let _gone = answer.map(|answer| answer.send(()));
    }

    /// Takes what is there, or what comes right after it and fits better.
    async fn take_patiently(&mut self, mut said: Result<Arrival, SourceError>) -> Vec<String> {
        let began = Instant::now();
        loop {
            let faults = self.take(&said);
            let last_sign = said.as_ref().map_or_else(|_| Instant::now(), |arrival| arrival.last_sign);
            let hold = pace::hold_until(began, last_sign);
            if faults.is_empty() || hold <= Instant::now() {
                return faults;
            }
            match timeout_at(hold.into(), self.source.next()).await {
                Ok(next) => said = next,
                Err(_elapsed) => return faults,
            }
        }
    }

    /// Takes each port's files that fit, and returns what is wrong with the others.
    fn take(&self, said: &Result<Arrival, SourceError>) -> Vec<String> {
        let documents = match said {
            Ok(arrival) => &arrival.documents,
            Err(error) => return vec![tell::plain(&error.to_string())],
        };
        let mut faults = Vec::new();
        for Port { block, files, tls } in &self.ports {
            match tls.replace(&pem(block, files, documents)) {
                Ok(false) => {}
                Ok(true) => {
                    tracing::info!("`{block}`: new connections get the new {}", files.cert.display());
                }
                Err(fault) => faults.push(tell::plain(&fault.to_string())),
            }
        }
        faults
    }
}

// === impl CertificateError ===

impl CertificateError {
    /// Returns what can be done about it.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Source { error, .. } => error.hint(),
            Self::Tls(fault) => Some(fault.fault.hint()),
        }
    }

    /// Returns the keys that lead to the name of the file in the table.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        let key = match self {
            Self::Source { key, .. } => key.as_deref(),
            Self::Tls(fault) => Some(fault.key.as_str()),
        };
        key.map(|key| key.split('.').collect()).unwrap_or_default()
    }
}

// === impl Asker ===

impl Asker {
    /// Has the files read now, and waits until what they say counts.
    pub(super) async fn ask(&self) {
        let (ask, answer) = oneshot::channel();
        if self.0.send(ask).await.is_ok() {
            let _late = tokio::time::timeout(PATIENCE, answer).await;
        }
    }
}

/// Names the files of each block, with relative paths brought to a folder.
fn wanted(settings: &ServerSettings, folder: &Path) -> Vec<(&'static str, TlsFiles)> {
    let blocks = [("server.tls", &settings.tls), ("server.admin_tls", &settings.admin_tls)];
    let at = |path: &PathBuf| folder.join(path);
    let files = |files: &TlsFiles| TlsFiles {
        cert: at(&files.cert),
        key: at(&files.key),
        client_ca: files.client_ca.as_ref().map(at),
    };
    blocks.into_iter().filter_map(|(block, named)| Some((block, files(named.as_ref()?)))).collect()
}

/// Finds the key that names a file which can't be read.
fn key_of(error: &SourceError, wanted: &[(&str, TlsFiles)]) -> Option<String> {
    let file = Path::new(error.file()?);
    wanted.iter().find_map(|(block, files)| {
        let TlsFiles { cert, key, client_ca } = files;
        let named = [("cert", Some(cert)), ("key", Some(key)), ("client_ca", client_ca.as_ref())];
        let (key, _) = named.into_iter().find(|(_, path)| path.is_some_and(|path| path == file))?;
        Some(format!("{block}.{key}"))
    })
}

fn pem<'a>(block: &'static str, files: &'a TlsFiles, documents: &'a [Document]) -> PortPem<'a> {
    let file = |path: &'a PathBuf| {
        let name = path.display().to_string();
        let document = documents.iter().find(|document| document.name == name);
        PemFile { path, text: document.map(|document| &document.content[..]) }
    };
    PortPem {
        block,
        cert: file(&files.cert),
        key: file(&files.key),
        client_ca: files.client_ca.as_ref().map(file),
    }
}
