//! A request as the relay sees it.

use std::borrow::Cow;

use bytes::Bytes;
use http::{HeaderMap, Method, Version};

/// What a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// What is appended to a backend's base path: `/chat/completions`.
    pub path: Cow<'static, str>,
    /// Whether a body without `model` goes beside the base path's `/v1`: TEI's `/rerank`.
    pub rootless: bool,
    /// The model, where the path names it: Azure's `/openai/deployments/M/…`.
    pub model: Option<String>,
}

// === impl Operation ===

impl Operation {
    /// Tells whether it asks for a completion, of a chat or of a text.
    pub(super) fn is_completion(&self) -> bool {
        matches!(&*self.path, "/chat/completions" | "/completions")
    }
}

/// A request that has been read whole.
#[derive(Debug)]
pub struct Ask {
    /// What is asked for.
    pub operation: Operation,
    /// In which version of HTTP it came.
    pub version: Version,
    /// The method.
    pub method: Method,
    /// The query without `?`.
    pub query: Option<String>,
    /// The client's headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}
