//! Where log lines go, and what they look like.

use std::fmt::{self, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt as layer};

use super::log_writer::{LogFlush, LogWriter};

/// notify warns of every watch that the kernel had already let go of, which is each rename.
const DEFAULT_FILTER: &str = "info,notify=error";

/// Sends the process's log lines to stderr, as text or as JSON; `filter` is in `RUST_LOG`'s form.
///
/// Returns what must be kept: dropping it writes the last lines.
#[must_use]
pub fn install(json: bool, filter: Option<&str>) -> LogFlush {
    let (writer, flush) = LogWriter::stderr();
    let filter = EnvFilter::new(filter.unwrap_or(DEFAULT_FILTER));
    let base = tracing_subscriber::registry().with(filter);
    // A second installation in one process keeps the first.
    let _already = if json {
        let json = layer::layer().json().flatten_event(true).with_ansi(false).with_writer(writer);
        base.with(json).try_init()
    } else {
        base.with(layer::layer().event_format(TextLines).with_ansi(false).with_writer(writer)).try_init()
    };
    flush
}

/// Where the words of a line say all that its fields do; those are for JSON.
const SPOKEN: [&str; 2] = ["patchbay::health", "patchbay::reload"];

/// `10:42:07  message  key=value`, in UTC.
struct TextLines;

impl<S, N> FormatEvent<S, N> for TextLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let day = now.as_secs() % 86_400;
        write!(writer, "{:02}:{:02}:{:02}  ", day / 3600, day / 60 % 60, day % 60)?;
        let mut line = Line::default();
        event.record(&mut line);
        if SPOKEN.iter().any(|room| event.metadata().target().starts_with(room)) {
            line.fields.clear();
        }
        let gap = if line.message.is_empty() || line.fields.is_empty() { "" } else { "   " };
        writeln!(writer, "{}{gap}{}", line.message, line.fields)
    }
}

#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Line {
    /// Begins a field. Numbers and texts are put down by hand: the general way of formatting cost
    /// more than the rest of an access line.
    fn begin(&mut self, field: &Field) {
        if !self.fields.is_empty() {
            self.fields.push(' ');
        }
        self.fields.push_str(field.name());
        self.fields.push('=');
    }

    fn number(&mut self, mut number: u64) {
        let mut digits = [0; 20];
        let mut at = digits.len();
        loop {
            at -= 1;
            digits[at] = b'0' + u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
            if number == 0 {
                break;
            }
        }
        self.fields.push_str(std::str::from_utf8(&digits[at..]).unwrap_or_default());
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else if !value.is_empty() {
            self.begin(field);
            let is_plain = |byte: u8| byte > b' ' && !matches!(byte, b'"' | b'=' | 0x7f..=0x9f);
            if value.bytes().all(is_plain) {
                self.fields.push_str(value);
            } else {
                write!(self.fields, "{value:?}").expect("writing to a String can't fail");
            }
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.begin(field);
        self.number(value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.begin(field);
        if value < 0 {
            self.fields.push('-');
        }
        self.number(value.unsigned_abs());
    }

    /// One digit behind the point is enough for milliseconds.
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.begin(field);
        let tenths = (value.abs() * 10.0).round();
        if value < 0.0 {
            self.fields.push('-');
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
        let tenths = tenths as u64;
        self.number(tenths / 10);
        if !tenths.is_multiple_of(10) {
            self.fields.push('.');
            self.number(tenths % 10);
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.begin(field);
        self.fields.push_str(if value { "true" } else { "false" });
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}
