//! What holds for any stream, however it is cut.

use bytes::Bytes;

use super::{Piece, Scanner};

/// What comes out of a scanner, and what it holds at the end.
pub(super) fn scanned<'p>(pieces: impl IntoIterator<Item = &'p [u8]>) -> (Vec<Piece>, Bytes) {
    let mut scanner = Scanner::default();
    let mut out = Vec::new();
    for piece in pieces {
        let mut bytes = Bytes::copy_from_slice(piece);
        while let Some(next) = scanner.next(&mut bytes) {
            out.push(next);
        }
        assert!(bytes.is_empty(), "all of a piece is taken");
    }
    let rest = scanner.rest();
    (out, rest)
}

/// Puts together what came out.
pub(super) fn joined(out: &[Piece], rest: &[u8]) -> Vec<u8> {
    let bytes = out.iter().flat_map(|piece| match piece {
        Piece::Event(event) => event.0.to_vec(),
        Piece::Opaque(bytes) => bytes.to_vec(),
    });
    bytes.chain(rest.iter().copied()).collect()
}

/// Cuts change nothing, no byte is lost, and an event can be asked what it means.
pub(in crate::relay) fn cuts_change_nothing(stream: &[u8], pieces: &[&[u8]]) {
    let whole = scanned([stream]);
    assert_eq!(joined(&whole.0, &whole.1), stream, "no byte is lost or changed");
    // A CR that ends all there is waits for the byte after it in either case.
    assert_eq!(scanned(pieces.iter().copied()), whole, "cuts change nothing");
    for piece in &whole.0 {
        if let Piece::Event(event) = piece {
            let _answers = (event.name(), event.data(), event.meaning());
        }
    }
}
