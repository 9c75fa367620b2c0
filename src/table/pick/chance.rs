//! Chance that can be repeated.

/// The number of a request on its route; all chance and all ties come from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket(pub u64);

/// What keeps requests together: those with the same key go to the same backend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StickyKey(pub u64);

// === impl StickyKey ===

impl StickyKey {
    /// Hashes what belongs together, given in pieces. Routers must agree on it, so the outcome is
    /// the same in every process and on every machine. Quick, and no defence against who looks for
    /// collisions: all that they get is a common backend.
    #[must_use]
    pub fn of<'b>(pieces: impl IntoIterator<Item = &'b [u8]>) -> Self {
        let hash = pieces.into_iter().fold(0, |hash, piece| {
            let (words, rest) = piece.as_chunks::<8>();
            let hash = words.iter().fold(hash, |hash: u64, word| {
                (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            });
            let rest = rest.iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
            mixed(mixed(hash, rest), piece.len() as u64)
        });
        Self(hash)
    }
}

/// Mixes two numbers so that every bit of the outcome depends on every bit of both (the finisher of
/// `splitmix64`).
pub(super) fn mixed(one: u64, other: u64) -> u64 {
    let step = |n: u64| {
        let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        n ^ (n >> 31)
    };
    step(step(one.wrapping_add(0x9e37_79b9_7f4a_7c15)).wrapping_add(other))
}

/// Returns a number from 0 to below 1, as even as the bits that it is made from.
#[expect(clippy::cast_precision_loss, reason = "53 bits are what a float holds")]
pub(super) fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}
