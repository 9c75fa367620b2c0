//! TLS of our own ports: PEM texts in, what rustls serves with out, replaced while connections live.
//!
//! Reads no files: whoever follows them hands their texts over.

mod fault;
mod port;

pub use crate::pem::Expiry;
pub use fault::TlsFault;
pub use port::{PemFile, PortPem, PortTls};
