//! What the config service tells of new releases.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::place::Place;

/// Where to begin: the server then tells the newest release at once.
const FROM_THE_START: i64 = -1;

/// How often a release that can't be read yet is looked for.
const TRIES: u32 = 5;

/// What has been heard so far.
#[derive(Debug)]
pub(super) struct Heard {
    id: i64,
    /// Has the config service look as far as this before it answers.
    messages: Option<Value>,
    /// The release that was there when a newer one was told of, and how often it still was.
    outdated: Option<(String, u32)>,
}

/// What the server tells of one namespace.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Notification {
    notification_id: i64,
    messages: Option<Value>,
}

/// What a notification means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// There may be another release.
    Hint,
    /// The server said again what was known.
    Nothing,
}

// === impl Heard ===

impl Default for Heard {
    fn default() -> Self {
        Self { id: FROM_THE_START, messages: None, outdated: None }
    }
}

impl Heard {
    /// Returns the question for whatever is newer.
    pub(super) fn question(&self, place: &Place) -> String {
        json!([{"namespaceName": place.namespace, "notificationId": self.id}]).to_string()
    }

    /// Returns what to pass on when the release is read.
    pub(super) fn messages(&self) -> Option<String> {
        self.messages.as_ref().map(Value::to_string)
    }

    /// Takes what the server told while this release was the newest one read.
    pub(super) fn take(&mut self, told: Vec<Notification>, since: &str) -> News {
        let Some(newest) = told.into_iter().max_by_key(|told| told.notification_id) else {
            return News::Nothing;
        };
        if newest.notification_id <= self.id {
            return News::Nothing;
        }
        self.outdated = Some((since.to_owned(), 0));
        self.id = newest.notification_id;
        self.messages = newest.messages.filter(|messages| !messages.is_null());
        News::Hint
    }

    /// Returns how long to wait before another look, if a newer release was told of and this one
    /// was read all the same: a database lags behind.
    pub(super) fn look_again(&mut self, since: &str) -> Option<Duration> {
        match &mut self.outdated {
            Some((outdated, tries)) if outdated == since && *tries < TRIES => {
                *tries += 1;
                Some(Duration::from_millis(100) * *tries)
            }
            _ => {
                self.outdated = None;
                None
            }
        }
    }

    /// Begins anew: after a fault the numbers may be those of another database.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::{Heard, News, Notification};

    fn told(id: i64) -> Vec<Notification> {
        vec![Notification { notification_id: id, messages: None }]
    }

    #[test]
    fn only_a_later_number_is_news() {
        let mut heard = Heard::default();
        assert_eq!(heard.take(told(7), "r1"), News::Hint);
        assert_eq!(heard.take(told(7), "r1"), News::Nothing);
        assert_eq!(heard.take(told(6), "r1"), News::Nothing);
        assert_eq!(heard.take(Vec::new(), "r1"), News::Nothing);
        assert_eq!(heard.take(told(8), "r1"), News::Hint);
    }

    #[test]
    fn a_release_that_was_told_of_is_looked_for_a_few_times() {
        let mut heard = Heard::default();
        heard.take(told(7), "r1");
        assert!((0..5).all(|_| heard.look_again("r1").is_some()));
        assert_eq!(heard.look_again("r1"), None);
        heard.take(told(9), "r1");
        assert_eq!(heard.look_again("r2"), None, "it was read");
        assert_eq!(heard.look_again("r1"), None);
    }
}
