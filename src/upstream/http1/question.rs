//! A request as HTTP/1.1 writes it (RFC 9112, section 3).

use http::{Method, Request};

use super::Pieces;

/// Appends a request's head. The length is ours to tell, and nothing else frames the body.
pub(super) fn write_head(request: &Request<Pieces>, length: usize, out: &mut Vec<u8>) {
    out.extend_from_slice(request.method().as_str().as_bytes());
    out.push(b' ');
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    out.extend_from_slice(target.as_bytes());
    out.extend_from_slice(b" HTTP/1.1\r\n");
    for (name, value) in request.headers() {
        field(name.as_str(), value.as_bytes(), out);
    }
    // A method that means something by its body has a length even where that is nothing (RFC 9110,
    // section 8.6).
    let has_meaning = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH);
    if length > 0 || has_meaning {
        field("content-length", length.to_string().as_bytes(), out);
    }
    out.extend_from_slice(b"\r\n");
}

fn field(name: &str, value: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend_from_slice(value);
    out.extend_from_slice(b"\r\n");
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn written(request: http::request::Builder, body: &'static [u8]) -> String {
        let request = request.body(Pieces::whole(Bytes::from_static(body))).unwrap();
        let mut out = Vec::new();
        write_head(&request, body.len(), &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_head_has_its_target_its_fields_and_one_length() {
        let request = Request::post("/v1/chat/completions?a=b").header("host", "h:1").header("x-a", "1");
        let head =
            "POST /v1/chat/completions?a=b HTTP/1.1\r\nhost: h:1\r\nx-a: 1\r\ncontent-length: 2\r\n\r\n";
        assert_eq!(written(request, b"hi"), head);
    }

    #[test]
    fn only_a_method_without_meaning_for_a_body_may_have_no_length() {
        assert_eq!(written(Request::get("/v1/models"), b""), "GET /v1/models HTTP/1.1\r\n\r\n");
        assert!(written(Request::post("/"), b"").ends_with("content-length: 0\r\n\r\n"));
    }
}
