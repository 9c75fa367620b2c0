//! Whether the ports can speak TLS with their certificates, and whether any certificate has run out.

use super::finding::Finding;
use super::scene::Scene;
use crate::app::{CertificateReport, look_at_certificates};

const ABOUT: &str = "certificates";

pub(super) async fn look(scene: &Scene, findings: &mut Vec<Finding>) {
    let Scene { choice, server, table: Some(table), .. } = scene else { return };
    let CertificateReport { faults, expiring } = look_at_certificates(&choice.owner, server, table).await;
    let is_asked_for = server.tls.is_some() || server.admin_tls.is_some();
    if is_asked_for && faults.is_empty() && expiring.is_empty() {
        findings.push(Finding::ok(ABOUT, "the ports have theirs, and no one ends within two weeks"));
    }
    let fix = "mend the file, or its name in `server`";
    findings.extend(
        faults.iter().map(|fault| Finding::wrong(ABOUT, fault.to_string(), fault.hint().unwrap_or(fix))),
    );
    findings.extend(
        expiring.iter().map(|expiring| Finding::warning(ABOUT, expiring.to_string(), expiring.hint())),
    );
}
