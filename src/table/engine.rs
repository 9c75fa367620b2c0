//! Which kind of server a backend is, where it can be asked how much it has to do.

/// A kind of server that tells how many requests it works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// vLLM, by `/metrics`.
    Vllm,
    /// llama.cpp, by `/metrics` or `/slots`.
    LlamaCpp,
    /// `SGLang`, by `/v1/loads`.
    Sglang,
}

// === impl Engine ===

impl Engine {
    /// All of them, in the order in which messages name them.
    pub const ALL: [Self; 3] = [Self::Vllm, Self::LlamaCpp, Self::Sglang];

    /// Returns the word for it in routes.yaml.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Vllm => "vllm",
            Self::LlamaCpp => "llama.cpp",
            Self::Sglang => "sglang",
        }
    }
}
