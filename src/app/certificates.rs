//! The files of our own ports' certificates, looked at without serving.

use super::Owner;
use crate::config::ServerSettings;
use crate::reload::{CertificateError, Certificates};

/// Tells what is wrong with the files that the settings name.
pub async fn certificate_faults(owner: &Owner, server: &ServerSettings) -> Vec<CertificateError> {
    Certificates::open(server, owner.folder()).await.err().unwrap_or_default()
}
