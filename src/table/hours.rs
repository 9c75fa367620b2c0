//! Times of day.

use std::fmt;

use thiserror::Error;

/// Minutes in a day.
const DAY: u16 = 24 * 60;

/// A minute of the day, by the clock on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DayTime(u16);

/// A stretch of every day: from a minute on until before another, be it over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hours {
    from: u16,
    to: u16,
}

/// Why a text is no stretch of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum HoursError {
    /// Not two times with `-` between them.
    #[error("hours look like this: 09-18, 22-06 or 09:30-18:00")]
    Form,
    /// Both times are the same.
    #[error("it begins when it ends; the whole day is 00-24")]
    Empty,
}

// === impl DayTime ===

impl DayTime {
    /// Makes a time of an hour and a minute; what a clock doesn't show becomes the last minute.
    #[must_use]
    pub fn new(hour: u16, minute: u16) -> Self {
        Self((hour.saturating_mul(60).saturating_add(minute)).min(DAY - 1))
    }

    /// Reads `9`, `09` or `09:30`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        minutes(text).filter(|minutes| *minutes < DAY).map(Self)
    }
}

impl fmt::Display for DayTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

// === impl Hours ===

impl Hours {
    /// Reads `09-18`, `22-06` or `09:30-18:00`.
    pub fn parse(text: &str) -> Result<Self, HoursError> {
        let (from, to) = text.split_once('-').ok_or(HoursError::Form)?;
        let from = minutes(from).filter(|from| *from < DAY).ok_or(HoursError::Form)?;
        let to = minutes(to).ok_or(HoursError::Form)?;
        if from == to { Err(HoursError::Empty) } else { Ok(Self { from, to }) }
    }

    /// Tells whether a time is within.
    #[must_use]
    pub fn contains(&self, time: DayTime) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&time.0)
        } else {
            time.0 >= self.from || time.0 < self.to
        }
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [from, to] = [self.from, self.to].map(|time| (time / 60, time % 60));
        if from.1 == 0 && to.1 == 0 {
            write!(f, "{:02}-{:02}", from.0, to.0)
        } else {
            write!(f, "{:02}:{:02}-{:02}:{:02}", from.0, from.1, to.0, to.1)
        }
    }
}

/// Reads `9`, `09` or `09:30`; `24` is the end of the day.
fn minutes(text: &str) -> Option<u16> {
    let text = text.trim();
    let (hour, minute) = text.split_once(':').unwrap_or((text, "00"));
    let digits = |text: &str, most: u16| {
        let fits = (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|number| fits && *number <= most)
    };
    let minutes = digits(hour, 24)? * 60 + digits(minute, 59).filter(|_| minute.len() == 2)?;
    (minutes <= DAY).then_some(minutes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hours(text: &str) -> Hours {
        Hours::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn a_stretch_holds_its_first_minute_and_not_its_last() {
        let day = hours("09:30-18");
        let within = |time: &str| day.contains(DayTime::parse(time).expect("a time"));
        assert_eq!(["9:29", "09:30", "17:59", "18"].map(within), [false, true, true, false]);
        assert!((0..24).all(|hour| hours("00-24").contains(DayTime::new(hour, 59))));
    }

    #[test]
    fn a_stretch_may_go_over_midnight() {
        let night = hours("22-06");
        let within = |hour| night.contains(DayTime::new(hour, 0));
        assert_eq!([21, 22, 23, 0, 5, 6].map(within), [false, true, true, true, true, false]);
    }

    #[test]
    fn what_is_no_stretch_is_refused() {
        for text in ["", "9", "9-", "-9", "25-26", "9-24:01", "9:5-10", "9.5-10", "24-9", "+9-10", "a-b"] {
            assert_eq!(Hours::parse(text), Err(HoursError::Form), "{text}");
        }
        assert_eq!(Hours::parse("9-09:00"), Err(HoursError::Empty));
    }

    proptest! {
        #[test]
        fn a_stretch_reads_back_as_it_shows(from in 0..DAY, to in 0..=DAY) {
            prop_assume!(from != to);
            let hours = Hours { from, to };
            prop_assert_eq!(Hours::parse(&hours.to_string()), Ok(hours));
        }

        #[test]
        fn a_stretch_and_the_rest_of_the_day_are_the_day(from in 0..DAY, to in 0..DAY, time in 0..DAY) {
            prop_assume!(from != to);
            let (hours, rest) = (Hours { from, to }, Hours { from: to, to: from });
            prop_assert_ne!(hours.contains(DayTime(time)), rest.contains(DayTime(time)));
        }
    }
}
