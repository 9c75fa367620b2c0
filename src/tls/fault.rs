//! Why a port can't be served with what its files hold.

use thiserror::Error;

use crate::pem::PemFault;

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
