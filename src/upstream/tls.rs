//! TLS towards backends: whom we trust, who we are, and which HTTP we offer.

use std::fmt;
use std::io;
use std::sync::{Arc, LazyLock, OnceLock};

use rustls::ClientConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::sign::SingleCertAndKey;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::trust::Trust;
use crate::table::Tls;

/// What is offered for the inside of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Offer {
    /// HTTP/2 where its configuration has nothing against it, else HTTP/1.1.
    Best,
    /// HTTP/1.1, for one who writes it by hand.
    Http1,
}

/// How connections to one backend are encrypted.
#[derive(Clone)]
pub(super) struct Encryption {
    tls: Option<Arc<Tls>>,
    own: Arc<OnceLock<Result<Clients, String>>>,
}

/// One client for each offer.
struct Clients {
    best: TlsConnector,
    http1: TlsConnector,
}

/// For all backends without settings of their own. Made at the first encrypted connection, since
/// reading the system's certificates takes time.
static SYSTEM: LazyLock<Result<Clients, String>> = LazyLock::new(|| Clients::of(None));

// === impl Encryption ===

impl Encryption {
    pub(super) fn of(tls: Option<Arc<Tls>>) -> Self {
        Self { tls, own: Arc::default() }
    }

    /// Tells whether HTTP/2 is offered.
    pub(super) fn offers_http2(&self) -> bool {
        self.tls.as_ref().is_none_or(|tls| tls.http2)
    }

    /// Encrypts a connection and checks that the backend is who its certificate says.
    pub(super) async fn begin(
        &self,
        tcp: TcpStream,
        host: &str,
        offer: Offer,
    ) -> io::Result<TlsStream<TcpStream>> {
        let clients = match &self.tls {
            None => &*SYSTEM,
            Some(tls) => self.own.get_or_init(|| Clients::of(Some(tls))),
        };
        let clients = clients.as_ref().map_err(|error| io::Error::other(error.clone()))?;
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let client = match offer {
            Offer::Best => &clients.best,
            Offer::Http1 => &clients.http1,
        };
        client.connect(name, tcp).await
    }
}

impl fmt::Debug for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Encryption").field(&self.tls).finish()
    }
}

// === impl Clients ===

impl Clients {
    fn of(tls: Option<&Tls>) -> Result<Self, String> {
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = match tls.and_then(|tls| tls.ca.as_ref()) {
            Some(ca) => {
                let trust = Trust::of(ca).map_err(|error| error.to_string())?;
                builder.dangerous().with_custom_certificate_verifier(Arc::new(trust))
            }
            None => builder.with_platform_verifier().map_err(|error| error.to_string())?,
        };
        let config = match tls.and_then(|tls| tls.client.as_ref()) {
            Some(client) => {
                let shown = SingleCertAndKey::from(Arc::clone(client.certified()));
                builder.with_client_cert_resolver(Arc::new(shown))
            }
            None => builder.with_no_client_auth(),
        };
        let offering = |protocols: &[&str]| {
            let mut config = config.clone();
            config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
            TlsConnector::from(Arc::new(config))
        };
        let http1 = offering(&["http/1.1"]);
        let best =
            if tls.is_none_or(|tls| tls.http2) { offering(&["h2", "http/1.1"]) } else { http1.clone() };
        Ok(Self { best, http1 })
    }
}
