//! The list of replicas that a center keeps beside the document.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::CenterError;

/// What the replicas of one document tell about themselves: a card each, which the center throws
/// away once its replica no longer renews it.
///
/// A center object speaks for one replica: it may keep a lease or a session for it. All futures
/// end within seconds and may be dropped at any moment.
pub trait Roster: fmt::Debug + Send + Sync {
    /// Shows a card, in the place of the last one, for this long after the last announcement.
    fn announce<'c>(
        &'c self,
        id: &'c str,
        card: &'c str,
        ttl: Duration,
    ) -> BoxFuture<'c, Result<(), CenterError>>;

    /// Takes a card away.
    fn withdraw<'c>(&'c self, id: &'c str) -> BoxFuture<'c, Result<(), CenterError>>;

    /// Returns how long a card may be.
    fn most_bytes(&self) -> usize {
        usize::MAX
    }

    /// Reads all cards that are shown.
    fn cards(&self) -> BoxFuture<'_, Result<Vec<String>, CenterError>>;
}
