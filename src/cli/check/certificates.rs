//! Whether the ports could speak TLS with what their files hold.

use crate::app::{Owner, certificate_faults};
use crate::config::{Problem, ServerSettings};

/// Returns what is wrong with the files that the settings name.
pub(super) fn problems(owner: &Owner, server: &ServerSettings) -> Vec<Problem> {
    if server.tls.is_none() && server.admin_tls.is_none() {
        return Vec::new();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let faults = runtime.map(|runtime| runtime.block_on(certificate_faults(owner, server)));
    match faults {
        Ok(faults) => faults
            .iter()
            .map(|fault| Problem::of_certificate(fault.to_string(), fault.hint().map(str::to_owned)))
            .collect(),
        Err(error) => vec![Problem::of_certificate(format!("the certificates can't be read: {error}"), None)],
    }
}
