//! Who made a table.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Who made a table, by which way, and what they said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// A user's name, a token's name, or a config center's address.
    pub who: String,
    /// `file`, `center`, `start`, or the command: `switch`, `apply`, `rollback`.
    pub how: String,
    /// The reason that they gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl fmt::Display for Author {
    /// `alice (switch): the canary is fine`. What people wrote can't forge lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { who, how, why } = self;
        let text = match why {
            Some(why) => format!("{who} ({how}): {why}"),
            None => format!("{who} ({how})"),
        };
        text.chars().try_for_each(|c| write!(f, "{}", if c.is_control() { '\u{fffd}' } else { c }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_author_is_told_in_one_line() {
        let mut author = Author { who: "alice".to_owned(), how: "switch".to_owned(), why: None };
        assert_eq!(author.to_string(), "alice (switch)");
        author.why = Some("fine\n10:00:00  generation 7".to_owned());
        assert_eq!(author.to_string(), "alice (switch): fine\u{fffd}10:00:00  generation 7");
    }
}
