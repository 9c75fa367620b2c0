//! Who stands behind a table that is on its way.
//!
//! A command writes the owner and the reload finds the change there, as it finds everybody's. So
//! that the generation bears the name of who gave the command, the command leaves a claim on the
//! table to come before it writes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::{Author, Pending};

/// Commands go one by one, so more claims than a few are those of commands that have failed.
const MOST: usize = 16;

/// What was claimed and has not gone live yet.
#[derive(Debug, Default)]
pub struct Claims(Mutex<VecDeque<Claim>>);

#[derive(Debug)]
struct Claim {
    digest: String,
    author: Author,
    at: SystemTime,
}

// === impl Claims ===

impl Claims {
    /// Claims the table with this digest. Of several claims on one table the last counts.
    pub fn leave(&self, digest: &str, author: Author) {
        let mut claims = self.open();
        claims.retain(|claim| claim.digest != digest);
        if claims.len() == MOST {
            claims.pop_front();
        }
        claims.push_back(Claim { digest: digest.to_owned(), author, at: SystemTime::now() });
    }

    /// Takes the claim on a table: it went live, or whoever left the claim could not write.
    pub fn take(&self, digest: &str) -> Option<Author> {
        let mut claims = self.open();
        let place = claims.iter().position(|claim| claim.digest == digest)?;
        claims.remove(place).map(|claim| claim.author)
    }

    /// Returns what is on its way, the oldest first.
    #[must_use]
    pub fn pending(&self) -> Vec<Pending> {
        let claims = self.open();
        let pending = claims.iter().map(|Claim { digest, author, at }| Pending {
            at: *at,
            author: author.clone(),
            digest: Some(digest.clone()),
        });
        pending.collect()
    }

    fn open(&self) -> MutexGuard<'_, VecDeque<Claim>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn author(who: &str) -> Author {
        Author { who: who.to_owned(), how: "switch".to_owned(), why: None }
    }

    #[test]
    fn a_claim_is_taken_once_and_the_last_one_counts() {
        let claims = Claims::default();
        claims.leave("a", author("one"));
        claims.leave("b", author("two"));
        claims.leave("a", author("three"));
        assert_eq!(claims.take("a"), Some(author("three")));
        assert_eq!(claims.take("a"), None);
        assert_eq!(claims.pending().len(), 1);
    }

    #[test]
    fn claims_that_nobody_takes_do_not_pile_up() {
        let claims = Claims::default();
        for n in 0..100 {
            claims.leave(&n.to_string(), author("a"));
        }
        assert_eq!(claims.pending().len(), MOST);
        assert!(claims.take("99").is_some() && claims.take("0").is_none());
    }
}
