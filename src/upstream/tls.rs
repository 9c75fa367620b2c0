//! TLS towards backends, with the operating system's certificates.

use std::io;
use std::sync::{Arc, LazyLock};

use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Made at the first encrypted connection, since reading the certificates takes time.
static CLIENT: LazyLock<Result<TlsConnector, String>> = LazyLock::new(|| {
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(BuilderVerifierExt::with_platform_verifier)
        .map_err(|error| error.to_string())?
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
});

/// Encrypts a connection and checks that the backend is who its certificate says.
pub(super) async fn encrypt(tcp: TcpStream, host: &str) -> io::Result<TlsStream<TcpStream>> {
    let client = CLIENT.as_ref().map_err(|error| io::Error::other(error.clone()))?;
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    client.connect(name, tcp).await
}
