//! What a model points to: names, URLs, lists of them, and weights.

use super::node::{Kind, Node};
use super::place::At;
use super::{Reader, Words, code};

/// One thing that a model points to.
#[derive(Debug, Clone)]
pub(in crate::config) struct RawMember {
    /// A backend's name or URLs.
    pub(in crate::config) target: At<Words>,
    /// The share, where one is written.
    pub(in crate::config) weight: Option<At<u32>>,
}

/// One address of a comma list: `http://h:8000*3`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawAddress {
    pub(crate) url: String,
    pub(crate) weight: u32,
}

/// Tells whether a text is meant as one or more URLs, and not as a name.
pub(crate) fn is_url(text: &str) -> bool {
    text.contains("://")
}

/// Splits a comma list of URLs; blanks around and between commas don't count.
pub(crate) fn addresses(text: &str) -> Vec<RawAddress> {
    text.split(',')
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
        .map(|piece| {
            let weighted = piece
                .rsplit_once('*')
                .and_then(|(url, weight)| Some((url.trim(), weight.trim().parse().ok()?)));
            let (url, weight) = weighted.unwrap_or((piece, 1));
            RawAddress { url: url.to_owned(), weight }
        })
        .collect()
}

impl Reader<'_, '_> {
    /// Reads `to` in any of its short forms.
    pub(super) fn members(&mut self, node: &Node) -> Vec<RawMember> {
        match &node.kind {
            Kind::Scalar { .. } => self.member(node).into_iter().collect(),
            Kind::List(items) => items.iter().filter_map(|item| self.member(item)).collect(),
            Kind::Map(entries) => entries
                .iter()
                .filter_map(|(target, weight)| {
                    let target = self.target(target);
                    let weight = self.weight(weight);
                    Some(RawMember { target: target?, weight: Some(weight?) })
                })
                .collect(),
        }
    }

    fn member(&mut self, node: &Node) -> Option<RawMember> {
        Some(RawMember { target: self.target(node)?, weight: None })
    }

    fn target(&mut self, node: &Node) -> Option<At<Words>> {
        let words = self.words(node, "a target")?;
        if words.value.text.trim().is_empty() {
            let problem = self.findings.error(code::MISSING, &words.place, "the target is empty");
            let source = words.place.source();
            if source.contains("${") {
                problem.label(format!("`{}` has an empty value", source.trim_matches('"')));
            }
            problem.help("name a backend or a URL");
            return None;
        }
        Some(words)
    }

    /// Reads a share.
    pub(super) fn weight(&mut self, node: &Node) -> Option<At<u32>> {
        self.number(node, "a weight", u32::MAX)
    }
}
