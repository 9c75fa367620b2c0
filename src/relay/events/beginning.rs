//! Whether a stream has really begun.

use bytes::Bytes;

use super::{Meaning, Piece, Scanner};

/// What the events of a stream say, up to the first that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beginning {
    /// Nothing that a client waits for.
    Prelude,
    /// The first useful token, an end, or what can't be understood.
    Token,
    /// An error, with its data.
    Error(Bytes),
}

/// Reads a stream as far as it has said nothing yet.
#[derive(Debug, Default)]
pub(in crate::relay) struct Prelude {
    scanner: Scanner,
    leaves_out_broken: bool,
}

// === impl Prelude ===

impl Prelude {
    /// Begins. An event that the client isn't to get, since it is broken, is not its first token.
    #[must_use]
    pub(in crate::relay) fn new(leaves_out_broken: bool) -> Self {
        Self { scanner: Scanner::default(), leaves_out_broken }
    }

    /// Reads on.
    #[must_use]
    pub(in crate::relay) fn read(&mut self, mut piece: Bytes) -> Beginning {
        while let Some(next) = self.scanner.next(&mut piece) {
            let Piece::Event(event) = next else { return Beginning::Token };
            match event.meaning() {
                Meaning::Prelude => {}
                Meaning::Token if self.leaves_out_broken && event.is_broken() => {}
                Meaning::Token | Meaning::Done => return Beginning::Token,
                Meaning::Error => {
                    let data = event.data().unwrap_or_default();
                    return Beginning::Error(Bytes::copy_from_slice(&data));
                }
            }
        }
        Beginning::Prelude
    }
}
