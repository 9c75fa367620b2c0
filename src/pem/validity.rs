//! When certificates count, read out of them.
//!
//! A certificate says so behind who has signed it (RFC 5280, section 4.1). A few lengths are walked
//! to that place; whether the rest is a certificate is for others to judge.

use std::fmt;
use std::time::SystemTime;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rustls::pki_types::CertificateDer;

/// How long before its end a certificate is spoken of: who renews by hand has two weeks, and who
/// does so by machine has renewed long before.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;

/// When certificates begin to count and when they end, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    from: DateTime,
    until: DateTime,
}

/// What speaks against a certificate at some moment, in words that follow the name of its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry {
    lapse: Lapse,
    /// Whether it is one of those that lead to the authority.
    is_of_chain: bool,
}

/// The worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lapse {
    Expired(DateTime),
    Early(DateTime),
    Soon(DateTime),
}

// === impl Validity ===

impl Validity {
    /// Finds it in a certificate, as DER.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Option<Self> {
        let (content, _) = tagged(certificate, SEQUENCE)?;
        let (signed, _) = tagged(content, SEQUENCE)?;
        // The version may be left out; the serial number may not.
        let signed = tagged(signed, VERSION).map_or(signed, |(_, rest)| rest);
        let (_serial, _, rest) = value(signed)?;
        let (_algorithm, _, rest) = value(rest)?;
        let (_issuer, _, rest) = value(rest)?;
        let (validity, _) = tagged(rest, SEQUENCE)?;
        let (from, rest) = moment(validity)?;
        let (until, _) = moment(rest)?;
        Some(Self { from, until })
    }

    fn lapse(&self, now: DateTime) -> Option<Lapse> {
        match self {
            Self { until, .. } if *until < now => Some(Lapse::Expired(*until)),
            Self { from, .. } if *from > now => Some(Lapse::Early(*from)),
            Self { until, .. } if *until < now.saturating_add(SOON) => Some(Lapse::Soon(*until)),
            _ => None,
        }
    }
}

// === impl Expiry ===

impl Expiry {
    /// Looks at a certificate and those that lead to its authority; tells the worst of one.
    #[must_use]
    pub fn of(certificates: &[CertificateDer<'_>], now: SystemTime) -> Option<Self> {
        let now = Timestamp::try_from(now).ok()?.to_zoned(TimeZone::UTC).datetime();
        let lapses = certificates
            .iter()
            .enumerate()
            .filter_map(|(nth, certificate)| Some((Validity::of(certificate)?.lapse(now)?, nth > 0)));
        lapses.min().map(|(lapse, is_of_chain)| Self { lapse, is_of_chain })
    }

    /// Returns what can be done about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self.lapse {
            Lapse::Expired(_) | Lapse::Soon(_) => {
                "renew it: what is written to the same files is taken while connections live"
            }
            Lapse::Early(_) => "is this machine's clock right? timedatectl",
        }
    }
}

impl fmt::Display for Expiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_of_chain {
            f.write_str("holds a certificate of its chain that ")?;
        }
        let (verb, moment) = match self.lapse {
            Lapse::Expired(moment) => ("expired on", moment),
            Lapse::Early(moment) => ("isn't valid before", moment),
            Lapse::Soon(moment) => ("expires on", moment),
        };
        write!(f, "{verb} {}", moment.strftime("%Y-%m-%d %H:%M UTC"))
    }
}

/// Takes a value of DER off the beginning: its tag, what it holds, and what follows.
fn value(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(length), rest),
        0x81..=0x84 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (bytes.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte)), rest)
        }
        _ => return None,
    };
    let (inside, rest) = rest.split_at_checked(length)?;
    Some((tag, inside, rest))
}

/// Takes off a value that has this tag.
fn tagged(der: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    let (tag, inside, rest) = value(der)?;
    (tag == wanted).then_some((inside, rest))
}

/// Takes off a moment: `YYMMDDhhmmssZ` of the years from 1950 on, or with a year of four digits.
fn moment(der: &[u8]) -> Option<(DateTime, &[u8])> {
    let (tag, text, rest) = value(der)?;
    let (year, text) = match tag {
        UTC_TIME => {
            let (year, text) = text.split_at_checked(2)?;
            let year = i16::from(two_digits(year)?);
            (if year < 50 { 2000 + year } else { 1900 + year }, text)
        }
        GENERALIZED_TIME => {
            let (year, text) = text.split_at_checked(4)?;
            (i16::from(two_digits(&year[..2])?) * 100 + i16::from(two_digits(&year[2..])?), text)
        }
        _ => return None,
    };
    let digits = text.strip_suffix(b"Z").filter(|digits| digits.len() == 10)?;
    let at = |place: usize| two_digits(&digits[place..place + 2]);
    let moment = DateTime::new(year, at(0)?, at(2)?, at(4)?, at(6)?, at(8)?, 0);
    Some((moment.ok()?, rest))
}

