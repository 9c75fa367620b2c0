//! When a client that ends its own requests has had enough. Pure.

/// So many streams may a client end before it has an answer, whatever else it does: people press
/// "stop" while a model thinks.
const LEAST: u64 = 256;

/// What has become of a connection's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counts {
    /// All that there ever were.
    pub(super) begun: u64,
    /// Those that are there now.
    pub(super) open: u64,
    /// Those that ended before they were answered.
    pub(super) given_up: u64,
}

// === impl Counts ===

impl Counts {
    /// Tells whether most of what the client asks is asked in vain: each request costs us, and maybe
    /// a backend, more than its two frames cost the client.
    pub(super) fn are_abuse(self) -> bool {
        self.given_up > LEAST && self.given_up * 2 > self.begun
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_requests_in_vain_are_abuse_and_some_are_not() {
        let counts = |begun, given_up| Counts { begun, open: 0, given_up };
        assert!(!counts(256, 256).are_abuse());
        assert!(counts(257, 257).are_abuse());
        assert!(!counts(100_000, 40_000).are_abuse());
        assert!(counts(100_000, 60_000).are_abuse());
    }
}
