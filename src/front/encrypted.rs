//! One client's encrypted connection: the handshake, and then the version of HTTP that was agreed
//! upon in it.

use std::io;
use std::sync::Arc;

use axum::Router;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::server::TlsStream;
use tokio_util::sync::CancellationToken;

use super::connection::{FIRST_REQUEST, serve_connection};
use super::guarded::HEAD_LIMIT;
use super::multiplexed::serve_multiplexed;
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
    router: Router,
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
            serve_multiplexed(stream, ends, router, ending).await;
        }
        Ok(Some(stream)) => serve_connection(stream, ends, router, ending).await,
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
