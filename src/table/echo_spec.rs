//! What an `echo://` backend does.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::duration::parse_duration;

/// The in-process backend of `echo://NAME?tokens=50&tps=40&ttft=200ms&fail=0.1`.
#[derive(Debug, Clone, PartialEq)]
pub struct EchoSpec {
    /// What it signs its answers with.
    pub name: String,
    /// How many tokens an answer has, where the request doesn't ask for fewer.
    pub tokens: u32,
    /// Tokens a second; `None` is as fast as it goes.
    pub tps: Option<f64>,
    /// Time to first token.
    pub ttft: Duration,
    /// The share of requests that fail, from 0 to 1.
    pub fail: f64,
}

impl Eq for EchoSpec {}

/// Why a text can't be an `echo://` URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EchoSpecError {
    /// No name after `echo://`.
    #[error("an echo backend needs a name: `echo://blue`")]
    NoName,
    /// A parameter that echo doesn't have.
    #[error("echo has no parameter `{0}`; it has tokens, tps, ttft and fail")]
    Unknown(String),
    /// A parameter whose value makes no sense.
    #[error("`{value}` isn't a value for `{key}`; {wanted}")]
    Value {
        /// The parameter.
        key: &'static str,
        /// What was given.
        value: String,
        /// What would be right.
        wanted: &'static str,
    },
}

impl EchoSpec {
    /// How many tokens an answer has where the URL doesn't say.
    pub const DEFAULT_TOKENS: u32 = 16;

    /// Reads what follows `echo://`.
    pub fn parse(url: &str) -> Result<Self, EchoSpecError> {
        let rest = url.strip_prefix("echo://").unwrap_or(url);
        let (name, query) = rest.split_once('?').unwrap_or((rest, ""));
        let name = name.trim_end_matches('/');
        let odd = |c: char| matches!(c, '/' | '#' | '@') || c.is_control() || c.is_whitespace();
        if name.is_empty() || name.contains(odd) {
            return Err(EchoSpecError::NoName);
        }
        let mut spec = Self {
            name: name.to_owned(),
            tokens: Self::DEFAULT_TOKENS,
            tps: None,
            ttft: Duration::ZERO,
            fail: 0.0,
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            spec.set(key, value)?;
        }
        Ok(spec)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), EchoSpecError> {
        let wrong = |key, wanted| EchoSpecError::Value { key, value: value.to_owned(), wanted };
        match key {
            "tokens" => {
                let tokens = value.parse().ok().filter(|n| (1..=100_000).contains(n));
                self.tokens = tokens.ok_or_else(|| wrong("tokens", "use a number from 1 to 100000"))?;
            }
            "tps" => {
                let tps = value.parse().ok().filter(|n: &f64| n.is_finite() && *n > 0.0);
                self.tps = Some(tps.ok_or_else(|| wrong("tps", "use tokens a second, more than 0"))?);
            }
            "ttft" => {
                let ttft = parse_duration(value);
                self.ttft = ttft.ok_or_else(|| wrong("ttft", "use a duration such as 200ms"))?;
            }
            "fail" => {
                let fail = value.parse().ok().filter(|n| (0.0..=1.0).contains(n));
                self.fail = fail.ok_or_else(|| wrong("fail", "use a share from 0 to 1"))?;
            }
            other => return Err(EchoSpecError::Unknown(other.to_owned())),
        }
        Ok(())
    }
}

impl fmt::Display for EchoSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "echo://{}", self.name)?;
        let mut mark = '?';
        let mut pair = |f: &mut fmt::Formatter<'_>, text: fmt::Arguments<'_>| {
            let result = write!(f, "{mark}{text}");
            mark = '&';
            result
        };
        if self.tokens != Self::DEFAULT_TOKENS {
            pair(f, format_args!("tokens={}", self.tokens))?;
        }
        if let Some(tps) = self.tps {
            pair(f, format_args!("tps={tps}"))?;
        }
        if !self.ttft.is_zero() {
            pair(f, format_args!("ttft={}ms", self.ttft.as_millis()))?;
        }
        if self.fail > 0.0 {
            pair(f, format_args!("fail={}", self.fail))?;
        }
        Ok(())
    }
}
