//! How connections to one backend are encrypted, where the configuration says more than its URL.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::pem::{self, Expiry, PemFault};

/// The key `tls` of a backend, its files read and understood.
#[derive(Debug, Clone)]
pub struct Tls {
    /// Who may have signed its certificate; the system's authorities where nobody is named.
    pub ca: Option<Authorities>,
    /// What we show if it asks who we are.
    pub client: Option<ClientCertificate>,
    /// Whether HTTP/2 is offered.
    pub http2: bool,
}

/// The content of a file, and the name that the configuration has for it.
#[derive(Clone, Copy)]
pub struct PemFile<'t> {
    /// Its path as it is written.
    pub path: &'t str,
    /// What it holds.
    pub text: &'t str,
}

/// Certificates that are trusted, of a file.
#[derive(Clone)]
pub struct Authorities {
    path: Box<str>,
    roots: Arc<RootCertStore>,
    certificates: Arc<[CertificateDer<'static>]>,
    digest: [u8; 32],
}

/// A certificate with its private key, each of a file. The key can't be had back as a text.
#[derive(Clone)]
pub struct ClientCertificate {
    paths: [Box<str>; 2],
    certified: Arc<CertifiedKey>,
    digest: [u8; 32],
}

/// Why a file is of no use. Nothing of its content shows.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{path}` {fault}")]
pub struct TlsError {
    /// The file.
    pub path: String,
    /// What is wrong with it.
    pub fault: PemFault,
}

// === impl Tls ===

impl Tls {
    /// Returns a fingerprint of all that a connection depends on. What a file holds counts, not
    /// what it is called.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.ca.as_ref().map_or([0; 32], |ca| ca.digest));
        hash.update(self.client.as_ref().map_or([0; 32], |client| client.digest));
        hash.update([u8::from(self.http2)]);
        hash.finalize().into()
    }
}

// === impl Authorities ===

impl Authorities {
    /// Reads the certificates of a file.
    pub fn parse(file: PemFile<'_>) -> Result<Self, TlsError> {
        let fault = |fault| TlsError { path: file.path.to_owned(), fault };
        let certificates = pem::certificates(file.text.as_bytes()).map_err(fault)?;
        let roots = pem::trusted(&certificates).map_err(fault)?;
        let digest = Sha256::digest(file.text).into();
        Ok(Self { path: file.path.into(), roots: Arc::new(roots), certificates: certificates.into(), digest })
    }

    /// Returns the file's path as it is written.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the certificates.
    #[must_use]
    pub fn roots(&self) -> &Arc<RootCertStore> {
        &self.roots
    }

    /// Tells whether a certificate is one of them.
    #[must_use]
    pub fn holds(&self, certificate: &CertificateDer<'_>) -> bool {
        self.certificates.contains(certificate)
    }
}

// === impl ClientCertificate ===

impl ClientCertificate {
    /// Reads a certificate, with those that lead to its authority, and its key.
    pub fn parse(cert: PemFile<'_>, key: PemFile<'_>) -> Result<Self, TlsError> {
        let certified = pem::identity(cert.text.as_bytes(), key.text.as_bytes(), cert.path);
        let certified = certified.map_err(|fault| {
            let path = if fault.is_of_key() { key.path } else { cert.path };
            TlsError { path: path.to_owned(), fault }
        })?;
        let mut hash = Sha256::new();
        for file in [cert, key] {
            hash.update(Sha256::digest(file.text));
        }
        let paths = [cert.path.into(), key.path.into()];
        Ok(Self { paths, certified: Arc::new(certified), digest: hash.finalize().into() })
    }

    /// Returns the paths of the certificate and of its key as they are written.
    #[must_use]
    pub fn paths(&self) -> [&str; 2] {
        self.paths.each_ref().map(|path| &**path)
    }

    /// Tells what speaks against the certificate, at a moment.
    #[must_use]
    pub fn expiry(&self, now: SystemTime) -> Option<Expiry> {
        Expiry::of(&self.certified.cert, now)
    }

    /// Returns both for a handshake.
    #[must_use]
    pub fn certified(&self) -> &Arc<CertifiedKey> {
        &self.certified
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Authorities").field(&self.path).finish()
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientCertificate").field(&self.paths).finish()
    }
}
