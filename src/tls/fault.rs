//! Why a port can't be served with what its files hold.

use thiserror::Error;

/// What is wrong with which file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{key}`: {file} {fault}")]
pub struct TlsFault {
    /// The key that names the file, such as `server.tls.cert`.
    pub key: String,
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub fault: PemFault,
}

/// What is wrong with one file, in words that follow its name.
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
                "a PEM file with `-----BEGIN CERTIFICATE-----` is wanted, the port's own first"
            }
            Self::Certificate(_) => "is it written to its end? openssl x509 -in FILE -noout -text",
            Self::NoKey => "a PEM file with `-----BEGIN PRIVATE KEY-----` is wanted",
            Self::EncryptedKey => "decrypt it: openssl pkey -in FILE -out PLAIN, readable for this user only",
            Self::Key(_) => "RSA of 2048 bits or more, ECDSA P-256 or P-384 and Ed25519 can be used",
            Self::OtherKey { .. } => "write the two files that were made together",
        }
    }
}
