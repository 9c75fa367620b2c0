//! Where log lines go, and what they look like.

use std::fmt;
use std::time::SystemTime;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt as layer};

use super::access_log::{AccessLog, Form};
use super::fields::Fields as _;
use super::log_writer::{LogFlush, LogWriter};
use super::text::Text;

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
    let (form, installed) = if json {
        let lines = layer::layer().json().flatten_event(true).with_ansi(false).with_writer(writer.clone());
        (Form::Json, base.with(lines).try_init())
    } else {
        let lines = layer::layer().event_format(TextLines).with_ansi(false).with_writer(writer.clone());
        (Form::Text, base.with(lines).try_init())
    };
    // A second installation in one process keeps the first.
    if installed.is_ok() {
        AccessLog::install(form, writer);
    }
    flush
}

/// Where the words of a line say all that its fields do; those are for JSON.
const SPOKEN: [&str; 2] = ["patchbay::health", "patchbay::reload"];

/// `10:42:07  message  key=value`, in UTC.
pub(super) struct TextLines;

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
        let mut said = Said::default();
        event.record(&mut said);
        if SPOKEN.iter().any(|room| event.metadata().target().starts_with(room)) {
            said.fields = Text::default();
        }
        let mut line = Text::at(SystemTime::now());
        line.event(&said.message, &said.fields);
        writer.write_str(&String::from_utf8_lossy(&line.end()))
    }
}

#[derive(Default)]
struct Said {
    message: String,
    fields: Text,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.message);
        } else {
            self.fields.text(field.name(), value);
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.fields.number(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.fields.signed(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.fields.float(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.fields.flag(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}
