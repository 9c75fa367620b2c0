//! The only writer of the live table: documents (with overrides over them) → build → carry → swap → announce → keep.
//!
//! A refused change changes nothing but the news. Requests never wait for anything here.

mod certificates;
mod expiring;
mod keeper;
mod overlay;
mod pace;
mod reloader;
mod restart;
mod tell;
mod trial;

pub use certificates::{CertificateError, Certificates};
pub use expiring::{Expiring, ExpiryWatch};
pub use overlay::Overlay;
pub use reloader::Reloader;
pub use trial::Trial;
