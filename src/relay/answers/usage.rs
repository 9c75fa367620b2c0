//! A usage where a backend gives none.
//!
//! It is all zeros. Tokens can't be counted without the model's tokenizer, and a guess would look
//! like a count to whoever bills by it; a prompt of no tokens can't be one. Callers are charged for
//! what backends say, so these zeros cost nobody anything.

use std::sync::LazyLock;

use bytes::Bytes;
use memchr::memmem;
use serde::Deserialize;

use crate::relay::params::applied;
use crate::relay::scan::members;
use crate::table::{Params, Setting};

const ZEROS: &str = r#"{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}"#;

/// What an answer without a usage lacks.
static LACKING: LazyLock<Params> = LazyLock::new(|| {
    let zeros = serde_json::from_str(ZEROS).unwrap_or_default();
    Params { default: vec![Setting::new("usage", &zeros)], ..Params::default() }
});

/// Tells whether a request asks for the usage of a stream.
pub(super) fn is_asked(request: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Options {
        #[serde(default)]
        include_usage: bool,
    }
    let Ok(members) = members(request) else { return false };
    let options = members.flatten().filter(|member| member.name == "stream_options").last();
    let options =
        options.and_then(|options| serde_json::from_slice::<Options>(&request[options.value_at]).ok());
    options.is_some_and(|options| options.include_usage)
}

/// Tells whether a chunk bears a usage.
pub(super) fn is_in(chunk: &[u8]) -> bool {
    memmem::find(chunk, b"\"usage\"").is_some() && has(chunk, "usage")
}

/// Tells whether a chunk is one of a completion.
pub(super) fn is_chunk(chunk: &[u8]) -> bool {
    has(chunk, "choices")
}

/// Puts a usage into a completion that has none; `None` leaves the answer as it is.
pub(super) fn filled(answer: &Bytes) -> Option<Bytes> {
    if is_in(answer) || !is_chunk(answer) {
        return None;
    }
    applied(answer, [&*LACKING], None).ok().map(|pieces| pieces.joined())
}

/// Makes the event that ends a stream for those who asked for a usage. It bears what the chunks of
/// its stream have in common.
pub(super) fn event(chunk: &[u8]) -> Bytes {
    let mut event = b"data: {".to_vec();
    for member in members(chunk).into_iter().flatten().flatten() {
        if matches!(&*member.name, "id" | "object" | "created" | "model" | "system_fingerprint") {
            event.extend_from_slice(&chunk[member.name_at.start..member.value_at.end]);
            event.push(b',');
        }
    }
    event.extend_from_slice(b"\"choices\":[],\"usage\":");
    event.extend_from_slice(ZEROS.as_bytes());
    event.extend_from_slice(b"}\n\n");
    event.into()
}

fn has(object: &[u8], name: &str) -> bool {
    let Ok(members) = members(object) else { return false };
    let named = members.flatten().filter(|member| member.name == name).last();
    named.is_some_and(|member| object[member.value_at] != *b"null")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(answer: &'static str) -> Option<String> {
        filled(&Bytes::from_static(answer.as_bytes())).map(|text| String::from_utf8(text.to_vec()).unwrap())
    }

    #[test]
    fn a_completion_without_usage_gets_zeros_and_keeps_its_bytes() {
        let with = |rest: &str| Some(rest.replace('@', ZEROS));
        assert_eq!(outcome(" {\"choices\" : [ ]}\n"), with(" {\"choices\" : [ ],\"usage\":@}\n"));
        assert_eq!(outcome(r#"{"usage": null ,"choices":[1.0]}"#), with(r#"{"usage": @ ,"choices":[1.0]}"#));
        assert_eq!(outcome(r#"{"choices":[],"usage":{}}"#), None);
        assert_eq!(outcome(r#"{"data":[]}"#), None, "embeddings are no completion");
        assert_eq!(outcome(r#"{"error":{"message":"no"}}"#), None);
        assert_eq!(outcome(r#"{"choices":[]"#), None);
    }

    #[test]
    fn the_usage_event_looks_like_its_stream() {
        let chunk = r#"{"id":"x","object":"chat.completion.chunk","created":1.0,"model":"m","choices":[{}]}"#;
        let event = event(chunk.as_bytes());
        let expected = format!(
            "data: {{\"id\":\"x\",\"object\":\"chat.completion.chunk\",\"created\":1.0,\"model\":\"m\",\"choices\":[],\"usage\":{ZEROS}}}\n\n"
        );
        assert_eq!(event, expected);
    }

    #[test]
    fn a_usage_is_asked_for_by_its_option() {
        assert!(is_asked(br#"{"stream":true,"stream_options":{"include_usage":true,"x":1}}"#));
        for no in
            [r#"{"stream_options":{"include_usage":false}}"#, r#"{"stream_options":null}"#, "{}", "", "x"]
        {
            assert!(!is_asked(no.as_bytes()), "{no}");
        }
    }
}
