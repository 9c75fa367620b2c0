//! An access line looks like the line of an event with the same fields, in both forms.

use std::io;
use std::sync::{Mutex, PoisonError};

use proptest::option::of;
use proptest::prelude::*;
use tracing_subscriber::fmt as layer;
use tracing_subscriber::layer::SubscriberExt;

use super::*;
use crate::record::log::TextLines;
use crate::table::{BodyFacts, DayTime, Feature};

/// The length of `{"timestamp":"2026-01-02T03:04:05.000678Z"`.
const STAMP: usize = 42;

/// Sends what an entry tells as an event.
fn send(entry: &Entry, total: Duration) {
    let milliseconds = |time: Duration| (time.as_secs_f64() * 10_000.0).round() / 10.0;
    let decision = entry.decision.as_deref();
    let body = decision.and_then(|decision| decision.body.as_ref());
    let has = body.map(|body| {
        let has = Feature::ALL.into_iter().filter(|feature| feature.is_in(body));
        has.map(Feature::as_str).collect::<Vec<_>>().join(",")
    });
    let headers = decision.map(|decision| &decision.headers).filter(|headers| !headers.is_empty());
    let (outcome, error) = match &entry.end {
        End::ClientGone => ("client_gone", None),
        End::Complete => (if entry.left { "client_gone" } else { "complete" }, None),
        End::Refused(code, text) => (*code, Some(text.as_str())),
        End::BrokenOff(text) => ("broken_off", Some(text.as_str())),
    };
    tracing::info!(
        target: "patchbay::access",
        path = entry.path,
        model = entry.model,
        backend = entry.backend_name(),
        generation = entry.generation,
        attempts = entry.attempts,
        resumed = (entry.resumed > 0).then_some(entry.resumed),
        repaired = entry.repaired.as_ref().map(|made| made.load(Ordering::Relaxed)).filter(|made| *made > 0),
        status = entry.status,
        outcome,
        finished = entry.left.then_some(entry.end == End::Complete),
        first_byte_ms = entry.first_byte.map(milliseconds),
        total_ms = milliseconds(total),
        queued_ms = entry.queued.map(|queued| milliseconds(queued.waited)),
        bytes = entry.sent,
        request_bytes = entry.received,
        input_tokens = entry.usage().input,
        output_tokens = entry.usage().output,
        caller = entry.caller,
        rule = decision.and_then(Decision::number),
        prompt_chars = body.map(|body| body.prompt_chars),
        max_tokens = body.and_then(|body| body.max_tokens),
        stream = body.map(|body| body.stream),
        has,
        headers = headers.map(|headers| serde_json::to_string(headers).unwrap()),
        time = decision.and_then(|decision| decision.time).map(|time| time.to_string()),
        request_id = entry.request_id,
        error,
    );
}

/// Returns the lines of events.
fn written(form: Form, send: impl FnOnce()) -> Vec<u8> {
    #[derive(Clone, Default)]
    struct Seen(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Seen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let seen = Seen::default();
    let writer = seen.clone();
    let lines = layer::layer().with_ansi(false).with_writer(move || writer.clone());
    let base = tracing_subscriber::registry();
    match form {
        Form::Text => tracing::subscriber::with_default(base.with(lines.event_format(TextLines)), send),
        Form::Json => tracing::subscriber::with_default(base.with(lines.json().flatten_event(true)), send),
    }
    std::mem::take(&mut seen.0.lock().unwrap())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9/._-]{0,40}",
        "[ -~]{0,20}",
        prop::collection::vec(any::<char>(), 0..12).prop_map(|chars| chars.into_iter().collect()),
    ]
}

/// A time that is not right between two tenths of a millisecond, where two ways of rounding may differ.
fn time() -> impl Strategy<Value = Duration> {
    let tenths = prop_oneof![0_u64..30, 0_u64..1_000_000_000];
    (tenths, 1_u64..99_999).prop_map(|(tenths, rest)| Duration::from_nanos(tenths * 100_000 + 50_000 + rest))
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        Just(End::ClientGone),
        Just(End::Complete),
        text().prop_map(|text| End::Refused("model_not_found", text)),
        text().prop_map(End::BrokenOff),
    ]
}

