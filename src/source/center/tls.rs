//! TLS towards centers: whom we trust, and who we are to a server that asks for a certificate.
//!
//! The parameters `ca`, `cert` and `key` of an address name files. They are read once.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::sign::SingleCertAndKey;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{CenterAddress, CenterError};
use crate::pem;

/// Whom to trust, and our own certificate.
#[derive(Debug, Clone)]
pub(super) struct Trust(Arc<ClientConfig>);

impl Trust {
    /// Takes what an address says.
    pub(super) fn of(address: &CenterAddress) -> Result<Self, CenterError> {
        Self::with_authority(address, address.parameter("ca").map(Path::new))
    }

    /// Trusts the authorities in a file, or else those of the operating system.
    pub(super) fn with_authority(address: &CenterAddress, ca: Option<&Path>) -> Result<Self, CenterError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| CenterError::Nonsense(error.to_string()))?;
        let builder = match ca {
            Some(file) => builder.with_root_certificates(authorities(file)?),
            None => builder
                .with_platform_verifier()
                .map_err(|error| CenterError::Nonsense(format!("the system's certificates: {error}")))?,
        };
        let file = |name| address.parameter(name).map(Path::new);
        let config = match (file("cert"), file("key")) {
            // Some keep both in one file.
            (Some(cert), key) => builder.with_client_cert_resolver(Arc::new(own(cert, key.unwrap_or(cert))?)),
            (None, Some(key)) => return Err(unusable("key", key, &"has no `cert` that it belongs to")),
            (None, None) => builder.with_no_client_auth(),
        };
        Ok(Self(Arc::new(config)))
    }

    /// Returns all of it, for a client that encrypts on its own.
    pub(super) fn into_config(self) -> ClientConfig {
        Arc::unwrap_or_clone(self.0)
    }

    /// Names the protocol that is spoken inside.
    pub(super) fn speaking(mut self, protocol: &[u8]) -> Self {
        Arc::make_mut(&mut self.0).alpn_protocols = vec![protocol.to_vec()];
        self
    }

    /// Encrypts a connection and checks that the server is who its certificate says.
    pub(super) async fn encrypt(&self, tcp: TcpStream, host: &str) -> io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(Arc::clone(&self.0)).connect(name, tcp).await
    }
}

fn text(parameter: &str, file: &Path) -> Result<Vec<u8>, CenterError> {
    std::fs::read(file).map_err(|error| unusable(parameter, file, &format!("can't be read: {error}")))
}

// A client that trusts nobody would only ever tell of unknown issuers.
fn authorities(file: &Path) -> Result<RootCertStore, CenterError> {
    let roots = pem::certificates(&text("ca", file)?).and_then(|all| pem::trusted(&all));
    roots.map_err(|fault| unusable("ca", file, &fault))
}

fn own(cert: &Path, key: &Path) -> Result<SingleCertAndKey, CenterError> {
    let own = pem::identity(&text("cert", cert)?, &text("key", key)?, &cert.display().to_string());
    let own = own.map_err(|fault| {
        let (parameter, file) = if fault.is_of_key() { ("key", key) } else { ("cert", cert) };
        unusable(parameter, file, &fault)
    })?;
    Ok(SingleCertAndKey::from(own))
}

fn unusable(parameter: &str, file: &Path, why: &dyn fmt::Display) -> CenterError {
    CenterError::Nonsense(format!("the `{parameter}` file {} {why}", file.display()))
}
