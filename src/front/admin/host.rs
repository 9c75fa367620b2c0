//! Which `Host` the admin port answers to.
//!
//! A page that a browser has open can point a name of its own at 127.0.0.1 and then read what
//! stands there (DNS rebinding). Its requests still carry that name, so only local names pass.

use std::net::{IpAddr, SocketAddr};

/// Tells whether a `Host` header names this machine itself.
pub(super) fn is_local(host: Option<&str>) -> bool {
    let Some(host) = host else { return false };
    if let Ok(address) = host.parse::<SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_names_of_this_machine_pass() {
        for host in ["localhost", "localhost:9998", "127.0.0.1:9998", "127.0.0.1", "[::1]:9998", "[::1]"] {
            assert!(is_local(Some(host)), "{host}");
        }
        for host in ["evil.example", "evil.example:9998", "localhost.evil.example", "10.0.0.1:9998", ""] {
            assert!(!is_local(Some(host)), "{host}");
        }
        assert!(!is_local(None));
    }
}
