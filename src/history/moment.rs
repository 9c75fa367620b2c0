//! Moments, as programs and as people read them.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serializer};

/// A moment in UTC as RFC 3339 writes it, to the millisecond: `2026-11-23T08:11:00.120Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Utc(pub SystemTime);

/// Writes seconds since 1970, to the millisecond.
pub(super) fn serialize<S: Serializer>(moment: &SystemTime, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_f64((since_1970(*moment).as_secs_f64() * 1000.0).round() / 1000.0)
}

/// Reads what [`serialize`] has written; a number that is no moment is 1970.
pub(super) fn deserialize<'d, D: Deserializer<'d>>(from: D) -> Result<SystemTime, D::Error> {
    let seconds = f64::deserialize(from)?;
    let since = Duration::try_from_secs_f64(seconds).unwrap_or_default();
    Ok(UNIX_EPOCH.checked_add(since).unwrap_or(UNIX_EPOCH))
}

fn since_1970(moment: SystemTime) -> Duration {
    moment.duration_since(UNIX_EPOCH).unwrap_or_default()
}

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since = since_1970(self.0);
        let (days, seconds) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
        let (year, month, day) = date(days);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let millis = since.subsec_millis();
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
    }
}

/// The date, so many days after 1970-01-01. Years are counted from March, so that a leap day is
/// the last of its year, and in eras of 400 years, after which the calendar repeats.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(seconds: u64) -> String {
        Utc(UNIX_EPOCH + Duration::from_secs(seconds)).to_string()
    }

    #[test]
    fn the_calendar_is_right() {
        assert_eq!(utc(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(utc(951_782_399), "2000-02-28T23:59:59.000Z");
        assert_eq!(utc(951_782_400), "2000-02-29T00:00:00.000Z");
        assert_eq!(utc(1_709_251_199), "2024-02-29T23:59:59.000Z");
        assert_eq!(utc(1_795_421_460), "2026-11-23T08:11:00.000Z");
        assert_eq!(utc(4_107_542_400), "2100-03-01T00:00:00.000Z");
    }
}
