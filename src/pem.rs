//! Certificates and private keys, out of PEM texts. What is wrong with one is told in words that
//! follow the name of its file, and nothing of its content shows.

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error as TlsError, InconsistentKeys, RootCertStore};
use thiserror::Error;

mod validity;

pub use validity::{Expiry, Validity};

/// What is wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PemFault {
    /// There is no such file.
    #[error("does not exist")]
    Missing,
    /// Nothing in it is a certificate.
    #[error("has no certificate in it")]
    NoCertificate,
    /// Some of it is none.
    #[error("holds no usable certificate: {0}")]
    Certificate(String),
    /// Nothing in it is a private key.
    #[error("has no private key in it")]
    NoKey,
    /// It wants a password.
    #[error("is encrypted, and nobody is there to give its password")]
    EncryptedKey,
    /// It isn't one that can be used.
    #[error("holds no usable private key: {0}")]
    Key(String),
    /// It is another certificate's.
    #[error("is not the key of the certificate in {cert}")]
    OtherKey {
        /// The certificate's file.
        cert: String,
    },
}

// === impl PemFault ===

impl PemFault {
    /// Returns what can be done about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing => "write it, or mend the path; a relative one begins at the table's folder",
            Self::NoCertificate => {
                "a PEM file with `-----BEGIN CERTIFICATE-----` is wanted, the own one before its authorities'"
            }
            Self::Certificate(_) => "is it written to its end? openssl x509 -in FILE -noout -text",
            Self::NoKey => "a PEM file with `-----BEGIN PRIVATE KEY-----` is wanted",
            Self::EncryptedKey => "decrypt it: openssl pkey -in FILE -out PLAIN, readable for this user only",
            Self::Key(_) => "RSA of 2048 bits or more, ECDSA P-256 or P-384 and Ed25519 can be used",
            Self::OtherKey { .. } => {
                "write the two files that were made together; they are read again when either changes"
            }
        }
    }

    /// Tells of a pair's fault whether it is the key's and not the certificate's.
    #[must_use]
    pub fn is_of_key(&self) -> bool {
        !matches!(self, Self::NoCertificate | Self::Certificate(_))
    }
}

/// Reads certificates; there is one at least.
pub fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, PemFault> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
    let found = found.map_err(|error| PemFault::Certificate(in_words(&error)))?;
    if found.is_empty() { Err(PemFault::NoCertificate) } else { Ok(found) }
}

/// Makes those who are trusted out of certificates.
pub fn trusted(certificates: &[CertificateDer<'static>]) -> Result<RootCertStore, PemFault> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        roots.add(certificate.clone()).map_err(|error| PemFault::Certificate(error.to_string()))?;
    }
    Ok(roots)
}

/// Reads a certificate, with those that lead to its authority, and its key.
pub fn identity(cert: &[u8], key: &[u8], cert_file: &str) -> Result<CertifiedKey, PemFault> {
    let chain = certificates(cert)?;
    let provider = aws_lc_rs::default_provider();
    let key = provider.key_provider.load_private_key(private_key(key)?);
    let identity = CertifiedKey::new(chain, key.map_err(|error| PemFault::Key(error.to_string()))?);
    match identity.keys_match() {
        // A kind of key that doesn't tell is proved by the first handshake.
        Ok(()) | Err(TlsError::InconsistentKeys(InconsistentKeys::Unknown)) => Ok(identity),
        Err(TlsError::InconsistentKeys(_)) => Err(PemFault::OtherKey { cert: cert_file.to_owned() }),
        Err(error) => Err(PemFault::Certificate(error.to_string())),
    }
}

fn private_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, PemFault> {
    // Both ways in which OpenSSL writes one.
    let is_encrypted = |mark: &str| memchr::memmem::find(text, mark.as_bytes()).is_some();
    if ["BEGIN ENCRYPTED PRIVATE KEY", "Proc-Type: 4,ENCRYPTED"].into_iter().any(is_encrypted) {
        return Err(PemFault::EncryptedKey);
    }
    PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
        PemError::NoItemsFound => PemFault::NoKey,
        error => PemFault::Key(in_words(&error)),
    })
}

/// Its own words show bytes.
fn in_words(error: &PemError) -> String {
    let words = match error {
        PemError::MissingSectionEnd { .. } => "its END line is missing",
        PemError::IllegalSectionStart { .. } => "its BEGIN line is broken",
        PemError::Base64Decode(_) => "there is something else than base64 in it",
        _ => "it isn't PEM",
    };
    words.to_owned()
}
