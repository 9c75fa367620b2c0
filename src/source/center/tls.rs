//! TLS towards centers that don't speak HTTP.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::CenterError;

/// Whom to trust.
#[derive(Debug, Clone)]
pub(super) struct Trust(Arc<ClientConfig>);

impl Trust {
    /// Trusts the authorities in a file, or else those of the operating system.
    pub(super) fn new(ca: Option<&Path>) -> Result<Self, CenterError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| CenterError::Nonsense(error.to_string()))?;
        let builder = match ca {
            Some(file) => builder.with_root_certificates(authorities(file)?),
            None => builder
                .with_platform_verifier()
                .map_err(|error| CenterError::Nonsense(format!("the system's certificates: {error}")))?,
        };
        Ok(Self(Arc::new(builder.with_no_client_auth())))
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
    let unusable = |why: String| CenterError::Nonsense(format!("the `ca` file {}: {why}", file.display()));
    let text = std::fs::read(file).map_err(|error| unusable(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unusable("no certificate in it".to_owned()));
    }
    Ok(roots)
}
