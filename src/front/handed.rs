//! The one way of a request from its connection to a port, whichever version of HTTP brought it.

use http::{HeaderMap, Request, header};

use super::port::{Answering, Port};
use super::request_body::RequestBody;
use super::server::Ends;
use crate::relay::is_credential;

/// Hands a request to a port, with the ends of its connection where they are to be known.
pub(super) fn handed(mut request: Request<RequestBody>, ends: Option<Ends>, port: &Port) -> Answering {
    if let Some(ends) = ends {
        request.extensions_mut().insert(ends);
    }
    hide_credentials(request.headers_mut());
    port.answer(request)
}

/// Keeps what clients show of themselves out of whatever prints a request's headers.
fn hide_credentials(headers: &mut HeaderMap) {
    for (name, value) in headers {
        if is_credential(name) || *name == header::PROXY_AUTHORIZATION {
            value.set_sensitive(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio_util::sync::CancellationToken;

    use super::super::connection::serve_connection;
    use super::super::multiplexed::serve_multiplexed;
    use super::*;

    const SHOWN: [&str; 6] =
        ["authorization", "proxy-authorization", "cookie", "api-key", "x-api-key", "x-goog-api-key"];

    /// Answers with the headers, as a log line would print them.
    fn telling() -> Port {
        Router::new().fallback(async |request: Request<Body>| format!("{:?}", request.headers())).into()
    }

    fn hides_credentials(heard: &str) {
        assert!(!heard.contains("planted"), "{heard}");
        assert_eq!(heard.matches("Sensitive").count(), SHOWN.len() + 1, "{heard}");
        assert!(heard.contains(r#""x-other": "plain""#), "{heard}");
    }

    #[tokio::test]
    async fn no_credential_of_http_1_is_printed() {
        let (mut client, server) = duplex(1 << 16);
        drop(tokio::spawn(serve_connection(server, None, telling(), CancellationToken::new())));
        let lines = SHOWN.map(|name| format!("{name}: planted\r\n")).concat();
        let request = format!(
            "GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\nx-other: plain\r\nx-api-key: planted\r\n{lines}\r\n"
        );
        client.write_all(request.as_bytes()).await.unwrap();
        let mut heard = String::new();
        client.read_to_string(&mut heard).await.unwrap();
        hides_credentials(&heard);
    }

    #[tokio::test]
    async fn no_credential_of_http_2_is_printed() {
        let (client, server) = duplex(1 << 16);
        drop(tokio::spawn(serve_multiplexed(server, None, telling(), CancellationToken::new())));
        let (mut requests, connection) = h2::client::handshake(client).await.unwrap();
        drop(tokio::spawn(connection));
        let request = Request::get("https://a/").header("x-other", "plain").header("x-api-key", "planted");
        let request = SHOWN.iter().fold(request, |request, name| request.header(*name, "planted"));
        let (answer, _) = requests.send_request(request.body(()).unwrap(), true).unwrap();
        let mut body = answer.await.unwrap().into_body();
        let mut heard = Vec::new();
        while let Some(piece) = body.data().await {
            heard.extend(piece.unwrap());
        }
        hides_credentials(&String::from_utf8(heard).unwrap());
    }
}
