//! What a model can be asked for.

use std::fmt;

use serde_json::{Value, json};

use super::asker::{Place, Question};

/// What a model can be asked for; a backend serves at least one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// `/chat/completions`.
    Chat,
    /// `/completions`, of a model without a chat template.
    Text,
    /// `/embeddings`.
    Embeddings,
    /// `/rerank`.
    Rerank,
    /// `/beta/relevance`, DB-GPT's reranking.
    Relevance,
    /// `/rerank` beside `/v1`, without a model, as text-embeddings-inference serves it.
    Tei,
}

// === impl Service ===

impl Service {
    /// What a model may have that has no chat.
    pub(super) const BESIDE_CHAT: [Self; 5] =
        [Self::Text, Self::Embeddings, Self::Rerank, Self::Relevance, Self::Tei];

    /// Returns the path behind the base path.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Chat => "/chat/completions",
            Self::Text => "/completions",
            Self::Embeddings => "/embeddings",
            Self::Rerank | Self::Tei => "/rerank",
            Self::Relevance => "/beta/relevance",
        }
    }

    /// Returns the smallest request that brings a real answer.
    pub(super) fn smallest(self, model: &str) -> Question {
        let body = match self {
            Self::Chat => json!({"model": model, "messages": [{"role": "user", "content": "hi"}],
                "max_tokens": 1, "stream": false}),
            Self::Text => json!({"model": model, "prompt": "hi", "max_tokens": 1, "stream": false}),
            Self::Embeddings => json!({"model": model, "input": ["hi"]}),
            Self::Rerank | Self::Relevance => json!({"model": model, "query": "hi", "documents": ["hi"]}),
            Self::Tei => json!({"query": "hi", "texts": ["hi"]}),
        };
        let question = Question::post(self.path(), &body);
        match self {
            Self::Tei => Question { place: Place::BesideV1(self.path()), ..question },
            _ => question,
        }
    }

    /// Tells whether an answer is one to such a request.
    pub(super) fn is_answered_by(self, answer: &Value) -> bool {
        match self {
            Self::Chat => ["message", "delta"].iter().any(|part| answer["choices"][0][part].is_object()),
            Self::Text => answer["choices"][0]["text"].is_string(),
            Self::Embeddings => !answer["data"][0]["embedding"].is_null(),
            Self::Rerank => answer["results"][0].is_object(),
            Self::Relevance => answer["data"][0].is_number(),
            Self::Tei => answer[0]["score"].is_number(),
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chat => "chat",
            Self::Text => "text completions",
            Self::Embeddings => "embeddings",
            Self::Rerank | Self::Relevance | Self::Tei => "reranking",
        })
    }
}
