//! What a backend's error says, as far as it decides who is asked next.
//!
//! There is no standard for the texts of errors. Codes and types are looked at first, then the
//! phrases that servers are known to write; what isn't known is an error like any other.

use serde_json::Value;

/// The most of a text that isn't JSON that is looked at.
const TEXT_MOST: usize = 2048;

/// An error's words.
pub(super) struct Complaint {
    /// All that names or explains the error, in lower case.
    words: String,
    /// The status that the error itself gives.
    status: Option<u16>,
}

/// What kind of error it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The prompt is longer than what the model can take.
    TooLong,
    /// The content was judged, not the backend: asking elsewhere would be asking around.
    Content,
    /// The request is at fault in another way.
    Request,
    /// Anything else.
    Other,
}

const TOO_LONG: [&str; 18] = [
    "context_length",                    // OpenAI, Groq, DeepSeek
    "context length",                    // vLLM, SGLang
    "context_window",                    // LiteLLM, OpenAI's responses
    "context window",                    // Ollama, MLX
    "exceed_context_size",               // llama.cpp
    "context size",                      // llama.cpp
    "maximum model length",              // vLLM
    "max_model_len",                     // vLLM
    "prompt is too long",                // Anthropic, Fireworks
    "input is too long",                 // Bedrock
    "maximum prompt length",             // xAI
    "input token count",                 // Gemini
    "model token limit",                 // Moonshot
    "range of input length",             // DashScope
    "max_new_tokens` must be",           // TGI
    "reduce the length of the messages", // OpenAI
    "超长",                              // Zhipu
    "40303",                             // FastChat and DB-GPT
];

const CONTENT: [&str; 10] = [
    "content_filter",            // OpenAI, Azure, Moonshot
    "content_policy",            // OpenAI
    "content policy",            // OpenAI
    "content management policy", // Azure
    "responsibleaipolicy",       // Azure
    "content filtering policy",  // Anthropic
    "data_inspection_failed",    // DashScope
    "datainspectionfailed",      // DashScope
    "sensitivecontentdetected",  // Volcengine
    "content exists risk",       // DeepSeek
];

const REQUEST: [&str; 4] = ["invalid_request", "badrequest", "bad_request", "invalid_argument"];

/// Zhipu's code for unsafe content; a number of four digits is nothing to look for in a text.
const ZHIPU_CONTENT: &str = "1301";

/// Statuses that say nothing about the prompt's length, whatever their text says of limits.
const NOT_OF_LENGTH: [u16; 9] = [401, 402, 403, 404, 408, 429, 502, 503, 504];

// === impl Complaint ===

impl Complaint {
    /// Reads an error's body, or the data of an event.
    pub(super) fn read(text: &[u8]) -> Self {
        let mut complaint = Self { words: String::new(), status: None };
        match serde_json::from_slice(text) {
            Ok(value) => complaint.take(&value, 0),
            Err(_) => complaint.note(&String::from_utf8_lossy(&text[..text.len().min(TEXT_MOST)])),
        }
        complaint
    }

    /// Returns the status that the error gives, where it came under another one.
    pub(super) fn status(&self) -> Option<u16> {
        self.status
    }

