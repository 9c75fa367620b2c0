//! TLS towards centers: whom we trust, and who we are to a server that asks for a certificate.
//!
//! The parameters `ca`, `cert` and `key` of an address name files. They are read once.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{CenterAddress, CenterError};

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
            (Some(cert), key) => builder
                .with_client_auth_cert(certificates("cert", cert)?, private_key(key.unwrap_or(cert))?)
                .map_err(|error| unusable("cert", cert, &error))?,
            (None, Some(key)) => return Err(unusable("key", key, &"there is no `cert` that it belongs to")),
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

fn authorities(file: &Path) -> Result<RootCertStore, CenterError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("ca", file)? {
        roots.add(certificate).map_err(|error| unusable("ca", file, &error))?;
    }
    Ok(roots)
}

fn certificates(parameter: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, CenterError> {
    let text = std::fs::read(file).map_err(|error| unusable(parameter, file, &error))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| unusable(parameter, file, &error))?;
    // A client that trusts nobody would only ever tell of unknown issuers.
    if found.is_empty() { Err(unusable(parameter, file, &"no certificate in it")) } else { Ok(found) }
}

fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, CenterError> {
    let text = std::fs::read(file).map_err(|error| unusable("key", file, &error))?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| unusable("key", file, &error))
}

fn unusable(parameter: &str, file: &Path, why: &dyn fmt::Display) -> CenterError {
    CenterError::Nonsense(format!("the `{parameter}` file {}: {why}", file.display()))
}
