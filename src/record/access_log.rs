//! Where access lines go, and whether they are wanted.
//!
//! An access line is no event: the way of one through `tracing` costs several times what its bytes
//! do. It goes straight into the log instead, in the log's form, where an event would be written.

use std::sync::OnceLock;

use tracing::{Level, event_enabled};

use super::log_writer::LogWriter;

/// What `RUST_LOG` calls access lines.
pub(super) const TARGET: &str = "patchbay::access";

/// How the lines of the log look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As text.
    Text,
    /// As JSON objects.
    Json,
}

/// Takes access lines.
pub(super) struct AccessLog {
    /// How they look.
    pub(super) form: Form,
    writer: LogWriter,
    /// Whether the filter lets them all through. Else it may do so within some spans.
    takes_all: bool,
}

static INSTALLED: OnceLock<AccessLog> = OnceLock::new();

// === impl AccessLog ===

impl AccessLog {
    /// Opens the process's log, whose filter is installed, for access lines. A second one is not taken.
    pub(super) fn install(form: Form, writer: LogWriter) {
        let _already = INSTALLED.set(Self { form, writer, takes_all: lets_through() });
    }

    /// Returns the log, if the filter lets access lines through.
    pub(super) fn open() -> Option<&'static Self> {
        INSTALLED.get().filter(|log| log.takes_all || lets_through())
    }

    /// Writes a line.
    pub(super) fn write(&self, line: &[u8]) {
        self.writer.push(line);
    }
}

/// Asks the filter, which may name fields.
fn lets_through() -> bool {
    event_enabled!(
        target: TARGET,
        Level::INFO,
        path, model, backend, generation, attempts, resumed, repaired, status, outcome, finished,
        first_byte_ms, total_ms, queued_ms, bytes, request_bytes, input_tokens, output_tokens, caller,
        rule, prompt_chars, max_tokens, stream, has, headers, time, request_id, error
    )
}
