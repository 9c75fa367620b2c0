//! Waiting until replicas run a table.

use std::time::{Duration, Instant};

use tokio::time::{sleep_until, timeout_at};

use super::replica::Look;
use super::report::millis;
use super::{Replica, Replicas, Target, WaitReport, Wish};

/// How soon after a change of its own a replica looks at the others; then less and less often.
const SOONEST: Duration = Duration::from_millis(10);

/// How often a waiter looks at the other replicas at the least.
const LATEST: Duration = Duration::from_millis(80);

/// How long the look may take that ends a wait without success.
const LAST_LOOK: Duration = Duration::from_secs(2);

impl Replica {
    /// Waits until replicas run a table, for this long at most (and one last look).
    pub async fn wait(&self, wish: &Wish, limit: Duration) -> WaitReport {
        let began = Instant::now();
        let end = began + limit;
        let mut pause = SOONEST;
        loop {
            // Before the look, so that no change falls between the two.
            let mut news = self.live.news();
            news.mark_unchanged();
            let is_last = Instant::now() >= end;
            let digest = self.wanted(&wish.target);
            if is_last || self.may_be_reached(digest.as_deref(), wish.replicas) {
                let until = if is_last { Instant::now() + LAST_LOOK } else { end };
                let looking = self.look_for(digest.as_deref(), wish.replicas, began);
                let look = timeout_at(until.into(), looking).await.unwrap_or_else(|_| self.blind());
                let reached = digest.as_ref().is_some_and(|digest| look.reaches(digest, wish.replicas));
                if reached || is_last {
                    return self.ended(wish, digest, reached, &look, began.elapsed());
                }
            }
            tokio::select! {
                _ = news.changed() => pause = SOONEST,
                () = sleep_until((Instant::now() + pause).min(end).into()) => pause = (pause * 2).min(LATEST),
            }
        }
    }

    /// Looks at the fleet; where it seems to have come, also at what the center holds.
    async fn look_for(&self, digest: Option<&str>, replicas: Replicas, not_before: Instant) -> Look {
        let mut look = self.look(not_before).await;
        if digest.is_some_and(|digest| look.reaches(digest, replicas)) {
            self.hold_against_the_center(&mut look).await;
        }
        look
    }

    /// Returns the digest that is waited for, if it is known yet.
    fn wanted(&self, target: &Target) -> Option<String> {
        match target {
            Target::Digest(digest) => Some(digest.clone()),
            Target::Generation(generation) => {
                let snapshot = self.live.load();
                (snapshot.is_ready() && snapshot.generation >= *generation)
                    .then(|| snapshot.table.digest().to_owned())
            }
        }
    }

    /// Tells whether it is worth asking the center: all can't agree before this replica does.
    fn may_be_reached(&self, digest: Option<&str>, replicas: Replicas) -> bool {
        match (digest, replicas) {
            (None, _) => false,
            (Some(_), Replicas::AtLeast(_)) => true,
            (Some(digest), Replicas::All) => self.live.load().table.digest() == digest,
        }
    }

    fn ended(
        &self,
        wish: &Wish,
        digest: Option<String>,
        reached: bool,
        look: &Look,
        took: Duration,
    ) -> WaitReport {
        let fleet = look.told(self);
        let wanted = match wish.replicas {
            Replicas::All => fleet.replicas.len(),
            Replicas::AtLeast(count) => count,
        };
        let running = digest.as_ref().map_or(0, |digest| look.view.running(look.wanted(digest)));
        let problem = (!reached).then(|| match (&digest, &fleet.problem) {
            (_, Some(problem)) => problem.clone(),
            (None, None) => {
                let present = self.live.load().generation;
                format!("this router runs generation {present}, and not {} yet", wish.target)
            }
            (Some(digest), None) => match fleet.behind(look.wanted(digest)) {
                behind if behind.is_empty() => format!("only {running} replicas live"),
                behind => behind.join("; "),
            },
        });
        WaitReport { schema: 1, reached, digest, running, wanted, waited_ms: millis(took), problem, fleet }
    }
}