fn two_digits(text: &[u8]) -> Option<i8> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => i8::try_from((tens - b'0') * 10 + ones - b'0').ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};

    use super::*;

    static KEY: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate().unwrap());

    const DAY: u64 = 24 * 60 * 60;

    fn certificate(from: (i32, u8, u8), until: (i32, u8, u8)) -> CertificateDer<'static> {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = date_time_ymd(from.0, from.1, from.2);
        params.not_after = date_time_ymd(until.0, until.1, until.2);
        params.self_signed(&*KEY).unwrap().der().clone()
    }

    /// Noon, so many days after 2026-01-01.
    fn day(days: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs((20_454 + days) * DAY + DAY / 2)
    }

    fn told(certificates: &[CertificateDer<'_>], now: SystemTime) -> Option<String> {
        Expiry::of(certificates, now).map(|expiry| expiry.to_string())
    }

    fn midnight((year, month, day): (i32, u8, u8)) -> DateTime {
        let small = |n: u8| i8::try_from(n).unwrap();
        DateTime::new(i16::try_from(year).unwrap(), small(month), small(day), 0, 0, 0, 0).unwrap()
    }

    #[test]
    fn only_what_needs_somebody_is_told() {
        let one = [certificate((2026, 1, 10), (2026, 2, 10))];
        for (now, words) in [
            (day(5), Some("isn't valid before 2026-01-10 00:00 UTC")),
            (day(9), None),
            (day(25), None),
            (day(26), Some("expires on 2026-02-10 00:00 UTC")),
            (day(39), Some("expires on 2026-02-10 00:00 UTC")),
            (day(40), Some("expired on 2026-02-10 00:00 UTC")),
        ] {
            assert_eq!(told(&one, now).as_deref(), words, "{now:?}");
        }
        let for_ever = [certificate((1975, 1, 1), (9999, 12, 31))];
        assert_eq!(told(&for_ever, day(0)), None);
    }

    #[test]
    fn the_worst_of_a_chain_is_told() {
        let (good, soon) = (certificate((2026, 1, 1), (2027, 1, 1)), certificate((2026, 1, 1), (2026, 1, 9)));
        let over = certificate((2025, 1, 1), (2025, 12, 31));
        let chain = "holds a certificate of its chain that expired on 2025-12-31 00:00 UTC";
        assert_eq!(told(&[good.clone(), over.clone()], day(0)).as_deref(), Some(chain));
        assert_eq!(told(&[soon.clone(), over], day(0)).as_deref(), Some(chain));
        assert_eq!(told(&[soon, good], day(0)).as_deref(), Some("expires on 2026-01-09 00:00 UTC"));
    }

    #[test]
    fn what_names_no_version_is_read_as_well() {
        let der = |tag: u8, inside: &[u8]| [&[tag, u8::try_from(inside.len()).unwrap()], inside].concat();
        let times = [der(UTC_TIME, b"491231235959Z"), der(GENERALIZED_TIME, b"20500101000000Z")].concat();
        let signed = [der(2, &[1]), der(SEQUENCE, &[]), der(SEQUENCE, &[]), der(SEQUENCE, &times)].concat();
        let read = Validity::of(&der(SEQUENCE, &der(SEQUENCE, &signed))).unwrap();
        assert_eq!((read.from, read.until), ("2049-12-31T23:59:59".parse().unwrap(), midnight((2050, 1, 1))));
    }

    fn date() -> impl Strategy<Value = (i32, u8, u8)> {
        (1950..=9999, 1..=12_u8, 1..=28_u8)
    }

    proptest! {
        #[test]
        fn any_two_dates_are_found(from in date(), until in date()) {
            let read = Validity::of(&certificate(from, until)).unwrap();
            prop_assert_eq!((read.from, read.until), (midnight(from), midnight(until)));
        }

        #[test]
        fn any_bytes_are_read_or_not(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _read = Validity::of(&bytes);
        }

        #[test]
        fn a_damaged_certificate_is_read_or_not(
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
            end in any::<prop::sample::Index>(),
        ) {
            let mut bytes = certificate((2026, 1, 1), (2027, 1, 1)).to_vec();
            // What follows the dates has no say, but the length of the whole has.
            prop_assert_eq!(Validity::of(&bytes[..end.index(bytes.len())]), None);
            *at.get_mut(&mut bytes) = byte;
            let _read = Validity::of(&bytes);
        }
    }
}
