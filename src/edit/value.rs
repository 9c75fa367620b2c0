//! What a model is to point to.

use std::fmt;

use crate::config::{OutlinedTarget, Style, addresses};

use super::scalar::{Spot, scalar};
use super::shown::{Shown, ShownShares};

/// What a model is to point to. `Debug` shows no query, which may hold a key.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Value {
    One(String),
    List(Vec<String>),
    Shares(Vec<(String, u32)>),
}

// === impl Value ===

impl Value {
    /// Returns every name or URL.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Self::One(name) => vec![name],
            Self::List(names) => names.iter().map(String::as_str).collect(),
            Self::Shares(shares) => shares.iter().map(|(name, _)| name.as_str()).collect(),
        }
    }

    /// Tells whether a model points just there, in whatever order shares are written.
    pub(super) fn is(&self, to: &[OutlinedTarget]) -> bool {
        match self {
            Self::One(name) => matches!(to, [only] if only.text == *name && only.weight != Some(0)),
            Self::List(names) => {
                names.len() == to.len()
                    && names.iter().zip(to).all(|(name, at)| *name == at.text && at.weight.is_none())
            }
            Self::Shares(shares) => {
                let has = |name: &str, share| to.iter().any(|at| at.text == name && at.weight == Some(share));
                shares.len() == to.len() && shares.iter().all(|(name, share)| has(name, *share))
            }
        }
    }

    /// Writes it on one line; `padded` puts a space within brackets.
    pub(super) fn inline(&self, style: Style, spot: Spot, padded: bool) -> String {
        let pad = if padded { " " } else { "" };
        match self {
            Self::One(name) => scalar(name, style, spot),
            Self::List(names) => {
                let items: Vec<String> = names.iter().map(|name| item(name)).collect();
                format!("[{pad}{}{pad}]", items.join(", "))
            }
            Self::Shares(shares) => {
                let items: Vec<String> =
                    shares.iter().map(|(name, share)| share_entry(name, *share)).collect();
                format!("{{{pad}{}{pad}}}", items.join(", "))
            }
        }
    }

    /// Returns the addresses and shares that this is in a `.env`.
    pub(super) fn addresses(&self) -> Vec<(String, u32)> {
        let pieces = |text: &str| addresses(text).into_iter().map(|piece| (piece.url, piece.weight));
        match self {
            Self::One(text) => pieces(text).collect(),
            Self::List(texts) => texts.iter().flat_map(|text| pieces(text)).collect(),
            Self::Shares(shares) => shares.clone(),
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(name) => Shown(name).fmt(f),
            Self::List(names) => f.debug_list().entries(names.iter().map(|name| Shown(name))).finish(),
            Self::Shares(shares) => ShownShares(shares).fmt(f),
        }
    }
}

/// Writes an item of a list in brackets.
pub(super) fn item(name: &str) -> String {
    scalar(name, Style::Plain, Spot::Flow)
}

/// Writes a target and its share as an entry of a map.
pub(super) fn share_entry(name: &str, share: u32) -> String {
    format!("{}: {share}", scalar(name, Style::Plain, Spot::Key))
}

/// Writes for people what a model points to.
pub(super) fn told(to: &[OutlinedTarget]) -> String {
    let parts: Vec<String> = to
        .iter()
        .map(|at| match at.weight {
            Some(weight) => format!("{}: {weight}", at.shown),
            None => at.shown.clone(),
        })
        .collect();
    match to {
        [only] => only.shown.clone(),
        _ if to.iter().any(|at| at.weight.is_some()) => format!("{{{}}}", parts.join(", ")),
        _ => format!("[{}]", parts.join(", ")),
    }
}
