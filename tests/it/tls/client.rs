//! A client that trusts one authority, and speaks HTTP/2 frame by frame.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, RecvStream};
use http::{HeaderMap, Request, Response};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Authority, Issued};
use crate::wait::within;

/// Who connects, whom it trusts, and where to.
#[derive(Clone)]
pub(super) struct Client {
    address: SocketAddr,
    authority: String,
    own: Option<Issued>,
}

/// A connection of HTTP/2.
pub(super) struct Http2 {
    pub(super) requests: SendRequest<Bytes>,
    pub(super) driver: JoinHandle<Result<(), h2::Error>>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

// === impl Client ===

impl Client {
    pub(super) fn new(authority: &Authority, address: SocketAddr) -> Self {
        Self { address, authority: authority.pem(), own: None }
    }

    /// Shows a certificate of its own.
    pub(super) fn showing(self, own: &Issued) -> Self {
        Self { own: Some(own.clone()), ..self }
    }

    /// Opens a TLS connection that offers these protocols.
    pub(super) async fn tls(&self, protocols: &[&str]) -> io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.authority.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match &self.own {
            None => config.with_no_client_auth(),
            Some(own) => {
                let cert = CertificateDer::from_pem_slice(own.cert.as_bytes()).unwrap();
                let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap();
                config.with_client_auth_cert(vec![cert], key).unwrap()
            }
        };
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let tcp = within("a connection", TcpStream::connect(self.address)).await?;
        let name = ServerName::try_from("localhost").unwrap();
        within("a handshake", TlsConnector::from(Arc::new(config)).connect(name, tcp)).await
    }

    /// The certificate that the port shows now.
    pub(super) async fn shown(&self) -> Vec<u8> {
        let stream = self.tls(&["http/1.1"]).await.unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
    }

    /// Opens a connection of HTTP/2.
    pub(super) async fn http2(&self) -> Http2 {
        self.http2_with(h2::client::Builder::new()).await
    }

    pub(super) async fn http2_with(&self, builder: h2::client::Builder) -> Http2 {
        let stream = self.tls(&["h2"]).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let (requests, connection) = within("settings", builder.handshake(stream)).await.unwrap();
        Http2 { requests, driver: tokio::spawn(connection) }
    }

    /// A client of HTTP/1.1.
    pub(super) fn reqwest(&self) -> reqwest::Client {
        let root = reqwest::Certificate::from_pem(self.authority.as_bytes()).unwrap();
        let builder = reqwest::Client::builder().no_proxy().tls_certs_only([root]);
        let builder = match &self.own {
            None => builder,
            Some(own) => {
                let both = format!("{}{}", own.cert, own.key);
                builder.identity(reqwest::Identity::from_pem(both.as_bytes()).unwrap())
            }
        };
        builder.build().unwrap()
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }
}

// === impl Http2 ===

impl Http2 {
    /// Sends a head; the body follows if it isn't the end.
    pub(super) async fn send(
        &mut self,
        request: Request<()>,
        is_end: bool,
    ) -> (ResponseFuture, h2::SendStream<Bytes>) {
        let mut requests = within("room for a stream", self.requests.clone().ready()).await.unwrap();
        requests.send_request(request, is_end).unwrap()
    }

    /// Asks for a chat completion.
    pub(super) async fn chat(&mut self, model: &str) -> Response<RecvStream> {
        self.chat_if_taken(model).await.expect("streams are taken")
    }

    /// Asks for a chat completion, unless the client is told to go elsewhere (GOAWAY). A stream that
    /// comes too late for that is named by its number as not begun, and fails with the same error.
    pub(super) async fn chat_if_taken(&self, model: &str) -> Option<Response<RecvStream>> {
        let told_to_go = |told: h2::Error| {
            let kindly = told.is_go_away() && told.is_remote() && told.reason() == Some(Reason::NO_ERROR);
            assert!(kindly, "{told:?}");
        };
        let body = json!({"model": model, "messages": [{"role": "user", "content": "hi"}]}).to_string();
        let ready = within("room for a stream", self.requests.clone().ready()).await;
        let begun = ready.and_then(|mut requests| requests.send_request(post("localhost", &[]), false));
        let (answer, mut sending) = begun.map_err(told_to_go).ok()?;
        sending.send_data(Bytes::from(body), true).map_err(told_to_go).ok()?;
        within("an answer", answer).await.map_err(told_to_go).ok()
    }

    /// Asks, and reads the answer to its end.
    pub(super) async fn says(&mut self, model: &str) -> Answered {
        read(self.chat(model).await).await
    }

    /// Sends a request without a body, and reads the answer.
    pub(super) async fn ask(&mut self, request: Request<()>) -> Result<Answered, h2::Error> {
        let (answer, _) = self.send(request, true).await;
        Ok(read(within("an answer", answer).await?).await)
    }
}

impl Drop for Http2 {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// The head of a chat request.
pub(super) fn post(authority: &str, headers: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::post(format!("https://{authority}/v1/chat/completions"))
        .header("content-type", "application/json");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap()
}

/// Reads an answer to its end.
pub(super) async fn read(answer: Response<RecvStream>) -> Answered {
    let (head, mut body) = answer.into_parts();
    let mut text = BytesMut::new();
    while let Some(piece) = piece(&mut body).await {
        text.extend_from_slice(&piece.unwrap());
    }
    Answered {
        status: head.status.as_u16(),
        headers: head.headers,
        text: String::from_utf8(text.to_vec()).unwrap(),
    }
}

/// The next piece of a body; room for as much is given back.
pub(super) async fn piece(body: &mut RecvStream) -> Option<Result<Bytes, h2::Error>> {
    let piece = within("a piece", body.data()).await?;
    if let Ok(piece) = &piece {
        body.flow_control().release_capacity(piece.len()).unwrap();
    }
    Some(piece)
}
