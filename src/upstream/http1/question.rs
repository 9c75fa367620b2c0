//! A request as HTTP/1.1 writes it (RFC 9112, section 3).

use http::HeaderValue;

use crate::upstream::Call;

/// Appends a request's head. The length is ours to tell, and nothing else frames the body.
pub(in crate::upstream) fn write_head(call: &Call<'_>, host: &HeaderValue, out: &mut Vec<u8>) {
    for part in [call.method.as_str(), " ", call.target.as_str(), " HTTP/1.1\r\n"] {
        out.extend_from_slice(part.as_bytes());
    }
    for (name, value) in call.fields(host) {
        field(name.as_str(), value.as_bytes(), out);
    }
    if let Some(length) = call.length() {
        field("content-length", length.to_string().as_bytes(), out);
    }
    out.extend_from_slice(b"\r\n");
}

fn field(name: &str, value: &[u8], out: &mut Vec<u8>) {
    for part in [name.as_bytes(), b": ", value, b"\r\n"] {
        out.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, HeaderName, Method, header};

    use super::*;
    use crate::upstream::Pieces;

    fn written(method: &Method, body: &'static [u8], own: &HeaderMap) -> String {
        let given = [
            (header::ACCEPT, HeaderValue::from_static("*/*")),
            (HeaderName::from_static("x-a"), HeaderValue::from_static("1")),
            (HeaderName::from_static("x-a"), HeaderValue::from_static("2")),
        ];
        let target = "/v1/models?a=b".parse().unwrap();
        let body = Pieces::whole(Bytes::from_static(body));
        let mut out = Vec::new();
        let call = Call { method, target, headers: &given, own, body: &body };
        write_head(&call, &HeaderValue::from_static("h:1"), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_head_has_its_target_its_fields_and_one_length() {
        let head = "POST /v1/models?a=b HTTP/1.1\r\nhost: h:1\r\naccept: */*\r\nx-a: 1\r\nx-a: 2\r\ncontent-length: 2\r\n\r\n";
        assert_eq!(written(&Method::POST, b"hi", &HeaderMap::new()), head);
    }

    #[test]
    fn a_backends_own_headers_replace_those_of_the_same_name() {
        let own = [("x-a", "3"), ("host", "other")]
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let head = written(&Method::GET, b"", &HeaderMap::from_iter(own));
        assert_eq!(head, "GET /v1/models?a=b HTTP/1.1\r\naccept: */*\r\nx-a: 3\r\nhost: other\r\n\r\n");
    }

    #[test]
    fn only_a_method_without_meaning_for_a_body_may_have_no_length() {
        assert!(!written(&Method::GET, b"", &HeaderMap::new()).contains("length"));
        assert!(written(&Method::POST, b"", &HeaderMap::new()).ends_with("content-length: 0\r\n\r\n"));
    }
}
