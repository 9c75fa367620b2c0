//! A request as HTTP/2 has it.

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Method, Request, Uri, Version, header};

use super::{Failure, Pieces};

/// Takes a request for HTTP/1.1 apart. `Host` becomes the authority, and what belongs to an
/// HTTP/1.1 connection is not among its headers anyway.
pub(super) fn split(request: Request<Pieces>) -> Result<(Request<()>, Pieces), Failure> {
    let (mut head, body) = request.into_parts();
    let host = head.headers.remove(header::HOST);
    let host = host.as_ref().map_or(&b""[..], HeaderValue::as_bytes);
    let mut uri = std::mem::take(&mut head.uri).into_parts();
    uri.scheme = Some(Scheme::HTTPS);
    uri.authority = Some(Authority::try_from(host).map_err(|error| Failure::Request(error.into()))?);
    uri.path_and_query.get_or_insert(PathAndQuery::from_static("/"));
    head.uri = Uri::from_parts(uri).map_err(|error| Failure::Request(error.into()))?;
    head.version = Version::HTTP_2;
    let has_meaning = !body.is_empty() || matches!(head.method, Method::POST | Method::PUT | Method::PATCH);
    if has_meaning {
        head.headers.insert(header::CONTENT_LENGTH, HeaderValue::from(body.len()));
    }
    Ok((Request::from_parts(head, ()), body))
}
