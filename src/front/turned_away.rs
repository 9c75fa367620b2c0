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
            let _late = timeout(AWAY_LIMIT, answer(tcp)).await;
        });
    }
}

async fn answer(mut tcp: TcpStream) -> std::io::Result<()> {
    let body = Fault::overloaded("connections").json();
    let head = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         retry-after: 1\r\nconnection: close\r\n\r\n",
        body.len()
    );
    tcp.write_all(&[head.as_bytes(), &body].concat()).await?;
    tcp.shutdown().await?;
    // What is left unread would reset the connection before the answer is read.
    let mut unread = [0; 4096];
    while tcp.read(&mut unread).await? > 0 {}
    Ok(())
}
