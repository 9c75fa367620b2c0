//! The key `strategy`.

use http::HeaderName;

use crate::table::{StickyBy, Strategy};

use super::node::Node;
use super::{Grammar, Reader, code};

const STRATEGY: Grammar = Grammar { what: "`strategy`", keys: &["sticky"], later: &[] };
const STICKY: Grammar = Grammar { what: "`sticky`", keys: &["by", "name"], later: &[] };

impl Reader<'_, '_> {
    /// Reads `strategy`: a word, or `sticky` with what it goes by.
    pub(super) fn strategy(&mut self, node: &Node) -> Option<Strategy> {
        if let Some(entries) = node.entries() {
            if entries.is_empty() {
                let help = "write a word, or `sticky: {by: caller}`";
                self.findings.error(code::MISSING, &node.place, "`strategy` names none").help(help);
            }
            let sticky = self.fields(node, &STRATEGY)?.get("sticky")?;
            return self.sticky(sticky).map(Strategy::Sticky);
        }
        let words = self.words(node, "`strategy`")?;
        let strategy = Strategy::from_word(&words.value.text);
        if strategy.is_none() {
            let [most @ .., last] = Strategy::WORDS.map(|word| format!("`{word}`"));
            self.bad(&words, "`strategy`", &format!("there are {} and {last}", most.join(", ")));
        }
        strategy
    }

    fn sticky(&mut self, node: &Node) -> Option<StickyBy> {
        let fields = self.fields(node, &STICKY)?;
        let by = fields.get("by").map(|node| self.words(node, "`sticky.by`"));
        let name = fields.get("name");
        let by = match by {
            None => StickyBy::default().word().to_owned(),
            Some(by) => {
                let by = by?;
                if !["header", "caller", "prompt"].contains(&by.value.text.as_str()) {
                    self.bad(&by, "`sticky.by`", "there are `header`, `caller` and `prompt`");
                    return None;
                }
                by.value.text
            }
        };
        match (by.as_str(), name) {
            ("header", Some(name)) => {
                let name = self.words(name, "`sticky.name`")?;
                let header = HeaderName::from_bytes(name.value.text.as_bytes()).ok();
                if header.is_none() {
                    self.bad(&name, "`sticky.name`", "write a header's name, as in `x-session`");
                }
                header.map(StickyBy::Header)
            }
            ("header", None) => {
                self.findings
                    .error(code::MISSING, &node.place, "`sticky` goes by a header without a name")
                    .help("name it: `sticky: {by: header, name: x-session}`");
                None
            }
            (_, Some(name)) => {
                self.findings
                    .error(code::MISPLACED, &name.place.first_line(), format!("`{by}` has no `name`"))
                    .help("`name` is a header's: `sticky: {by: header, name: x-session}`");
                None
            }
            ("caller", None) => Some(StickyBy::Caller),
            (_, None) => Some(StickyBy::Prompt),
        }
    }
}