    /// Sorts it; `status` is that of the answer, or what the error gives.
    pub(super) fn kind(&self, status: u16) -> Kind {
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| self.words.contains(phrase));
        if says(&CONTENT) || self.words.split('\n').any(|word| word == ZHIPU_CONTENT) {
            Kind::Content
        } else if says(&TOO_LONG) && !NOT_OF_LENGTH.contains(&status) {
            Kind::TooLong
        } else if says(&REQUEST) {
            Kind::Request
        } else {
            Kind::Other
        }
    }

    /// Takes the words of an error, wherever a dialect puts them; never what repeats the request.
    fn take(&mut self, value: &Value, depth: usize) {
        match value {
            Value::String(text) => self.note(text),
            // Gemini puts its one error into a list.
            Value::Array(items) => items.first().into_iter().for_each(|item| self.take(item, depth)),
            Value::Object(fields) if depth < 4 => {
                for (name, value) in fields {
                    match name.as_str() {
                        "error" | "detail" | "response" | "innererror" => self.take(value, depth + 1),
                        "code" | "status" | "error_code" => self.code(value),
                        "message" | "type" | "error_type" | "text" | "reason" => {
                            value.as_str().into_iter().for_each(|text| self.note(text));
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// Takes a code: a word, a status, or a status with two more digits.
    fn code(&mut self, value: &Value) {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let number =
            text.parse().ok().map(|number: u32| if number >= 10_000 { number / 100 } else { number });
        let status = number.and_then(|number| u16::try_from(number).ok());
        self.status = self.status.or(status.filter(|status| (400..600).contains(status)));
        self.note(&text);
    }

    fn note(&mut self, text: &str) {
        self.words.push_str(&text.to_lowercase());
        self.words.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_known_servers_are_sorted() {
        let cases = [
            (
                Kind::TooLong,
                400,
                r#"{"error":{"message":"x","type":"invalid_request_error","code":"context_length_exceeded"}}"#,
            ),
            (
                Kind::TooLong,
                400,
                r#"{"object":"error","message":"This model's maximum context length is 4096 tokens. However, you requested 5000","type":"BadRequestError","code":400}"#,
            ),
            (
                Kind::TooLong,
                400,
                r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error","n_ctx":512}}"#,
            ),
            (
                Kind::TooLong,
                400,
                r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 200001 tokens > 200000 maximum"}}"#,
            ),
            (
                Kind::TooLong,
                400,
                r#"[{"error":{"code":400,"message":"The input token count (1) exceeds the maximum number of tokens allowed (1).","status":"INVALID_ARGUMENT"}}]"#,
            ),
            (Kind::TooLong, 400, r#"{"object":"error","message":"too much","code":40303}"#),
            (Kind::TooLong, 400, r#"{"error":{"code":"1261","message":"Prompt 超长"}}"#),
            (
                Kind::TooLong,
                400,
                r#"{"code":"InvalidParameter","message":"Range of input length should be [1, 30720]"}"#,
            ),
            (Kind::TooLong, 500, "the input is too long for this model's context window"),
            (
                Kind::Content,
                400,
                r#"{"error":{"code":"content_filter","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
            ),
            (Kind::Content, 400, r#"{"error":{"code":"content_policy_violation","message":"rejected"}}"#),
            (
                Kind::Content,
                400,
                r#"{"error":{"code":"data_inspection_failed","message":"Input data may contain inappropriate content."}}"#,
            ),
            (Kind::Content, 400, r#"{"error":{"code":"1301","message":"unsafe"}}"#),
            (Kind::Content, 500, r#"{"error":{"code":1301,"message":"unsafe"}}"#),
            (
                Kind::Content,
                400,
                r#"{"error":{"message":"Content Exists Risk","type":"invalid_request_error"}}"#,
            ),
            (
                Kind::Request,
                400,
                r#"{"error":{"message":"temperature must be below 2","type":"invalid_request_error"}}"#,
            ),
            (Kind::Other, 429, r#"{"error":{"message":"you exceeded your model token limit per minute"}}"#),
            (Kind::Other, 500, r#"{"error":{"message":"CUDA error 13010"}}"#),
            (
                Kind::Other,
                422,
                r#"{"detail":[{"loc":["body"],"input":"context_length_exceeded content_filter"}]}"#,
            ),
            (Kind::Other, 503, ""),
        ];
        for (expected, status, text) in cases {
            assert_eq!(Complaint::read(text.as_bytes()).kind(status), expected, "{text}");
        }
    }

    #[test]
    fn a_code_that_is_a_status_is_read_as_one() {
        let status = |text: &str| Complaint::read(text.as_bytes()).status();
        assert_eq!(status(r#"{"error":{"code":400}}"#), Some(400));
        assert_eq!(status(r#"{"error":{"code":"429"}}"#), Some(429));
        assert_eq!(status(r#"{"object":"error","code":50001}"#), Some(500));
        assert_eq!(status(r#"{"text":"x","error_code":1}"#), None);
        assert_eq!(status(r#"{"error":{"code":"1301"}}"#), None);
        assert_eq!(status(r#"{"error":"stopped"}"#), None);
    }
}
