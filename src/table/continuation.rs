//! How a backend goes on with an answer that has begun elsewhere.

/// By which field a backend is told to go on with the last message instead of answering it. Named
/// after that field, since servers of many names share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Continuation {
    /// By none: it always goes on with a last message of the assistant (llama.cpp).
    LastMessage,
    /// `continue_final_message: true` in the request (vLLM, SGLang).
    ContinueFinalMessage,
    /// `prefix: true` in the message (DeepSeek, Mistral).
    Prefix,
    /// `partial: true` in the message (Moonshot, `DashScope`).
    Partial,
}

// === impl Continuation ===

impl Continuation {
    /// All of them, in the order in which messages name them.
    pub const ALL: [Self; 4] = [Self::LastMessage, Self::ContinueFinalMessage, Self::Prefix, Self::Partial];

    /// Returns the word for it in routes.yaml.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LastMessage => "last_message",
            Self::ContinueFinalMessage => "continue_final_message",
            Self::Prefix => "prefix",
            Self::Partial => "partial",
        }
    }
}
