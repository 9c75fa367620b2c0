//! The key `repair`.

use crate::table::Repair;

use super::Reader;
use super::node::Node;

impl Reader<'_, '_> {
    /// Reads `repair`; `none` undoes one of `defaults`, as an empty list does.
    pub(super) fn repair(&mut self, node: &Node) -> Repair {
        let mut repair = Repair::default();
        if node.text() == Some("none") {
            return repair;
        }
        for words in self.strings(node, "`repair`") {
            match repair.and(&words.value.text) {
                Some(more) => repair = more,
                None => self.bad(&words, "`repair`", "there are `bad_events` and `usage`"),
            }
        }
        repair
    }
}
