//! The shorthand that cases are written in.
//!
//! `{post}` is the beginning of a good request, `{json}` its body of 13 bytes, `{good}` both with a
//! length, `{chunked}` both in chunks, `{ok}` a good answer. `{N*text}` repeats a text. `{pause}`,
//! `{fin}` and `{reset}` are things to do; `{early}` answers before the request's body was read.

use std::time::Duration;

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Send(Vec<u8>),
    Pause(Duration),
    Fin,
    Reset,
    Early,
}

/// The body of every good request.
pub(super) const JSON: &str = r#"{"model":"m"}"#;

fn word(word: &str) -> Option<String> {
    let post = "POST /v1/chat/completions HTTP/1.1\r\nHost: router\r\n";
    Some(match word {
        "post" => post.to_owned(),
        "post10" => post.replace("HTTP/1.1", "HTTP/1.0"),
        "path" => "/v1/chat/completions".to_owned(),
        "json" => JSON.to_owned(),
        "good" => format!("{post}Content-Length: 13\r\n\r\n{JSON}"),
        "smuggled" => format!("{post}X-Smuggled: 1\r\nContent-Length: 13\r\n\r\n{JSON}"),
        "chunks" => format!("d\r\n{JSON}\r\n0\r\n\r\n"),
        "te" => "Transfer-Encoding: chunked\r\n".to_owned(),
        "chunked" => format!("{post}Transfer-Encoding: chunked\r\n\r\nd\r\n{JSON}\r\n0\r\n\r\n"),
        "ok" => "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ngood".to_owned(),
        "200" => "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n".to_owned(),
        other => {
            let (times, text) = other.split_once('*')?;
            text.repeat(times.parse().ok()?)
        }
    })
}

/// Turns shorthand into steps. Each `char` is one byte.
pub(super) fn steps(text: &str) -> Vec<Step> {
    let mut steps = vec![Step::Send(Vec::new())];
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('{') {
        send(&mut steps, before);
        let (inner, tail) = tail.split_once('}').unwrap();
        match inner {
            "pause" => steps.push(Step::Pause(Duration::from_millis(20))),
            "fin" => steps.push(Step::Fin),
            "reset" => steps.push(Step::Reset),
            "early" => steps.push(Step::Early),
            other => send(&mut steps, &word(other).unwrap_or_else(|| panic!("{{{other}}} in {text:?}"))),
        }
        rest = tail;
    }
    send(&mut steps, rest);
    steps
}

fn send(steps: &mut Vec<Step>, text: &str) {
    let bytes = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap());
    if let Some(Step::Send(last)) = steps.last_mut() {
        last.extend(bytes);
    } else {
        steps.push(Step::Send(bytes.collect()));
    }
}
