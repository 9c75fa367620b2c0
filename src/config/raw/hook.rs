//! The keys `prepare` and `release` of a backend.

use crate::table::{Hook, Secret};

use super::node::Node;
use super::place::At;
use super::{Grammar, Reader, code};

const HOOK: Grammar = Grammar { what: "a hook", keys: &["post", "body", "wait"], later: &[] };

impl Reader<'_, '_> {
    /// Reads a hook as a path or as an object.
    pub(super) fn hook(&mut self, node: &Node, what: &str) -> Option<At<Hook>> {
        let (path, fields) = if node.text().is_some() {
            (node, None)
        } else {
            let fields = self.fields(node, &HOOK)?;
            let Some(path) = fields.get("post") else {
                self.findings
                    .error(code::MISSING, &node.place.first_line(), format!("{what} has no `post`"))
                    .help("add the path that is posted to: `post: /wake_up`");
                return None;
            };
            (path, Some(fields))
        };
        let words = self.words(path, what)?;
        let path = match Hook::path(&words.value.text) {
            Ok(path) => path,
            Err(error) => {
                self.bad(&words, what, &error.to_string());
                return None;
            }
        };
        let field = |key| fields.and_then(|fields| fields.get(key));
        let body = field("body").and_then(|body| self.json(body, "`body`"));
        let wait = field("wait").and_then(|wait| self.hook_wait(wait));
        let hook = Hook {
            path,
            body: body.map(|body| Secret::new(&body.to_string())),
            wait: wait.unwrap_or(Hook::WAIT),
        };
        Some(At::new(hook, &node.place))
    }

    fn hook_wait(&mut self, node: &Node) -> Option<std::time::Duration> {
        let wait = self.duration(node, "`wait`")?;
        if wait.value > Hook::LONGEST {
            self.findings
                .error(code::BAD_VALUE, &wait.place, "a command waits for 10 minutes at most")
                .help("write `10m` or less");
            return None;
        }
        Some(wait.value)
    }
}
