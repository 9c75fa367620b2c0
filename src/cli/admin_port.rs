//! Where a running router's admin port is, and how a verb and it trust each other.

use std::path::{Path, PathBuf};

use reqwest::{Certificate, ClientBuilder, Identity};
use thiserror::Error;

use super::documents::{ReadError, bytes_of};

/// Where the admin API is, if nobody says otherwise.
pub(super) const DEFAULT_ADMIN: &str = "http://127.0.0.1:9998";

/// The admin port of the router that is asked.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct AdminPort {
    /// The running router's admin address [default: 127.0.0.1:9998]
    #[arg(long = "admin", value_name = "URL", env = "PATCHBAY_ADMIN")]
    pub(super) address: Option<String>,
    /// Whom to trust at an https:// address, instead of whom this system trusts (PEM)
    #[arg(long, value_name = "FILE", env = "PATCHBAY_CA")]
    ca: Option<PathBuf>,
    /// What to show where the admin port asks for a certificate (PEM, with its key or beside it)
    #[arg(long, value_name = "FILE", env = "PATCHBAY_CERT")]
    cert: Option<PathBuf>,
    /// The key of that certificate, if it is in a file of its own
    #[arg(long, value_name = "FILE", env = "PATCHBAY_CERT_KEY", requires = "cert")]
    cert_key: Option<PathBuf>,
}

/// Why a file can't be used to trust or to be trusted.
#[derive(Debug, Error)]
pub(super) enum TrustError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("{} is no PEM file of certificates: {source}", file.display())]
    Authority { file: PathBuf, source: reqwest::Error },
    #[error("{} has no certificate in it", file.display())]
    NoAuthority { file: PathBuf },
    #[error("{} and its key are no PEM of a certificate and a key: {source}", file.display())]
    Identity { file: PathBuf, source: reqwest::Error },
}

// === impl AdminPort ===

impl AdminPort {
    /// The one that variables name.
    pub(super) fn of_environment() -> Self {
        let file = |name| std::env::var_os(name).map(PathBuf::from);
        Self {
            address: std::env::var("PATCHBAY_ADMIN").ok(),
            ca: file("PATCHBAY_CA"),
            cert: file("PATCHBAY_CERT"),
            cert_key: file("PATCHBAY_CERT_KEY"),
        }
    }

    /// The same, at an address if none is given.
    pub(super) fn or_at(&self, address: String) -> Self {
        Self { address: Some(self.address.clone().unwrap_or(address)), ..self.clone() }
    }

    /// Where it is, as a URL without a slash at its end.
    pub(super) fn url(&self) -> String {
        let address = self.address.as_deref().unwrap_or(DEFAULT_ADMIN);
        let url = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
        url.trim_end_matches('/').to_owned()
    }

    /// Has a client trust whom it should, and show what it has.
    pub(super) fn trusted_by(&self, mut client: ClientBuilder) -> Result<ClientBuilder, TrustError> {
        if let Some(file) = present(self.ca.as_deref()) {
            let unusable = |source| TrustError::Authority { file: file.to_owned(), source };
            let trusted = Certificate::from_pem_bundle(&bytes_of(file)?).map_err(unusable)?;
            if trusted.is_empty() {
                return Err(TrustError::NoAuthority { file: file.to_owned() });
            }
            client = client.tls_certs_only(trusted);
        }
        if let Some(file) = present(self.cert.as_deref()) {
            let mut pem = bytes_of(file)?;
            if let Some(key) = present(self.cert_key.as_deref()) {
                pem.push(b'\n');
                pem.extend(bytes_of(key)?);
            }
            let unusable = |source| TrustError::Identity { file: file.to_owned(), source };
            client = client.identity(Identity::from_pem(&pem).map_err(unusable)?);
        }
        Ok(client)
    }
}

/// A variable that is set to nothing, as compose files do, names no file.
fn present(file: Option<&Path>) -> Option<&Path> {
    file.filter(|file| !file.as_os_str().is_empty())
}
