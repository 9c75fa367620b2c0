//! What fingerprints are made of.

use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};

/// Feeds values to a digest: all that they are, in the same bytes on every machine.
///
/// What is derived leaves no field out and lets no two values run into each other, and costs a
/// tenth of their `Debug` form, which counts where a table has thousands of routes.
#[derive(Debug, Default)]
pub(super) struct Fed(Vec<u8>);

/// Returns all that a value is.
pub(super) fn fed(value: &impl Hash) -> Vec<u8> {
    let mut fed = Fed::default();
    value.hash(&mut fed);
    fed.0
}

// === impl Fed ===

impl Fed {
    /// Feeds one value.
    pub(super) fn feed(&mut self, digest: &mut Sha256, value: &impl Hash) {
        self.0.clear();
        value.hash(self);
        digest.update(&self.0);
    }
}

impl Hasher for Fed {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn write_u16(&mut self, number: u16) {
        self.write(&number.to_le_bytes());
    }

    fn write_u32(&mut self, number: u32) {
        self.write(&number.to_le_bytes());
    }

    fn write_u64(&mut self, number: u64) {
        self.write(&number.to_le_bytes());
    }

    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    fn write_isize(&mut self, number: isize) {
        self.write(&(number as i64).to_le_bytes());
    }

    /// Nobody asks: the digest has the bytes.
    fn finish(&self) -> u64 {
        self.0.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_bytes_on_every_machine() {
        assert_eq!(fed(&(1_u16, 2_u32, 3_u64)), [1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(fed(&(1_usize, -1_isize)), [[1, 0, 0, 0, 0, 0, 0, 0], [255; 8]].concat());
    }

    #[test]
    fn texts_do_not_run_into_each_other() {
        assert_ne!(fed(&("ab", "c")), fed(&("a", "bc")));
        assert_ne!(fed(&[vec!["a"], vec![]]), fed(&[vec![], vec!["a"]]));
    }
}
