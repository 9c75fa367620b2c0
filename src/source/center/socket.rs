//! Byte streams to the servers of a center that doesn't speak HTTP.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;

use super::tls::Trust;
use super::{CenterAddress, CenterError, Server};

/// How long a question may take, all servers together.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// A connection, encrypted or not.
pub(super) type Stream = Box<dyn Bytestream>;

/// What a connection can do.
pub(super) trait Bytestream: AsyncRead + AsyncWrite + Send + Sync + Unpin + fmt::Debug {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin + fmt::Debug> Bytestream for T {}

/// The servers of a center. The one that answered last is asked first.
#[derive(Debug)]
pub(super) struct Servers {
    address: CenterAddress,
    trust: Option<Trust>,
    favourite: AtomicUsize,
}

// === impl Servers ===

impl Servers {
    /// Takes the servers of an address.
    pub(super) fn new(address: CenterAddress) -> Result<Self, CenterError> {
        let trust = if address.tls { Some(Trust::of(&address)?) } else { None };
        Ok(Self { address, trust, favourite: AtomicUsize::new(0) })
    }

    /// Takes the servers of an address, and names a protocol to them where TLS asks for one.
    pub(super) fn speaking(address: CenterAddress, protocol: &[u8]) -> Result<Self, CenterError> {
        let mut servers = Self::new(address)?;
        servers.trust = servers.trust.map(|trust| trust.speaking(protocol));
        Ok(servers)
    }

    /// Returns where the document is.
    pub(super) fn address(&self) -> &CenterAddress {
        &self.address
    }

    /// Returns the servers with their numbers, in the order to try them.
    pub(super) fn in_order(&self) -> impl Iterator<Item = (usize, &Server)> {
        let servers = &self.address.servers;
        let first = self.favourite.load(Ordering::Relaxed);
        (0..servers.len()).map(move |step| {
            let at = (first + step) % servers.len();
            (at, &servers[at])
        })
    }

    /// Has this server asked first from now on.
    pub(super) fn prefer(&self, at: usize) {
        self.favourite.store(at, Ordering::Relaxed);
    }

    /// Returns how long one server may take, so that all of them get their turn within
    /// [`LIMIT`], and a kept connection before them.
    pub(super) fn turn(&self) -> Duration {
        let turns = u32::try_from(self.address.servers.len()).unwrap_or(u32::MAX).saturating_add(1);
        (LIMIT / turns).clamp(Duration::from_secs(1), Duration::from_secs(4))
    }

    /// Connects.
    pub(super) async fn connect(&self, server: &Server) -> Result<Stream, CenterError> {
        let tcp = TcpStream::connect((server.host.as_str(), server.port)).await.map_err(|e| lost(&e))?;
        tcp.set_nodelay(true).map_err(|error| lost(&error))?;
        Ok(match &self.trust {
            Some(trust) => Box::new(trust.encrypt(tcp, &server.host).await.map_err(|error| lost(&error))?),
            None => Box::new(tcp),
        })
    }
}

/// Reads what has come into a buffer. Nothing is lost if it is dropped.
pub(super) async fn read_some(stream: &mut Stream, buffer: &mut BytesMut) -> Result<(), CenterError> {
    buffer.reserve(16 * 1024);
    match stream.read_buf(buffer).await {
        Ok(0) => Err(CenterError::Unreachable("it closed the connection".to_owned())),
        Ok(_) => Ok(()),
        Err(error) => Err(lost(&error)),
    }
}

/// A connection that failed.
pub(super) fn lost(error: &io::Error) -> CenterError {
    CenterError::Unreachable(error.to_string())
}

/// Ends a future after a time.
pub(super) async fn within<T, E: From<CenterError>>(
    limit: Duration,
    future: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    tokio::time::timeout(limit, future).await.unwrap_or_else(|_| Err(CenterError::Silent(limit).into()))
}
