//! How much of request bodies may be held at once.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room for bodies, in bytes. A body takes up its own until its last copy is gone: most until the answer
/// has begun, those that could be sent once more (`resume`, `mirror`) for longer.
#[derive(Debug)]
pub(super) struct BodyRoom(Arc<Semaphore>);

/// What one body has taken of it so far.
#[derive(Debug, Default)]
pub(super) struct Place(Option<OwnedSemaphorePermit>);

/// There is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// A body and its place.
struct Held<B>(B, #[expect(dead_code, reason = "it is dropped with the body")] Place);

// === impl BodyRoom ===

impl BodyRoom {
    pub(super) fn new(bytes: u64) -> Self {
        let most = usize::try_from(bytes).unwrap_or(usize::MAX).min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(most)))
    }

    /// Tells whether so many bytes would fit now. A length that is only announced takes up nothing, or
    /// clients that announce much and send nothing would keep the others out.
    pub(super) fn fits(&self, bytes: u64) -> bool {
        bytes <= self.0.available_permits() as u64
    }

    /// Takes room for bytes that have come.
    pub(super) fn take(&self, bytes: usize, place: &mut Place) -> Result<(), Full> {
        let count = u32::try_from(bytes).map_err(|_over| Full)?;
        let more = Arc::clone(&self.0).try_acquire_many_owned(count).map_err(|_none| Full)?;
        match &mut place.0 {
            Some(taken) => taken.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }
}

// === impl Place ===

impl Place {
    /// Has a body keep its place as long as any part of it is held.
    pub(super) fn keep<B: AsRef<[u8]> + Send + 'static>(self, body: B) -> Bytes {
        if body.as_ref().is_empty() { Bytes::new() } else { Bytes::from_owner(Held(body, self)) }
    }
}

// === impl Held ===

impl<B: AsRef<[u8]>> AsRef<[u8]> for Held<B> {
    fn as_ref(&self) -> &[u8] {
        self.0.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_keeps_its_place_until_its_last_copy_is_gone() {
        let room = BodyRoom::new(10);
        let mut place = Place::default();
        room.take(2, &mut place).unwrap();
        room.take(4, &mut place).unwrap();
        assert!(room.fits(4) && !room.fits(5));
        assert_eq!(room.take(5, &mut Place::default()), Err(Full));
        let body = place.keep(Bytes::from_static(b"sixsix"));
        let copy = body.slice(1..2);
        drop(body);
        assert!(!room.fits(5), "a part of it is still held");
        drop(copy);
        assert!(room.fits(10));
    }

    #[test]
    fn who_gives_up_leaves_no_trace() {
        let room = BodyRoom::new(10);
        let mut place = Place::default();
        room.take(8, &mut place).unwrap();
        assert_eq!(room.take(8, &mut place), Err(Full));
        drop(place);
        assert!(room.fits(10));
    }
}
