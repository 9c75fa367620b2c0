//! Waiting until what was written is live.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::controller::Controller;

/// How long an edit that is being written or taken up may take before a command goes on.
const SETTLING: Duration = Duration::from_secs(2);

/// What became of a table that was written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reached {
    /// It serves, as this generation.
    Live(u64),
    /// The reload has refused what the owner holds; the report says why.
    Refused(String),
    /// The owner holds something else again, and that serves.
    Replaced,
    /// Not known yet.
    Pending,
}

impl Controller {
    /// Has the owner read, and waits until that has been judged.
    pub(super) async fn settled(&self) {
        let mut news = self.live.news();
        let judged = news.borrow_and_update().judged;
        self.poke.notify_one();
        let told = news.wait_for(|news| news.judged > judged);
        let _late = timeout_at(Instant::now() + SETTLING, told).await.is_err();
    }

    /// Has the owner read, and waits until a table serves.
    pub(super) async fn reached(&self, digest: &str, until: Instant) -> Reached {
        let mut news = self.live.news();
        let serves = || {
            let snapshot = self.live.load();
            (snapshot.table.digest() == digest).then_some(snapshot.generation)
        };
        let mut begun = news.borrow_and_update().judged;
        let mut contrary = 0;
        self.poke.notify_one();
        loop {
            if let Some(generation) = serves() {
                return Reached::Live(generation);
            }
            let judged = timeout_at(until, news.wait_for(|news| news.judged > begun)).await;
            let (now, refused) = match judged {
                Ok(Ok(news)) => (news.judged, news.refused.as_ref().map(|refusal| refusal.report.clone())),
                Ok(Err(_)) | Err(_) => break,
            };
            if serves().is_some() {
                continue;
            }
            // What was judged first may have been read before the write.
            contrary += 1;
            if contrary > 1 {
                return refused.map_or(Reached::Replaced, Reached::Refused);
            }
            begun = now;
            self.poke.notify_one();
        }
        serves().map_or(Reached::Pending, Reached::Live)
    }
}
