//! A line as text: `10:42:07  key=value key=value`, in UTC.

use std::io::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use super::fields::{Fields, digits};

/// What a usual access line fits in.
const USUAL: usize = 512;

/// The bytes of values that stand there without quotes.
const IS_PLAIN: [bool; 256] = {
    let mut is_plain = [true; 256];
    let mut byte = 0;
    while byte < is_plain.len() {
        is_plain[byte] = !matches!(byte, 0..=0x20 | 0x22 | 0x3d | 0x7f..=0x9f);
        byte += 1;
    }
    is_plain
};

/// A line as text.
#[derive(Debug, Default)]
pub(super) struct Text(Vec<u8>);

// === impl Text ===

impl Text {
    /// Begins a line of this moment. Every field brings the gap that is before it.
    pub(super) fn at(now: SystemTime) -> Self {
        let day = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() % 86_400;
        let mut line = Vec::with_capacity(USUAL);
        let tens = |count: u64| b'0' + u8::try_from(count / 10 % 10).unwrap_or(0);
        let ones = |count: u64| b'0' + u8::try_from(count % 10).unwrap_or(0);
        let [hour, minute, second] = [day / 3600, day / 60 % 60, day % 60];
        let clock =
            [tens(hour), ones(hour), b':', tens(minute), ones(minute), b':', tens(second), ones(second)];
        line.extend_from_slice(&clock);
        line.push(b' ');
        Self(line)
    }

    /// Returns the line with its end.
    pub(super) fn end(mut self) -> Vec<u8> {
        self.0.push(b'\n');
        self.0
    }

    /// Takes what an event says, and then its fields.
    pub(super) fn event(&mut self, message: &str, fields: &Self) {
        self.0.push(b' ');
        self.0.extend_from_slice(message.as_bytes());
        let gap: &[u8] = if message.is_empty() || fields.0.is_empty() { b"" } else { b"   " };
        self.0.extend_from_slice(gap);
        self.0.extend_from_slice(fields.0.strip_prefix(b" ").unwrap_or_default());
    }

    /// Takes a number that may be below zero.
    pub(super) fn signed(&mut self, name: &str, value: i64) {
        self.begin(name);
        if value < 0 {
            self.0.push(b'-');
        }
        digits(&mut self.0, value.unsigned_abs());
    }

    /// Takes any number. One digit behind the point is enough for milliseconds.
    pub(super) fn float(&mut self, name: &str, value: f64) {
        self.begin(name);
        if value < 0.0 {
            self.0.push(b'-');
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
        self.decimal((value.abs() * 10.0).round() as u64);
    }

    fn value(&mut self, value: &str) {
        if value.bytes().fold(true, |plain, byte| plain & IS_PLAIN[usize::from(byte)]) {
            self.0.extend_from_slice(value.as_bytes());
        } else {
            write!(self.0, "{value:?}").expect("writing to a Vec can't fail");
        }
    }

    fn decimal(&mut self, tenths: u64) {
        digits(&mut self.0, tenths / 10);
        if !tenths.is_multiple_of(10) {
            self.0.push(b'.');
            digits(&mut self.0, tenths % 10);
        }
    }

    /// Short, and with a name that is known: so it comes to a few moves where it is used.
    #[inline]
    fn begin(&mut self, name: &str) {
        self.0.push(b' ');
        self.0.extend_from_slice(name.as_bytes());
        self.0.push(b'=');
    }
}

impl Fields for Text {
    #[inline]
    fn text(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            self.begin(name);
            self.value(value);
        }
    }

    #[inline]
    fn number(&mut self, name: &str, value: u64) {
        self.begin(name);
        digits(&mut self.0, value);
    }

    fn tenths(&mut self, name: &str, value: u64) {
        self.begin(name);
        self.decimal(value);
    }

    fn flag(&mut self, name: &str, value: bool) {
        self.begin(name);
        self.0.extend_from_slice(if value { b"true" } else { b"false" });
    }
}
