//! Where log lines go, and what they look like.

use std::fmt;

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
const SPOKEN: &str = "patchbay::reload";

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
        if event.metadata().target().starts_with(SPOKEN) {
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
    fn push(&mut self, field: &Field, value: &dyn fmt::Display) {
        use fmt::Write;
        if !self.fields.is_empty() {
            self.fields.push(' ');
        }
        write!(self.fields, "{}={value}", field.name()).expect("writing to a String can't fail");
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else if !value.is_empty() {
            if value.contains([' ', '"', '=']) || value.chars().any(char::is_control) {
                self.push(field, &format_args!("{value:?}"));
            } else {
                self.push(field, &value);
            }
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.push(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.push(field, &value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.push(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.push(field, &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}
