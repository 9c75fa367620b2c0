//! Keeps credentials out of what is told of a center's own words.

use std::sync::{Mutex, PoisonError};

use super::CenterAddress;
use super::answer::{clipped, plain};
use crate::table::Secret;

/// What a center could repeat that nobody else is to know.
#[derive(Debug)]
pub(super) struct Credentials {
    /// Those of the address.
    given: Vec<Secret>,
    /// What a login gave, or a file held, the last time.
    login: Mutex<Option<Secret>>,
}

// === impl Credentials ===

impl Credentials {
    pub(super) fn of(address: &CenterAddress) -> Self {
        let parameters = ["token", "secret"].into_iter().filter_map(|name| address.parameter(name));
        let given = address.password.iter().cloned().chain(parameters.map(Secret::new));
        Self { given: given.collect(), login: Mutex::default() }
    }

    /// Has one more kept, in the place of the one that came like this before.
    pub(super) fn keep(&self, login: &Secret) {
        *self.login.lock().unwrap_or_else(PoisonError::into_inner) = Some(login.clone());
    }

    /// Returns what may be passed on of a center's own words; `None` if they repeat a credential.
    /// It is looked for in all of them: a cut could leave a part of it that nothing knows again.
    pub(super) fn quoted(&self, words: &str) -> Option<String> {
        let login = self.login.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let words = plain(words);
        let repeats = |secret: &Secret| {
            let secret = plain(secret.expose());
            !secret.is_empty() && words.contains(&secret)
        };
        (!self.given.iter().chain(&login).any(repeats)).then(|| clipped(&words))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(address: &str) -> Credentials {
        Credentials::of(&CenterAddress::parse(address).unwrap())
    }

    #[test]
    fn a_credential_at_the_cut_is_found() {
        let known = credentials("etcd://me:planted-password@h/routes.yaml");
        for before in 200..=260 {
            let words = format!("{}planted-password", "x".repeat(before));
            assert_eq!(known.quoted(&words), None, "{before} characters before it");
        }
        assert_eq!(known.quoted("no\u{1b} such\nkey").as_deref(), Some("no suchkey"));
    }

    #[test]
    fn one_that_control_characters_stand_in_is_found() {
        let known = credentials("consul://:planted-password@h/routes.yaml?token=planted-token");
        assert_eq!(known.quoted("is planted-\u{0}token allowed?"), None);
        known.keep(&Secret::new("planted-login"));
        assert_eq!(known.quoted("planted-login is over"), None);
        known.keep(&Secret::new("planted-next"));
        assert_eq!(known.quoted("planted-next is over"), None);
    }

    #[test]
    fn an_empty_one_is_in_no_words() {
        let known = credentials("etcd://me:@h/routes.yaml");
        known.keep(&Secret::new(""));
        assert_eq!(known.quoted("denied").as_deref(), Some("denied"));
    }
}
