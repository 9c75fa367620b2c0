//! The key `mirror`.

use crate::table::Share;

use super::node::Node;
use super::place::At;
use super::{Grammar, Reader, Words, code};

/// Where copies go, by a name that is still a text.
#[derive(Debug, Clone)]
pub(in crate::config) struct RawMirror {
    pub(in crate::config) to: At<Words>,
    pub(in crate::config) share: Share,
}

const MIRROR: Grammar = Grammar { what: "`mirror`", keys: &["to", "share"], later: &[] };

impl Reader<'_, '_> {
    /// Reads `mirror`.
    pub(super) fn mirror(&mut self, node: &Node) -> Option<RawMirror> {
        let fields = self.fields(node, &MIRROR)?;
        let Some(to) = fields.get("to") else {
            self.findings
                .error(code::MISSING, &node.place.first_line(), "`mirror` has no `to`")
                .help("name the backend that gets the copies: `to: NAME`");
            return None;
        };
        let to = self.words(to, "`mirror.to`");
        let share = fields.get("share").map_or(Some(Share::ALL), |share| self.share(share));
        Some(RawMirror { to: to?, share: share? })
    }

    fn share(&mut self, node: &Node) -> Option<Share> {
        let words = self.words(node, "`mirror.share`")?;
        let share = Share::parse(&words.value.text);
        if share.is_none() {
            self.bad(&words, "`mirror.share`", "write a part of all requests, such as 0.1 or 10%");
        }
        share
    }
}
