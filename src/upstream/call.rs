//! What a backend is asked, whichever version of HTTP brings it there.

use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::Pieces;

/// One request to a backend, as often as it is sent.
#[derive(Debug)]
pub struct Call<'c> {
    /// The method.
    pub method: &'c Method,
    /// Path and query.
    pub target: PathAndQuery,
    /// Its headers, none of which belongs to a connection or frames the body. `Host` is the backend's.
    pub headers: &'c [(HeaderName, HeaderValue)],
    /// The backend's own headers, which replace those of the same name.
    pub own: &'c HeaderMap,
    /// The body.
    pub body: &'c Pieces,
}

// === impl Call ===

impl<'c> Call<'c> {
    /// Returns the headers that are sent, all but the length.
    pub(super) fn fields(
        &self,
        host: &'c HeaderValue,
    ) -> impl Iterator<Item = (&'c HeaderName, &'c HeaderValue)> {
        let own = self.own;
        let passes = move |(name, _): &(&HeaderName, &HeaderValue)| !own.contains_key(*name);
        let given = self.headers.iter().map(|(name, value)| (name, value));
        std::iter::once((&header::HOST, host)).chain(given).filter(passes).chain(own)
    }

    /// Returns the length to tell. A method that means something by its body has one even where that
    /// is nothing (RFC 9110, section 8.6).
    pub(super) fn length(&self) -> Option<usize> {
        let has_meaning = matches!(*self.method, Method::POST | Method::PUT | Method::PATCH);
        Some(self.body.len()).filter(|length| *length > 0 || has_meaning)
    }
}
