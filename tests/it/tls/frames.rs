//! HTTP/2 by hand, for heads that no library sends.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::client::Client;
use crate::wait::within;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const ACK: u8 = 1;

/// What became of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// A status that HPACK has a number for: 200, 204, 206, 304, 400, 404 or 500.
    Status(u16),
    /// Any other.
    OtherStatus,
    /// The stream was reset.
    Reset,
    /// The connection was ended.
    Ended,
}

/// A connection of which every byte is ours.
pub(super) struct Frames {
    stream: TlsStream<TcpStream>,
    next: u32,
}

// === impl Frames ===

impl Frames {
    pub(super) async fn open(client: &Client) -> Self {
        let mut stream = client.tls(&["h2"]).await.unwrap();
        let hello = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
        stream.write_all(&hello).await.unwrap();
        Self { stream, next: 1 }
    }

    /// Sends a head that ends its request, and tells what becomes of it.
    pub(super) async fn ask(&mut self, fields: &[(&str, &str)]) -> Fate {
        let id = self.next;
        self.next += 2;
        let block: Vec<u8> = fields.iter().flat_map(|(name, value)| literal(name, value)).collect();
        let head = frame(HEADERS, END_STREAM | END_HEADERS, id, &block);
        self.stream.write_all(&head).await.unwrap();
        within("an answer", self.fate(id)).await
    }

    async fn fate(&mut self, wanted: u32) -> Fate {
        loop {
            let mut head = [0; 9];
            if self.stream.read_exact(&mut head).await.is_err() {
                return Fate::Ended;
            }
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let (kind, flags) = (head[3], head[4]);
            let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            let mut payload = vec![0; length as usize];
            self.stream.read_exact(&mut payload).await.unwrap();
            match kind {
                SETTINGS if flags & ACK == 0 => {
                    self.stream.write_all(&frame(SETTINGS, ACK, 0, &[])).await.unwrap();
                }
                HEADERS if id == wanted => return status(payload[0]),
                RST_STREAM if id == wanted => return Fate::Reset,
                GOAWAY => return Fate::Ended,
                _ => {}
            }
        }
    }
}

fn frame(kind: u8, flags: u8, id: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &id.to_be_bytes(), payload].concat()
}

/// A field without compression (RFC 7541, section 6.2.2).
fn literal(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| [&[u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
    assert!(name.len() < 127 && value.len() < 127, "longer ones have another form");
    [vec![0], text(name), text(value)].concat()
}

/// Statuses with a number of their own (RFC 7541, appendix A); it stands first in an answer's head.
fn status(first: u8) -> Fate {
    const KNOWN: [u16; 7] = [200, 204, 206, 304, 400, 404, 500];
    let known = first.checked_sub(0x88).and_then(|number| KNOWN.get(usize::from(number)));
    known.map_or(Fate::OtherStatus, |status| Fate::Status(*status))
}
