//! From a host name to a connection.

use std::io;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::tls::{Encryption, Offer};
use super::{Failure, Stream};
use crate::table::{Address, Backend};

/// Where to connect to.
#[derive(Debug, Clone)]
pub struct Connector {
    /// Host name or IP address, without brackets.
    host: String,
    port: u16,
    /// `None` where nothing is encrypted.
    encryption: Option<Encryption>,
}

impl Connector {
    /// Returns the way to a backend; `None` for `echo://`.
    pub(super) fn to(backend: &Backend) -> Option<Self> {
        let Address::Http(endpoint) = &backend.address else { return None };
        let encryption = endpoint.is_tls().then(|| Encryption::of(backend.tls.clone()));
        Some(Self { host: endpoint.host().to_owned(), port: endpoint.port(), encryption })
    }

    /// Tells whether the backend may choose HTTP/2.
    pub(super) fn offers_http2(&self) -> bool {
        self.encryption.as_ref().is_some_and(Encryption::offers_http2)
    }

    /// Connects, with every address of the name in turn; the limit is for all of it.
    pub async fn connect(&self, limit: Duration, offer: Offer) -> Result<Stream, Failure> {
        timeout(limit, self.connect_unbounded(offer)).await.unwrap_or(Err(Failure::ConnectTimeout(limit)))
    }

    async fn connect_unbounded(&self, offer: Offer) -> Result<Stream, Failure> {
        let addresses = lookup_host((self.host.as_str(), self.port)).await.map_err(Failure::Resolve)?;
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(tcp) => return self.prepare(tcp, offer).await,
                Err(error) => last = error,
            }
        }
        Err(Failure::Connect(last))
    }

    /// Small writes go out at once: a token must not wait for the one before to be acknowledged.
    async fn prepare(&self, tcp: TcpStream, offer: Offer) -> Result<Stream, Failure> {
        tcp.set_nodelay(true).map_err(Failure::Connect)?;
        let Some(encryption) = &self.encryption else {
            return Ok(Stream::Plain(tcp));
        };
        let encrypted = encryption.begin(tcp, &self.host, offer).await.map_err(Failure::Tls)?;
        Ok(Stream::Tls(Box::new(encrypted)))
    }
}
