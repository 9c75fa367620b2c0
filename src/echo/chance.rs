//! Whether a request is one of those that fail.

/// Tells whether the request with this number fails, for a share of failing requests.
///
/// A hash of the number stands in for chance: the share holds over many requests, and no random
/// source is needed. The name keeps two backends from failing in step.
pub(super) fn strikes(share: f64, name: &str, number: u64) -> bool {
    let seed = name.bytes().fold(number, |seed, byte| scramble(seed ^ u64::from(byte)));
    unit(scramble(seed)) < share
}

/// Mixes all bits (the finisher of `SplitMix64`).
pub(super) fn scramble(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Maps to `0.0..1.0`.
pub(super) fn unit(value: u64) -> f64 {
    f64::from(u32::try_from(value >> 32).unwrap_or(u32::MAX)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_share_holds_over_many_requests() {
        for share in [0.0, 0.1, 0.5, 0.9, 1.0] {
            let struck: u32 = (0..10_000).map(|n| u32::from(strikes(share, "blue", n))).sum();
            let expected = share * 10_000.0;
            assert!((f64::from(struck) - expected).abs() < 200.0, "{struck} of 10000 at {share}");
        }
    }

    #[test]
    fn two_backends_do_not_fail_in_step() {
        let both = (0..10_000).filter(|&n| strikes(0.5, "blue", n) && strikes(0.5, "green", n)).count();
        assert!((2_200..2_800).contains(&both), "{both} of 10000 at 0.5 x 0.5");
    }
}