fn decision() -> impl Strategy<Value = Box<Decision>> {
    let body = (any::<u64>(), of(any::<u64>()), any::<[bool; 4]>());
    let body = body.prop_map(|(prompt_chars, max_tokens, [stream, image, tools, json_schema])| BodyFacts {
        prompt_chars,
        max_tokens,
        stream,
        image,
        tools,
        json_schema,
    });
    let headers = prop::collection::btree_map("[a-z-]{1,8}", prop::collection::vec(text(), 0..3), 0..3);
    let time = of(Just(DayTime::parse("09:30").unwrap()));
    (of(0_usize..20), of(body), headers, time)
        .prop_map(|(rule, body, headers, time)| Box::new(Decision { rule, body, headers, time }))
}

fn usage() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        (any::<u32>(), any::<u32>())
            .prop_map(|(i, o)| format!(r#""usage":{{"prompt_tokens":{i},"completion_tokens":{o}}}"#)),
    ]
}

prop_compose! {
    fn entry()(
        (request_id, path, model, caller) in (text(), text(), text(), of(text())),
        (backend, decision, end, left) in (of("[a-z0-9/._-]{1,20}"), of(decision()), end(), any::<bool>()),
        (received, generation, status) in (any::<u64>(), any::<u64>(), any::<u16>()),
        (attempts, resumed, repaired) in (0_u32..5, 0_u32..3, of(0_u64..3)),
        (queued, first_byte, usage) in (of(time()), of(time()), usage()),
    ) -> Entry {
        let mut entry = Entry::new(request_id, path, Instant::now());
        (entry.model, entry.caller, entry.decision, entry.end) = (model, caller, decision, end);
        entry.backend = backend.map(|name| BackendName::parse(&name).unwrap());
        (entry.received, entry.generation, entry.status) = (received, generation, status);
        (entry.attempts, entry.resumed, entry.left) = (attempts, resumed, left);
        entry.repaired = repaired.map(|made| Arc::new(AtomicU64::new(made)));
        entry.queued = queued.map(|waited| Queued { place: 1, waited });
        entry.first_byte = first_byte;
        entry.passed(usage.as_bytes());
        entry
    }
}

proptest! {
    #[test]
    fn as_text_an_access_line_is_the_line_of_an_event(entry in entry(), total in time()) {
        let line = entry.line(Form::Text, SystemTime::now(), total);
        let event = written(Form::Text, || send(&entry, total));
        prop_assert_eq!(line[8..].escape_ascii().to_string(), event[8..].escape_ascii().to_string());
    }

    #[test]
    fn as_json_an_access_line_is_the_line_of_an_event(entry in entry(), total in time()) {
        let line = entry.line(Form::Json, SystemTime::now(), total);
        let event = written(Form::Json, || send(&entry, total));
        prop_assert_eq!(&line[..14], &event[..14]);
        prop_assert_eq!(line[STAMP..].escape_ascii().to_string(), event[STAMP..].escape_ascii().to_string());
    }
}

#[test]
fn a_line_bears_the_moment_when_it_was_written() {
    let now = SystemTime::UNIX_EPOCH + Duration::new(1_767_323_045, 678_999);
    let entry = Entry::new("1".to_owned(), String::new(), Instant::now());
    let line = |form| String::from_utf8(entry.line(form, now, Duration::from_micros(1250))).unwrap();
    assert_eq!(
        line(Form::Text),
        "03:04:05  generation=0 attempts=0 status=0 outcome=client_gone total_ms=1.3 bytes=0 request_bytes=0 request_id=1\n"
    );
    assert!(
        line(Form::Json)
            .starts_with(r#"{"timestamp":"2026-01-02T03:04:05.000678Z","level":"INFO","path":"","#)
    );
}

#[test]
fn the_line_of_an_event_is_its_words_and_then_its_fields() {
    let lines = written(Form::Text, || {
        tracing::info!(
            count = 1,
            below = -2,
            ratio = -0.25,
            is_it = true,
            text = "a b",
            empty = "",
            "some words"
        );
        tracing::info!("some words");
        tracing::info!(debug = ?Some(1), plain = "ä~!");
        tracing::info!(equals = "a=b", quote = "a\"", escape = "\u{1b}x", delete = "\u{7f}", c1 = "\u{9b}");
        tracing::info!(target: "patchbay::health::x", backend = "b", "b is out");
    });
    let lines = String::from_utf8(lines).unwrap();
    let lines: Vec<&str> = lines.lines().map(|line| &line[8..]).collect();
    assert_eq!(
        lines,
        [
            r#"  some words   count=1 below=-2 ratio=-0.3 is_it=true text="a b""#,
            "  some words",
            r"  debug=Some(1) plain=ä~!",
            r#"  equals="a=b" quote="a\"" escape="\u{1b}x" delete="\u{7f}" c1="\u{9b}""#,
            "  b is out",
        ]
    );
}
