//! TLS before a stub, with a certificate of an authority that no system trusts.
//!
//! The key beside this file guards nothing: it was made for this test, and its authority's own key
//! was thrown away.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

const CERTIFICATE: &[u8] = include_bytes!("tls_front/server.pem");
const KEY: &[u8] = include_bytes!("tls_front/server.key");

/// A port that speaks TLS and passes everything on to another. It ends with its owner.
pub(crate) struct TlsFront {
    authority: String,
    accepting: JoinHandle<()>,
}

// === impl TlsFront ===

impl TlsFront {
    /// Stands before `host:port`.
    pub(crate) async fn before(behind: String) -> Self {
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
        let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let accepting = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (outside, _peer) = listener.accept().await.unwrap();
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                connections.spawn(async move {
                    // A client that does not trust the certificate goes away.
                    let Ok(mut outside) = acceptor.accept(outside).await else { return };
                    let mut inside = TcpStream::connect(behind).await.unwrap();
                    let _cut = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
                });
            }
        });
        Self { authority, accepting }
    }

    /// `host:port`.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// The file with the authority's certificate.
    pub(crate) fn ca() -> PathBuf {
        [env!("CARGO_MANIFEST_DIR"), "tests/it/centers/tls_front/authority.pem"].iter().collect()
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
