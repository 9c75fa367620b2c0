//! TLS before a stub, with a certificate of an authority that no system trusts.
//!
//! The keys beside this file guard nothing: they were made for these tests, and the authorities'
//! own keys were thrown away.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

const CERTIFICATE: &[u8] = include_bytes!("tls_front/server.pem");
const KEY: &[u8] = include_bytes!("tls_front/server.key");
const CLIENTS: &[u8] = include_bytes!("tls_front/client_authority.pem");

/// A port that speaks TLS and passes everything on to another. It ends with its owner.
pub(crate) struct TlsFront {
    authority: String,
    accepting: JoinHandle<()>,
}

// === impl TlsFront ===

impl TlsFront {
    /// Stands before `host:port`.
    pub(crate) async fn before(behind: String) -> Self {
        Self::at(0, behind, false).await.unwrap()
    }

    /// Stands before `host:port`, and lets only those in who have a certificate of their own.
    pub(crate) async fn demanding(behind: String) -> Self {
        Self::at(0, behind, true).await.unwrap()
    }

    /// Takes a port; `None` if somebody else has it.
    pub(crate) async fn at(port: u16, behind: String, is_demanding: bool) -> Option<Self> {
        let certificate = CertificateDer::from_pem_slice(CERTIFICATE).unwrap();
        let key = PrivateKeyDer::from_pem_slice(KEY).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = if is_demanding {
            let mut clients = RootCertStore::empty();
            clients.add(CertificateDer::from_pem_slice(CLIENTS).unwrap()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(clients), provider);
            config.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            config.with_no_client_auth()
        };
        let config = config.with_single_cert(vec![certificate], key).unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind(("127.0.0.1", port)).await.ok()?;
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
        Some(Self { authority, accepting })
    }

    /// `host:port`.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.authority.rsplit(':').next().unwrap().parse().unwrap()
    }

    /// A file beside this one: `authority.pem`, `client.pem`, `client.key`.
    pub(crate) fn file(name: &str) -> String {
        format!("{}/tests/it/centers/tls_front/{name}", env!("CARGO_MANIFEST_DIR"))
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
