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

impl Beginning {
    /// Reads on in a stream that has said nothing yet.
    #[must_use]
    pub fn read(scanner: &mut Scanner, mut piece: Bytes) -> Self {
        while let Some(next) = scanner.next(&mut piece) {
            let Piece::Event(event) = next else { return Self::Token };
            match event.meaning() {
                Meaning::Prelude => {}
                Meaning::Token | Meaning::Done => return Self::Token,
                Meaning::Error => {
                    let data = event.data().unwrap_or_default();
                    return Self::Error(Bytes::copy_from_slice(&data));
                }
            }
        }
        Self::Prelude
    }
}
