//! From a host name to a connection.

use std::io;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use super::{Failure, Stream, tls};

/// Where to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connector {
    /// Host name or IP address, without brackets.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Whether to encrypt.
    pub tls: bool,
}

impl Connector {
    /// Connects, with every address of the name in turn; the limit is for all of it.
    pub async fn connect(&self, limit: Duration) -> Result<Stream, Failure> {
        timeout(limit, self.connect_unbounded()).await.unwrap_or(Err(Failure::ConnectTimeout(limit)))
    }

    async fn connect_unbounded(&self) -> Result<Stream, Failure> {
        let addresses = lookup_host((self.host.as_str(), self.port)).await.map_err(Failure::Resolve)?;
        let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in addresses {
            match TcpStream::connect(address).await {
                Ok(tcp) => return self.prepare(tcp).await,
                Err(error) => last = error,
            }
        }
        Err(Failure::Connect(last))
    }

    /// Small writes go out at once: a token must not wait for the one before to be acknowledged.
    async fn prepare(&self, tcp: TcpStream) -> Result<Stream, Failure> {
        tcp.set_nodelay(true).map_err(Failure::Connect)?;
        if !self.tls {
            return Ok(Stream::Plain(tcp));
        }
        let encrypted = tls::encrypt(tcp, &self.host).await.map_err(Failure::Tls)?;
        Ok(Stream::Tls(Box::new(encrypted)))
    }
}
