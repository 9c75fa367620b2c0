//! A share of requests that is copied to another backend.

use super::{Ticket, Tier};

/// Where copies of a route's requests go. Nobody gets the answers to them.
#[derive(Debug, Clone, Hash)]
pub struct Mirror {
    /// Who gets the copies, in turn.
    pub tier: Tier,
    /// How many of the requests are copied.
    pub share: Share,
}

/// A part of a whole, in millionths; never none of it and never more than all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Share(u32);

const WHOLE: u32 = 1_000_000;

// === impl Share ===

impl Share {
    /// Everything.
    pub const ALL: Self = Self(WHOLE);

    /// Reads `0.1` or `10%`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (number, whole) = match text.strip_suffix('%') {
            Some(number) => (number.trim_end(), 100.0),
            None => (text, 1.0),
        };
        let millionths = number.parse::<f64>().ok()? / whole * f64::from(WHOLE);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
        let millionths = millionths.round() as u32;
        (1..=WHOLE).contains(&millionths).then_some(Self(millionths))
    }

    /// Returns the share in percent.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }

    /// Tells whether a request is among the share, and which of them it is. They are spread as evenly
    /// as can be, and exact over any row of tickets.
    #[must_use]
    pub fn turn(self, ticket: Ticket) -> Option<Ticket> {
        let before = |ticket: u128| ticket * u128::from(self.0) / u128::from(WHOLE);
        let (own, next) = (before(u128::from(ticket.0)), before(u128::from(ticket.0) + 1));
        (next > own).then(|| Ticket(u64::try_from(own).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_share_is_written_as_a_part_or_in_percent() {
        let percent = |text| Share::parse(text).map(Share::percent);
        assert_eq!(percent("0.1"), Some(10.0));
        assert_eq!(percent(" 10 %"), Some(10.0));
        assert_eq!(percent("1"), Some(100.0));
        assert_eq!(percent("0.01%"), Some(0.01));
        for nothing in ["0", "0%", "1.5", "101%", "-1", "NaN", "inf", "", "%", "a"] {
            assert_eq!(percent(nothing), None, "{nothing}");
        }
    }

    proptest! {
        #[test]
        fn shares_are_exact_and_their_turns_have_no_gaps(millionths in 1_u32..=WHOLE, start in 0_u64..1 << 40) {
            let share = Share(millionths);
            let turns: Vec<u64> = (start..start + 2000).filter_map(|n| share.turn(Ticket(n))).map(|turn| turn.0).collect();
            let expected = 2000.0 * share.percent() / 100.0;
            #[expect(clippy::cast_precision_loss, reason = "2000 at most")]
            let count = turns.len() as f64;
            prop_assert!((count - expected).abs() <= 1.0, "{count} of {expected}");
            prop_assert!(turns.windows(2).all(|pair| pair[0] + 1 == pair[1]));
        }

        #[test]
        fn a_share_that_is_printed_is_read_as_the_same(millionths in 1_u32..=WHOLE) {
            let share = Share(millionths);
            prop_assert_eq!(Share::parse(&format!("{}%", share.percent())), Some(share));
        }
    }
}
