//! The connections of one backend that requests share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connection::{Http2Connection, Lease};
use super::{Failure, Stream};

/// The most connections that are shared. One beyond serves the request that opened it.
const MOST_CONNECTIONS: usize = 64;

/// A backend's HTTP/2 connections, the one that is kept in front: as long as it has room for all, the
/// others grow idle and go.
#[derive(Default)]
pub(in crate::upstream) struct Shared(Mutex<Vec<Arc<Http2Connection>>>);

// === impl Shared ===

impl Shared {
    /// Takes the right to a stream on a connection that has room, if there is one.
    pub(in crate::upstream) fn lease(&self) -> Option<Lease> {
        let mut list = self.list();
        // Who has said goodbye keeps its streams, each of which holds on to it.
        list.retain(|connection| connection.is_open());
        list.first().inspect(|kept| kept.wait_longer());
        list.iter().find_map(Http2Connection::lease)
    }

    /// Takes a fresh connection in, and the right to its first stream.
    pub(in crate::upstream) async fn open(&self, stream: Stream) -> Result<Lease, Failure> {
        let lease = Http2Connection::open(stream).await?;
        let mut list = self.list();
        if list.len() < MOST_CONNECTIONS {
            list.push(Arc::clone(lease.connection()));
        }
        list.first().inspect(|kept| kept.wait_longer());
        Ok(lease)
    }

    fn list(&self) -> MutexGuard<'_, Vec<Arc<Http2Connection>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
