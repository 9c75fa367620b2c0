//! A model server that costs next to nothing: fixed answers over a raw socket.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::http::{body_length, head_end};

/// How many events a streamed answer has, each its own write.
pub(crate) const EVENTS: usize = 200;

/// Serves on a loopback port until the process ends.
pub(crate) async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        tokio::spawn(async move { connection(socket).await.ok() });
    }
}

async fn connection(mut socket: TcpStream) -> io::Result<()> {
    let whole = whole_answer();
    let event = event();
    let mut read = Vec::with_capacity(64 * 1024);
    loop {
        let (head, length) = loop {
            if let Some(head) = head_end(&read) {
                break (head, body_length(&read[..head]));
            }
            if socket.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        };
        while read.len() < head + length {
            if socket.read_buf(&mut read).await? == 0 {
                return Ok(());
            }
        }
        let streamed = memchr::memmem::find(&read[head..head + length], b"\"stream\":true").is_some();
        read.drain(..head + length);
        if streamed {
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
            socket.write_all(head.as_bytes()).await?;
            for _ in 0..EVENTS {
                socket.write_all(&event).await?;
            }
            socket.write_all(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n").await?;
        } else {
            socket.write_all(&whole).await?;
        }
    }
}

fn whole_answer() -> Vec<u8> {
    let text = "word ".repeat(60);
    let body = format!(
        r#"{{"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"{text}"}},"finish_reason":"stop"}}],"usage":{{"prompt_tokens":200,"completion_tokens":60,"total_tokens":260}}}}"#
    );
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        .into()
}

fn event() -> Vec<u8> {
    let event = r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]}"#;
    format!("{:x}\r\n{event}\n\n\r\n", event.len() + 2).into()
}
