//! Who may speak with the admin port.
//!
//! Without tokens the port is on loopback, and whoever is on this machine may; only a page that
//! somebody's browser shows must not. With tokens, each request carries one.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use super::host;
use super::port::{Admin, refusal};
use crate::front::callers::bearer_token;
use crate::front::server::Ends;

/// What anyone may ask who can reach the port: a kubelet has no token.
const OPEN: [&str; 2] = ["/healthz", "/readyz"];

/// Who sends a request, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sender {
    /// The one whose token it is.
    Token(String),
    /// Whoever is at the other end of a connection within this machine.
    Peer(Ends),
    /// Nobody knows.
    Unknown,
}

/// Lets a request pass, with its sender, or refuses it.
pub(super) async fn guard(State(admin): State<Arc<Admin>>, mut request: Request, next: Next) -> Response {
    match sender(&request, &admin) {
        Ok(sender) => {
            request.extensions_mut().insert(sender);
            next.run(request).await
        }
        Err(response) => *response,
    }
}

fn sender(request: &Request, admin: &Admin) -> Result<Sender, Box<Response>> {
    let headers = request.headers();
    let is_open = admin.tokens.is_open();
    if is_open && !host::is_local(text(headers.get(header::HOST))) {
        let message = "the admin port answers to localhost only, by that name or a loopback address";
        return Err(Box::new(refusal(StatusCode::FORBIDDEN, message)));
    }
    if !is_own_page(headers) {
        let message = "a page of another origin may not use the admin port";
        return Err(Box::new(refusal(StatusCode::FORBIDDEN, message)));
    }
    if is_open || OPEN.contains(&request.uri().path()) {
        let ends = request.extensions().get::<Ends>().filter(|ends| is_within(ends));
        return Ok(ends.map_or(Sender::Unknown, |ends| Sender::Peer(*ends)));
    }
    let token = headers.get(header::AUTHORIZATION).and_then(|value| bearer_token(value.as_bytes()));
    if let Some(caller) = token.and_then(|token| admin.tokens.find(token)) {
        return Ok(Sender::Token(caller.name.clone()));
    }
    let message = "the admin port wants a token: send it as `Authorization: Bearer TOKEN` (patchbay: PATCHBAY_ADMIN_TOKEN)";
    let mut response = refusal(StatusCode::UNAUTHORIZED, message);
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    Err(Box::new(response))
}

/// A browser says where the page comes from that makes a request; programs say nothing.
fn is_own_page(headers: &HeaderMap) -> bool {
    let site = text(headers.get("sec-fetch-site")).unwrap_or("none");
    let Some(origin) = headers.get(header::ORIGIN) else { return matches!(site, "none" | "same-origin") };
    let host = text(headers.get(header::HOST));
    let page = text(Some(origin)).and_then(|origin| origin.split_once("://"));
    page.zip(host).is_some_and(|((scheme, page), host)| {
        matches!(scheme, "http" | "https") && page.eq_ignore_ascii_case(host)
    })
}

fn text(value: Option<&HeaderValue>) -> Option<&str> {
    value.and_then(|value| value.to_str().ok())
}

fn is_within(ends: &Ends) -> bool {
    let is_loopback = |address: SocketAddr| address.ip().to_canonical().is_loopback();
    is_loopback(ends.peer) || ends.peer.ip() == ends.own.ip()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        is_own_page(&headers)
    }

    #[test]
    fn only_pages_of_the_port_itself_pass() {
        assert!(passes(&[("host", "localhost:9998")]));
        assert!(passes(&[("host", "localhost:9998"), ("origin", "http://localhost:9998")]));
        assert!(passes(&[("host", "localhost:9998"), ("sec-fetch-site", "same-origin")]));
        for origin in ["http://evil.example", "null", "http://localhost:3000", "file://localhost:9998", ""] {
            assert!(!passes(&[("host", "localhost:9998"), ("origin", origin)]), "{origin}");
        }
        assert!(!passes(&[("host", "localhost:9998"), ("sec-fetch-site", "cross-site")]));
        assert!(!passes(&[("host", "localhost:9998"), ("sec-fetch-site", "same-site")]));
    }
}
