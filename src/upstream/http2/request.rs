//! A request as HTTP/2 has it.

use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderValue, Request, Uri, Version, header};

use super::Failure;
use crate::upstream::Call;

/// Makes a request's head. `Host` becomes the authority (RFC 9113, section 8.3.1).
pub(super) fn head(call: &Call<'_>, host: &HeaderValue) -> Result<Request<()>, Failure> {
    let mut headers = HeaderMap::with_capacity(call.headers.len() + call.own.len() + 2);
    for (name, value) in call.fields(host) {
        headers.append(name, value.clone());
    }
    let host = headers.remove(header::HOST);
    let host = host.as_ref().map_or(&b""[..], HeaderValue::as_bytes);
    if let Some(length) = call.length() {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    let mut uri = http::uri::Parts::default();
    uri.scheme = Some(Scheme::HTTPS);
    uri.authority = Some(Authority::try_from(host).map_err(|error| Failure::Request(error.into()))?);
    uri.path_and_query = Some(call.target.clone());
    let mut head = Request::new(());
    *head.uri_mut() = Uri::from_parts(uri).map_err(|error| Failure::Request(error.into()))?;
    *head.method_mut() = call.method.clone();
    *head.version_mut() = Version::HTTP_2;
    *head.headers_mut() = headers;
    Ok(head)
}
