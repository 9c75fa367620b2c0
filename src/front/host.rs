//! Exactly one valid `Host` (RFC 9112, section 3.2).
//!
//! hyper leaves this to us. A request with none, two or a malformed one, or with one that isn't
//! the target's, may have been read in another way by whoever stands in front of us.

use http::{HeaderMap, HeaderValue, Uri, Version, header};

use crate::relay::Fault;

/// Refuses a request whose `Host` is missing, doubled, malformed or another than its target's;
/// HTTP/1.0 may go without.
pub(super) fn check(version: Version, target: &Uri, headers: &HeaderMap) -> Result<(), Fault> {
    let mut hosts = headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (Some(host), None) if !is_targets(host, target) => {
            Err(Fault::bad_request("the `Host` header names another host than the request's target"))
        }
        (Some(host), None) if is_valid(host) => Ok(()),
        (None, _) if version < Version::HTTP_11 => Ok(()),
        (None, _) => Err(Fault::bad_request("the request has no `Host` header")),
        (Some(_), Some(_)) => Err(Fault::bad_request("the request has two `Host` headers")),
        (Some(_), None) => Err(Fault::bad_request("the `Host` header isn't a host with an optional port")),
    }
}

/// Has a request of HTTP/2 name its host in `Host`, where everything else looks for it. It names it
/// in `:authority`, in `Host` as well, or, if somebody has translated it, in `Host` only (RFC 9113,
/// section 8.3.1).
pub(super) fn settle(target: &Uri, headers: &mut HeaderMap) -> Result<(), Fault> {
    if !headers.contains_key(header::HOST) {
        let named = target.authority().and_then(|named| HeaderValue::from_str(named.as_str()).ok());
        let Some(named) = named else {
            return Err(Fault::bad_request("the request names no host in `:authority`"));
        };
        headers.insert(header::HOST, named);
    }
    check(Version::HTTP_2, target, headers)
}

/// Tells whether a whole URL as the target, if it is one, has this host.
fn is_targets(host: &HeaderValue, target: &Uri) -> bool {
    target.authority().is_none_or(|named| named.as_str().as_bytes().eq_ignore_ascii_case(host.as_bytes()))
}

/// Tells whether only such bytes are in it as a host, an address in brackets and a port have.
fn is_valid(host: &HeaderValue) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:[]%!$&'()*+,;=".contains(byte);
    !host.is_empty() && host.as_bytes().iter().all(allowed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes_to(target: &str, version: Version, hosts: &[&'static str]) -> bool {
        let hosts = hosts.iter().map(|host| (header::HOST, HeaderValue::from_static(host)));
        let mut headers = HeaderMap::new();
        for (name, host) in hosts {
            headers.append(name, host);
        }
        check(version, &target.parse().unwrap(), &headers).is_ok()
    }

    fn passes(version: Version, hosts: &[&'static str]) -> bool {
        passes_to("/v1", version, hosts)
    }

    #[test]
    fn a_whole_url_as_the_target_has_the_same_host() {
        assert!(passes_to("http://Router:9999/v1", Version::HTTP_11, &["router:9999"]));
        assert!(passes_to("http://router/v1", Version::HTTP_10, &[]));
        assert!(!passes_to("http://router/v1", Version::HTTP_11, &["other"]));
        assert!(!passes_to("http://router/v1", Version::HTTP_11, &["router:9999"]));
    }

    #[test]
    fn one_valid_host_passes() {
        for host in ["router", "router:9999", "127.0.0.1:9999", "[::1]:9999", "a_b.example"] {
            assert!(passes(Version::HTTP_11, &[host]), "{host}");
        }
        assert!(passes(Version::HTTP_10, &[]));
    }

    #[test]
    fn anything_else_is_refused() {
        for hosts in [&[][..], &["a", "a"], &["a/b"], &["user@a"], &["a b"], &["a?b"], &[""]] {
            assert!(!passes(Version::HTTP_11, hosts), "{hosts:?}");
        }
        assert!(!passes(Version::HTTP_10, &["a", "b"]));
    }
}
