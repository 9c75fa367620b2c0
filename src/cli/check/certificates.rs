//! Whether ports and backends are shown certificates that count.

use crate::app::{CertificateError, CertificateReport, Owner, look_at_certificates};
use crate::config::{Built, Document, Problem, locate};

/// Returns what is wrong with the files that the documents name.
pub(super) fn problems(owner: &Owner, documents: &[Document], built: &Built) -> Vec<Problem> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let looking = look_at_certificates(owner, &built.server, &built.table);
    let CertificateReport { faults, expiring } = match runtime {
        Ok(runtime) => runtime.block_on(looking),
        Err(error) => {
            let told = format!("the certificates can't be read: {error}");
            return vec![Problem::of_certificate(None, told, None)];
        }
    };
    let warnings = expiring.iter().map(|expiring| {
        Problem::of_expiry(locate(documents, &expiring.keys()), expiring.to_string(), expiring.hint())
    });
    unusable(&faults, documents).into_iter().chain(warnings).collect()
}

/// Tells what keeps ports from speaking TLS, each fault where its file is named.
pub(in crate::cli) fn unusable(faults: &[CertificateError], documents: &[Document]) -> Vec<Problem> {
    let told = faults.iter().map(|fault| {
        Problem::of_certificate(locate(documents, &fault.keys()), fault.to_string(), fault.hint())
    });
    told.collect()
}
