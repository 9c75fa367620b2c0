//! What holds for any bytes that lie where a generation or the audit is looked for: a disk may give
//! back anything, and a start goes on with it.

use std::io::Cursor;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::page::{self, PageError};
use super::shown::shown;
use super::{Record, Stored, audit};

/// The most characters of a fault: it ends in the log.
const MOST_TOLD: usize = 120;

/// Moments behind the year 5000 are too many seconds to be kept to the millisecond.
const FAR: Duration = Duration::from_secs(100_000_000_000);

/// Takes bytes for a kept generation, and for an audit that is added to.
pub(crate) fn kept(bytes: &[u8]) {
    generation(bytes);
    added_to(bytes);
}

/// A generation is read, or a fault that says nothing of what is in it; what was read is written and
/// read again as the same, is told in one line, and can be shown.
fn generation(bytes: &[u8]) {
    let record = page::read_record(bytes).inspect_err(told);
    let Ok(first) = page::read(bytes).inspect_err(told) else { return };
    assert_eq!(record.as_ref().ok(), Some(&first.record), "the record alone is the same");
    let again = written_and_read(&first);
    assert_eq!(again.documents, first.documents);
    assert_eq!(without_numbers(&again.record), without_numbers(&first.record));
    let difference = (again.record.took_ms - first.record.took_ms).abs();
    assert!(difference <= first.record.took_ms.abs() * 1e-12 + f64::MIN_POSITIVE);
    for (read, was) in [(again.record.at, first.record.at), (again.saved_at, first.saved_at)] {
        assert!(was > UNIX_EPOCH + FAR || apart(read, was) <= Duration::from_millis(1));
    }
    one_line(&audit::applied(&first, None));
    assert_eq!(shown(&first.documents, None).len(), first.documents.len());
}

fn written_and_read(stored: &Stored) -> Stored {
    let page = page::written(stored).expect("what was read can be written");
    page::read(&page).expect("what was written can be read")
}

fn without_numbers(record: &Record) -> Record {
    Record { at: UNIX_EPOCH, took_ms: 0.0, ..record.clone() }
}

fn apart(one: SystemTime, other: SystemTime) -> Duration {
    one.duration_since(other).unwrap_or_else(|early| early.duration())
}

fn told(fault: &PageError) {
    let text = fault.to_string();
    assert!(text.len() <= MOST_TOLD && !text.chars().any(char::is_control), "{text:?}");
}

fn one_line(value: &Value) {
    let line = value.to_string();
    assert!(!line.contains(|c| c < ' '), "{line:?}");
}

/// What is in an audit stays, whatever it is, and one line of its own comes behind it.
fn added_to(bytes: &[u8]) {
    let value = json!({"event": "applied", "why": "a\nb"});
    let mut file = Cursor::new(bytes.to_vec());
    audit::add(&mut file, &value).expect("memory can be written");
    let file = file.into_inner();
    let added = file.strip_prefix(bytes).expect("what is there stays");
    let line = format!("{value}\n");
    let is_ended = bytes.is_empty() || bytes.ends_with(b"\n");
    assert_eq!(added, if is_ended { line } else { format!("\n{line}") }.as_bytes());
}
