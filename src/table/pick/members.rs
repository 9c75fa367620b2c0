//! A set of a tier's members.

/// As many as a tier may have, rounded up to whole words.
const WORDS: usize = 16;

/// Members of one tier by their place. Lies in the iterator itself, so that a pick allocates
/// nothing.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Members([u64; WORDS]);

// === impl Members ===

impl Members {
    pub(super) fn insert(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word |= 1 << (place % 64);
        }
    }

    pub(super) fn remove(&mut self, place: usize) {
        if let Some(word) = self.0.get_mut(place / 64) {
            *word &= !(1 << (place % 64));
        }
    }

    /// A place beyond the last word counts as contained, so that no walk over a set is endless.
    pub(super) fn contains(&self, place: usize) -> bool {
        self.0.get(place / 64).is_none_or(|word| word >> (place % 64) & 1 == 1)
    }
}
