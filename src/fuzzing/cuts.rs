//! The same bytes as a network may bring them.

/// Cuts bytes in several ways: byte by byte, evenly, and unevenly. The same bytes are always cut
/// in the same ways, so that whatever was found can be found again.
pub(super) fn cuts(bytes: &[u8]) -> impl Iterator<Item = Vec<&[u8]>> {
    let even = [1, 3, 64].into_iter().map(|length| bytes.chunks(length).collect());
    even.chain(std::iter::once_with(|| unevenly(bytes)))
}

fn unevenly(mut rest: &[u8]) -> Vec<&[u8]> {
    let mut state = rest.iter().fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| {
        (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let length = usize::from((state >> 56) as u8 % 23).min(rest.len());
        let (piece, behind) = rest.split_at(length);
        pieces.push(piece);
        rest = behind;
    }
    pieces
}
