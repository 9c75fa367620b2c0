//! The key `params`.

use crate::table::{Params, Rename, Setting};

use super::node::{Kind, Node};
use super::{Grammar, Reader, code};

const PARAMS: Grammar =
    Grammar { what: "`params`", keys: &["rename", "drop", "default", "set", "answers"], later: &[] };

impl Reader<'_, '_> {
    /// Reads `params`.
    pub(super) fn params(&mut self, node: &Node) -> Params {
        let mut params = Params::default();
        let Some(fields) = self.fields(node, &PARAMS) else { return params };
        if let Some(rename) = fields.get("rename") {
            params.rename = self.renames(rename, "`params.rename`");
            self.no_model(rename);
        }
        if let Some(drop) = fields.get("drop") {
            self.no_model(drop);
            let names = self.strings(drop, "`params.drop`");
            params.drop = names.into_iter().map(|words| words.value.text.into()).collect();
        }
        if let Some(default) = fields.get("default") {
            params.default = self.settings(default, "`params.default`");
        }
        if let Some(set) = fields.get("set") {
            params.set = self.settings(set, "`params.set`");
        }
        if let Some(answers) = fields.get("answers") {
            params.answers = self.renames(answers, "`params.answers`");
        }
        params
    }

    fn settings(&mut self, node: &Node, what: &str) -> Vec<Setting> {
        self.no_model(node);
        let entries = self.entries(node, what).unwrap_or_default();
        let settings = entries.iter().filter_map(|(name, value)| {
            let value = self.json(value, what)?;
            Some(Setting::new(name.text().unwrap_or_default(), &value))
        });
        settings.collect()
    }

    /// Reads old name and new; a name is one or the other, so that the order doesn't count.
    fn renames(&mut self, node: &Node, what: &str) -> Vec<Rename> {
        let entries = self.entries(node, what).unwrap_or_default();
        let mut renames = Vec::with_capacity(entries.len());
        for (from, to) in entries {
            let Some(new) = self.string(to, what) else { continue };
            if entries.iter().any(|(from, _)| from.text() == Some(&new.value)) {
                self.findings
                    .error(
                        code::BAD_VALUE,
                        &new.place.first_line(),
                        format!("`{}` is an old name and a new one", new.value),
                    )
                    .help("write the old name to the left, the new one to the right, and each on one side");
                continue;
            }
            renames.push(Rename::new(from.text().unwrap_or_default(), &new.value));
        }
        renames
    }

    /// Which model is asked for is the table's to say.
    fn no_model(&mut self, node: &Node) {
        let named = |node: &&Node| node.text() == Some("model");
        let found = match &node.kind {
            Kind::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).find(named),
            Kind::List(items) => items.iter().find(named),
            Kind::Scalar { .. } => Some(node).filter(named),
        };
        if let Some(found) = found {
            self.findings
                .error(code::BAD_VALUE, &found.place, "`params` can't change `model`")
                .help("the key `model`, beside `params`, is the name that is sent");
        }
    }
}
