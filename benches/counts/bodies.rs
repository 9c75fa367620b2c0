//! What clients send and what backends stream.

use bytes::Bytes;

/// A chat request of so many bytes, give or take its frame, as a client writes it after some turns.
pub(crate) fn chat(length: usize) -> Bytes {
    let turn = r#"{"role":"user","content":"Say \"hi\" to the router, which reads this and understands nothing of it. Then tell me what it would have to know to answer by itself, and why it doesn't."}"#;
    let turns = vec![turn; (length / turn.len()).max(1)].join(",");
    format!(r#"{{"model":"gpt-4o-mini","temperature":0.7,"stream":true,"messages":[{turns}]}}"#).into()
}

/// So many events of a streamed answer.
pub(crate) fn events(count: usize) -> Bytes {
    let event = r#"data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"word "},"finish_reason":null}]}"#;
    format!("{event}\n\n").repeat(count).into()
}

/// A request as OpenAI's own client for Python sends it, with its body.
pub(crate) fn request(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: router.example:9999\r\nAccept-Encoding: gzip, deflate\r\n\
         Connection: keep-alive\r\nAccept: application/json\r\nContent-Type: application/json\r\n\
         User-Agent: OpenAI/Python 1.99.9\r\nX-Stainless-Lang: python\r\nX-Stainless-Package-Version: 1.99.9\r\n\
         X-Stainless-OS: Linux\r\nX-Stainless-Arch: x64\r\nX-Stainless-Runtime: CPython\r\n\
         X-Stainless-Runtime-Version: 3.11.7\r\nAuthorization: Bearer sk-0123456789abcdef0123456789abcdef\r\n\
         X-Stainless-Async: false\r\nx-stainless-retry-count: 0\r\nx-stainless-read-timeout: 600\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}
