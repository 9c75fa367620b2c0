//! Clients that come when no more may.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::relay::Fault;

/// How many are told so at a time; others find the connection closed.
const AWAY_MOST: usize = 256;

/// How long one may take to read it.
const AWAY_LIMIT: Duration = Duration::from_secs(1);

/// Answers whatever the client asks with 503, and closes.
pub(super) fn turn_away(tcp: TcpStream, turned_away: &mut JoinSet<()>) {
    if turned_away.len() < AWAY_MOST {
        turned_away.spawn(async move {
            let fault = Fault::overloaded("connections");
            let _late = timeout(AWAY_LIMIT, answer(tcp, "503 Service Unavailable", &fault)).await;
        });
    }
}

/// Tells a client that speaks plain HTTP to a port with TLS, and closes.
pub(super) async fn answer_plain(tcp: TcpStream) {
    let message = "this port speaks TLS: begin its address with https://";
    let fault = Fault::bad_request(message);
    let _late = timeout(AWAY_LIMIT, answer(tcp, "400 Bad Request", &fault)).await;
}

async fn answer(mut tcp: TcpStream, status: &str, fault: &Fault) -> std::io::Result<()> {
    let body = fault.json();
    let again = if fault.retry_after.is_some() { "retry-after: 1\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         {again}connection: close\r\n\r\n",
        body.len()
    );
    tcp.write_all(&[head.as_bytes(), &body].concat()).await?;
    tcp.shutdown().await?;
    // What is left unread would reset the connection before the answer is read.
    let mut unread = [0; 4096];
    while tcp.read(&mut unread).await? > 0 {}
    Ok(())
}
