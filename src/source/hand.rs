//! Whose hand changed the documents, as far as the owner itself tells.

/// Whose hand changed the documents, as far as the owner itself tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hand {
    /// A user's name or number, or a config center's address.
    pub who: String,
    /// `file`, `center`, or `start` where nothing ever changes.
    pub how: &'static str,
}

// === impl Hand ===

impl Hand {
    /// That of the user to whom the changed file belongs.
    pub(super) fn of_file(user: Option<u32>) -> Self {
        Self { who: user.map_or_else(|| "unknown".to_owned(), user_name), how: "file" }
    }

    /// That of nobody: the text is part of the binary.
    pub(super) fn of_nobody() -> Self {
        Self { who: "nobody".to_owned(), how: "start" }
    }

    /// Somebody's, through a center: which one it was, most of them don't tell.
    pub(super) fn of_center(address: &str) -> Self {
        Self { who: address.to_owned(), how: "center" }
    }
}

/// Returns a user's name on this machine, or `uid 1000` where it has none. Reads a file.
#[must_use]
pub fn user_name(user: u32) -> String {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    name_in(&users, user).map_or_else(|| format!("uid {user}"), str::to_owned)
}

fn name_in(users: &str, user: u32) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _password, number) = (fields.next()?, fields.next()?, fields.next()?);
        (number.parse() == Ok(user) && !name.is_empty()).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_the_name_that_the_machine_gives_it() {
        let users = "root:x:0:0:root:/root:/bin/sh\n# a comment\nbroken\nana:x:1001:1001::/:\n";
        assert_eq!(name_in(users, 0), Some("root"));
        assert_eq!(name_in(users, 1001), Some("ana"));
        assert_eq!(name_in(users, 100), None);
    }
}
