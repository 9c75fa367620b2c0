//! The files of certificates, looked at without serving.

use std::time::SystemTime;

use super::Owner;
use crate::config::ServerSettings;
use crate::reload::{CertificateError, Certificates, Expiring};
use crate::table::RoutingTable;

/// What there is to say of certificates.
#[derive(Debug, Default)]
pub struct CertificateReport {
    /// What keeps a port from speaking TLS.
    pub faults: Vec<CertificateError>,
    /// Those whose time is over, is yet to come, or ends soon.
    pub expiring: Vec<Expiring>,
}

/// Looks at the files that the settings name for our ports, and at what the table shows to backends.
pub async fn look_at_certificates(
    owner: &Owner,
    server: &ServerSettings,
    table: &RoutingTable,
) -> CertificateReport {
    let now = SystemTime::now();
    let (faults, ports) = match Certificates::open(server, owner.folder()).await {
        Ok(certificates) => (Vec::new(), certificates.map(|certificates| certificates.expiring(now))),
        Err(faults) => (faults, None),
    };
    let mut expiring = ports.unwrap_or_default();
    expiring.extend(Expiring::of_backends(table, now));
    CertificateReport { faults, expiring }
}
