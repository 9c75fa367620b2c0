//! The connections of one backend that requests share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::connection::{Http2Connection, Place};
use super::driver::{IDLE_LOOKS, SURPLUS_LOOKS};
use super::{Failure, Stream};

/// The most connections that are shared. One beyond serves the request that opened it.
const MOST_CONNECTIONS: usize = 64;

/// A backend's HTTP/2 connections, the one that was opened first in front: as long as it has room
/// for all, the others grow idle and go.
#[derive(Default)]
pub(in crate::upstream) struct Shared(Mutex<Vec<Arc<Http2Connection>>>);

// === impl Shared ===

impl Shared {
    /// Takes a place on a connection that has room, if there is one.
    pub(in crate::upstream) fn place(&self) -> Option<Place> {
        let mut list = self.list();
        // Who has said goodbye keeps its streams, each of which holds on to it.
        list.retain(|connection| connection.is_open());
        list.iter().find_map(Http2Connection::place)
    }

    /// Takes a fresh connection in, and the first place on it.
    pub(in crate::upstream) async fn open(&self, stream: Stream) -> Result<Place, Failure> {
        let is_first = self.list().is_empty();
        let place = Http2Connection::open(stream, if is_first { IDLE_LOOKS } else { SURPLUS_LOOKS }).await?;
        let mut list = self.list();
        if list.len() < MOST_CONNECTIONS {
            list.push(Arc::clone(place.connection()));
        }
        Ok(place)
    }

    fn list(&self) -> MutexGuard<'_, Vec<Arc<Http2Connection>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
