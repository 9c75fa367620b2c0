//! A request body in pieces.

use std::ops::Range;

use bytes::{Buf, Bytes};

/// A body of which parts were replaced: what came before, what is new, what came after. The
/// client's bytes are not copied, and a clone is as cheap.
#[derive(Debug, Clone, Default)]
pub struct Pieces {
    /// Enough for a body with another model's name.
    few: [Bytes; 3],
    more: Vec<Bytes>,
}

// === impl Pieces ===

impl Pieces {
    /// Takes a body as it is.
    #[must_use]
    pub fn whole(body: Bytes) -> Self {
        Self { few: [body, Bytes::new(), Bytes::new()], more: Vec::new() }
    }

    /// Takes a body with one range of it replaced.
    #[must_use]
    pub fn spliced(body: &Bytes, range: Range<usize>, with: Bytes) -> Self {
        Self { few: [body.slice(..range.start), with, body.slice(range.end..)], more: Vec::new() }
    }

    /// Takes a body with several ranges replaced, each behind the one before.
    #[must_use]
    pub fn edited(body: &Bytes, edits: impl IntoIterator<Item = (Range<usize>, Bytes)>) -> Self {
        let mut more = Vec::new();
        let mut at = 0;
        for (range, with) in edits {
            more.extend([body.slice(at..range.start), with].into_iter().filter(|piece| !piece.is_empty()));
            at = range.end;
        }
        let mut pieces = Self { more, ..Self::default() };
        if at < body.len() {
            pieces.more.push(body.slice(at..));
        }
        pieces
    }

    /// Returns how many bytes all pieces have.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all().map(Bytes::len).sum()
    }

    /// Tells whether there is nothing to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all().all(Bytes::is_empty)
    }

    /// Copies the pieces into one.
    #[must_use]
    pub fn joined(&self) -> Bytes {
        let mut filled = self.all().filter(|piece| !piece.is_empty());
        match (filled.next(), filled.next()) {
            (None, _) => Bytes::new(),
            (Some(only), None) => only.clone(),
            _ => self.all().flatten().copied().collect(),
        }
    }

    /// Hands out what is to be sent, piece by piece.
    pub(super) fn into_filled(self) -> impl Iterator<Item = Bytes> {
        self.few.into_iter().chain(self.more).filter(|piece| !piece.is_empty())
    }

    /// Returns what is to be sent.
    pub(super) fn filled(&self) -> impl Iterator<Item = &[u8]> {
        self.all().map(|piece| &piece[..]).filter(|piece| !piece.is_empty())
    }

    /// Forgets the first bytes, which are sent.
    pub(super) fn advance(&mut self, mut some: usize) {
        for piece in self.few.iter_mut().chain(&mut self.more) {
            let of_piece = some.min(piece.len());
            piece.advance(of_piece);
            some -= of_piece;
        }
    }

    fn all(&self) -> impl Iterator<Item = &Bytes> {
        self.few.iter().chain(&self.more)
    }
}
