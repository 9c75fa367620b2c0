//! One client's encrypted connection: the handshake, and then the version of HTTP that was agreed
//! upon in it.

use std::io;
use std::sync::Arc;

use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::connection::{FIRST_REQUEST, serve_connection};
use super::guarded::HEAD_LIMIT;
use super::multiplexed::serve_multiplexed;
use super::port::Port;
use super::server::Ends;
use super::turned_away::answer_plain;
use crate::tls::PortTls;

/// What a client and a server agree upon to speak HTTP/2 (RFC 9113, section 3.2).
const HTTP2: &[u8] = b"h2";

/// Serves a connection of a port that speaks TLS. One in its handshake when the port is given up has
/// as long to finish it as others have for their first request.
pub(super) async fn serve_encrypted(
    tcp: TcpStream,
    tls: Arc<PortTls>,
    ends: Option<Ends>,
    port: Port,
    ending: CancellationToken,
) {
    let handshake = timeout(HEAD_LIMIT, shake_hands(tcp, &tls));
    let too_late = async {
        ending.cancelled().await;
        sleep(FIRST_REQUEST).await;
    };
    let shaken = tokio::select! {
        shaken = handshake => shaken.unwrap_or_else(|_elapsed| Err(io::ErrorKind::TimedOut.into())),
        () = too_late => return,
    };
    match shaken {
        Ok(Some(stream)) if stream.get_ref().1.alpn_protocol() == Some(HTTP2) => {
            serve_multiplexed(stream, ends, port, ending).await;
        }
        Ok(Some(stream)) => serve_connection(stream, ends, port, ending).await,
        Ok(None) => {}
        Err(error) => tracing::debug!(%error, "a TLS handshake failed"),
    }
}

/// Encrypts a connection, unless its client speaks plain HTTP: that one is told. TLS begins with a
/// byte of 22, and no method is written in small letters.
async fn shake_hands(tcp: TcpStream, tls: &PortTls) -> io::Result<Option<TlsStream<TcpStream>>> {
    let mut first = [0];
    if tcp.peek(&mut first).await? > 0 && first[0].is_ascii_uppercase() {
        answer_plain(tcp).await;
        return Ok(None);
    }
    tls.acceptor().accept(tcp).await.map(Some)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;
    use tokio::time::Instant;

    use super::*;
    use crate::tls::{PemFile, PortPem};

    /// A client's end of a connection that is served, and what ends it.
    async fn connect() -> (TcpStream, CancellationToken) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (cert, key) = (made.cert.pem(), made.signing_key.serialize_pem());
        let file = |text: &'static str| PemFile { path: Path::new("a.pem"), text: Some(text.as_bytes()) };
        let (cert, key) = (file(cert.leak()), file(key.leak()));
        let tls = PortTls::new(&PortPem { block: "server.tls", cert, key, client_ca: None }).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (server, _peer) = listener.accept().await.unwrap();
        let ending = CancellationToken::new();
        drop(tokio::spawn(serve_encrypted(
            server,
            Arc::new(tls),
            None,
            axum::Router::new().into(),
            ending.clone(),
        )));
        (client, ending)
    }

    async fn seconds_until_left(mut client: TcpStream) -> u64 {
        let begun = Instant::now();
        let mut unread = Vec::new();
        let _reset = client.read_to_end(&mut unread).await;
        begun.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_handshake_has_15_seconds() {
        for beginning in [&b""[..], b"\x16\x03\x01\x02\x00\x01"] {
            let (mut client, _ending) = connect().await;
            client.write_all(beginning).await.unwrap();
            assert_eq!(seconds_until_left(client).await, 15, "{beginning:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_handshake_holds_no_stop_up() {
        let (client, ending) = connect().await;
        ending.cancel();
        assert_eq!(seconds_until_left(client).await, 2);
    }
}
