//! How connections to one backend are encrypted, where the configuration says more than its URL.

use std::fmt;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use sha2::{Digest, Sha256};
use thiserror::Error;

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
pub enum TlsError {
    /// No certificate.
    #[error("`{0}` holds no certificate")]
    NoCertificate(String),
    /// Something that looks like a certificate.
    #[error("`{path}` holds a certificate that can't be read: {why}")]
    BadCertificate {
        /// The file.
        path: String,
        /// The reason.
        why: String,
    },
    /// No private key.
    #[error("`{0}` holds no private key")]
    NoKey(String),
    /// A private key that is encrypted itself.
    #[error("the private key in `{0}` is encrypted")]
    EncryptedKey(String),
    /// Something that looks like a private key.
    #[error("`{path}` holds a private key that can't be used: {why}")]
    BadKey {
        /// The file.
        path: String,
        /// The reason.
        why: String,
    },
    /// A key of another certificate.
    #[error("the private key in `{key}` doesn't belong to the certificate in `{cert}`")]
    Mismatch {
        /// The certificate's file.
        cert: String,
        /// The key's file.
        key: String,
    },
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
        let mut roots = RootCertStore::empty();
        let certificates = certificates(file)?;
        for certificate in &certificates {
            roots.add(certificate.clone()).map_err(|error| bad_certificate(file, &error))?;
        }
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
        let chain = certificates(cert)?;
        let path = || key.path.to_owned();
        let der = PrivateKeyDer::from_pem_slice(key.text.as_bytes()).map_err(|_| {
            let is_encrypted = key.text.contains("ENCRYPTED");
            if is_encrypted { TlsError::EncryptedKey(path()) } else { TlsError::NoKey(path()) }
        })?;
        let bad = |error: rustls::Error| TlsError::BadKey { path: path(), why: error.to_string() };
        let signing = aws_lc_rs::default_provider().key_provider.load_private_key(der).map_err(bad)?;
        let certified = CertifiedKey::new(chain, signing);
        match certified.keys_match() {
            // A kind of key that doesn't tell is proved by the first handshake.
            Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => {}
            Err(rustls::Error::InconsistentKeys(_)) => {
                return Err(TlsError::Mismatch { cert: cert.path.to_owned(), key: path() });
            }
            Err(error) => return Err(bad_certificate(cert, &error)),
        }
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

    /// Returns both for a handshake.
    #[must_use]
    pub fn certified(&self) -> &Arc<CertifiedKey> {
        &self.certified
    }
}

// === impl TlsError ===

impl TlsError {
    /// Returns what would be right.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::NoCertificate(_) => "a PEM file is wanted; it begins with -----BEGIN CERTIFICATE-----",
            Self::NoKey(_) => "a PEM file is wanted; it begins with -----BEGIN PRIVATE KEY-----",
            Self::BadCertificate { .. } | Self::BadKey { .. } => "was the file written to its end?",
            Self::EncryptedKey(_) => {
                "nobody could type its passphrase here: store it decrypted, readable for this user only"
            }
            Self::Mismatch { .. } => "replace both files; they are read again when either changes",
        }
    }
}

fn certificates(file: PemFile<'_>) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(file.text.as_bytes()).collect();
    let found = found.map_err(|error| bad_certificate(file, &in_words(&error)))?;
    if found.is_empty() { Err(TlsError::NoCertificate(file.path.to_owned())) } else { Ok(found) }
}

/// Its own words show bytes.
fn in_words(error: &pem::Error) -> &'static str {
    match error {
        pem::Error::MissingSectionEnd { .. } => "its END line is missing",
        pem::Error::IllegalSectionStart { .. } => "its BEGIN line is broken",
        pem::Error::Base64Decode(_) => "there is something else than base64 in it",
        _ => "it isn't PEM",
    }
}

fn bad_certificate(file: PemFile<'_>, why: &dyn fmt::Display) -> TlsError {
    TlsError::BadCertificate { path: file.path.to_owned(), why: why.to_string() }
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
