//! Tokens of the admin port.

use super::node::{Kind, Node};
use super::place::At;
use super::{RawCaller, Reader, code};
use crate::table::{Caller, CallerLimits, Callers, Secret};

/// A shorter token could be guessed.
const LEAST: usize = 16;

impl Reader<'_, '_> {
    /// Reads one token, or tokens by the name of whoever has it.
    pub(super) fn admin_tokens(&mut self, node: &Node) -> Callers {
        let what = "an admin token";
        let raw: Vec<RawCaller> = match &node.kind {
            Kind::Map(entries) => {
                entries.iter().filter_map(|(name, token)| self.caller(name, token, None)).collect()
            }
            Kind::Scalar { .. } | Kind::List(_) => {
                let key = self.string(node, what);
                let name = At::new("admin".to_owned(), &node.place);
                key.map(|key| RawCaller::new(name, key)).into_iter().collect()
            }
        };
        let mut tokens: Vec<Caller> = Vec::new();
        for RawCaller { name, key, .. } in raw {
            let cause = match key.value.as_str() {
                token if token.len() < LEAST => format!("{what} has at least {LEAST} characters"),
                token if !token.bytes().all(|byte| byte.is_ascii_graphic()) => {
                    format!("{what} has only letters, digits and signs")
                }
                token if tokens.iter().any(|other| other.key.matches(token.as_bytes())) => {
                    "two names have the same admin token".to_owned()
                }
                token => {
                    tokens.push(Caller {
                        name: name.value,
                        key: Secret::new(token),
                        limits: CallerLimits::default(),
                    });
                    continue;
                }
            };
            self.findings
                .error(code::BAD_VALUE, &key.place.first_line(), cause)
                .help("make one: openssl rand -hex 16");
        }
        Callers::new(tokens)
    }
}
