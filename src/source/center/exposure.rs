//! Whether others in the network could read the table, or put another in its place.

use std::net::IpAddr;

use super::{CenterAddress, Scheme};

impl CenterAddress {
    /// Says what the way to a center off this machine lacks; `None` if nothing.
    #[must_use]
    pub fn lacks(&self) -> Option<&'static str> {
        if self.servers.iter().all(|server| is_here(&server.host)) {
            return None;
        }
        let keys = ["secret", "token", "token_file", "cert"];
        let has_login = self.password.is_some() || keys.iter().any(|key| self.parameter(key).is_some());
        // A document behind a URL is often public, and a pod has its account.
        let needs_login = !matches!(self.scheme, Scheme::Http | Scheme::ConfigMap);
        match (self.tls, has_login || !needs_login) {
            (true, true) => None,
            (true, false) => Some("a login"),
            (false, true) => Some("TLS"),
            (false, false) => Some("TLS and a login"),
        }
    }
}

fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lacking_is_told_off_this_machine_only() {
        for (address, lacks) in [
            ("etcd://127.0.0.1:2379/k", None),
            ("etcd://localhost,[::1]/k", None),
            ("etcd://10.0.0.1/k", Some("TLS and a login")),
            ("etcd://localhost,etcd-2/k", Some("TLS and a login")),
            ("etcds://root:pw@10.0.0.1/k", None),
            ("etcds://10.0.0.1/k?cert=c.pem", None),
            ("redis://:pw@cache/k", Some("TLS")),
            ("rediss://cache/k", Some("a login")),
            ("apollo://config/app/default/application?secret=s", Some("TLS")),
            ("https://example.com/routes.yaml", None),
            ("http://example.com/routes.yaml", Some("TLS")),
            ("configmap://default/patchbay/routes.yaml", None),
        ] {
            assert_eq!(CenterAddress::parse(address).unwrap().lacks(), lacks, "{address}");
        }
    }
}
