//! Certificates in use whose time is over, is yet to come, or ends soon. They are used on: whoever
//! is shown one decides. But the operator is told.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio_util::sync::CancellationToken;

use super::{Certificates, tell};
use crate::live::Live;
use crate::table::RoutingTable;
use crate::tls::{Expiry, PortTls};

/// How often it is looked what time has done.
const LOOK: Duration = Duration::from_secs(60 * 60);

/// A certificate that needs somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiring {
    user: User,
    /// Its file.
    file: String,
    expiry: Expiry,
}

/// Who shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
enum User {
    /// A port, by the block of its settings: `server.tls`.
    Port(&'static str),
    /// A backend's connections.
    Backend(String),
}

/// A port's certificate, followed through its changes.
#[derive(Debug, Clone)]
pub(super) struct PortCertificate {
    pub(super) block: &'static str,
    pub(super) file: String,
    pub(super) tls: Arc<PortTls>,
}

/// Looks at all certificates in use again and again.
#[derive(Debug)]
pub struct ExpiryWatch(Vec<PortCertificate>);

// === impl Expiring ===

impl Expiring {
    /// Looks at the certificates that backends are shown; a file that several of them name is told
    /// once.
    #[must_use]
    pub fn of_backends(table: &RoutingTable, now: SystemTime) -> Vec<Self> {
        let mut seen = HashSet::new();
        let shown = table.backends().iter().filter_map(|backend| {
            let client = backend.tls.as_ref()?.client.as_ref()?;
            let [cert, _key] = client.paths();
            // The members of a pool bear its name and a number.
            let name = backend.name.as_str();
            let name = name.split_once('#').map_or(name, |(pool, _)| pool);
            seen.insert(cert).then_some((name, cert, client))
        });
        let told = shown.filter_map(|(name, cert, client)| {
            let expiry = client.expiry(now)?;
            Some(Self { user: User::Backend(name.to_owned()), file: cert.to_owned(), expiry })
        });
        told.collect()
    }

    /// Returns the keys that lead to the name of the file in the table.
    #[must_use]
    pub fn keys(&self) -> Vec<&str> {
        match &self.user {
            User::Port(block) => block.split('.').chain(["cert"]).collect(),
            User::Backend(name) => vec!["backends", name, "tls", "cert"],
        }
    }

    /// Returns what can be done about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        self.expiry.hint()
    }
}

impl fmt::Display for Expiring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { user, file, expiry } = self;
        match user {
            User::Port(block) => write!(f, "`{block}.cert`: {file} {expiry}; it is served all the same"),
            User::Backend(name) => {
                write!(f, "backend `{name}`: `tls.cert`: {file} {expiry}; it is shown all the same")
            }
        }
    }
}

// === impl PortCertificate ===

impl PortCertificate {
    pub(super) fn expiring(&self, now: SystemTime) -> Option<Expiring> {
        let expiry = self.tls.expiry(now)?;
        Some(Expiring { user: User::Port(self.block), file: self.file.clone(), expiry })
    }
}

// === impl ExpiryWatch ===

impl ExpiryWatch {
    /// Watches over the ports' certificates, and those of the backends of whatever table is live.
    #[must_use]
    pub fn over(certificates: Option<&Certificates>) -> Self {
        Self(certificates.map(Certificates::shown).unwrap_or_default())
    }

    /// Tells of them whenever something has changed, and as time passes, until told to stop.
    pub async fn run(self, live: Arc<Live>, stop: CancellationToken) {
        let mut news = live.news();
        loop {
            news.mark_unchanged();
            self.look(&live);
            tokio::select! {
                () = stop.cancelled() => return,
                _changed = news.changed() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }

    fn look(&self, live: &Live) {
        let now = SystemTime::now();
        let ports = self.0.iter().filter_map(|port| port.expiring(now));
        let all = ports.chain(Expiring::of_backends(&live.load().table, now));
        let told: Vec<String> = all.map(|expiring| tell::plain(&expiring.to_string())).collect();
        let known = live.news().borrow().expiring.clone();
        if told == known {
            return;
        }
        for new in told.iter().filter(|told| !known.contains(told)) {
            tracing::warn!("{new}");
        }
        live.announce(|news| news.expiring = told);
    }
}
