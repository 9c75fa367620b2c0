//! The task that answers proposals.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{Body, Card, Judge, Proposal, Replica, Vote};
use crate::source::center::{Center, CenterError, Roster};

/// How often a replica looks for proposals.
const EVERY: Duration = Duration::from_secs(1);

/// How long a look may take.
const LIMIT: Duration = Duration::from_secs(3);

/// How long it may take to judge one.
const JUDGING: Duration = Duration::from_secs(20);

/// How long another server of the center may go on to show an earlier text.
const LAG: Duration = Duration::from_secs(3);

/// How soon it is looked at again then.
const AGAIN: Duration = Duration::from_millis(200);

/// How many are answered at a time; more are none of ours.
const MOST: usize = 4;

impl Replica {
    /// Judges what is proposed, and shows the outcome on the own card, until the router stops.
    pub async fn vote(&self, judge: &dyn Judge, stop: CancellationToken) {
        let center = self.center.as_ref().and_then(|text| text.proposals.as_deref());
        let Some((center, roster)) = center.and_then(|center| Some((center, center.roster()?))) else {
            return stop.cancelled().await;
        };
        let _stopped = stop.run_until_cancelled(self.keep_voting(judge, center, roster)).await;
    }

    async fn keep_voting(&self, judge: &dyn Judge, center: &dyn Center, roster: &dyn Roster) {
        loop {
            // A center that does not answer takes nobody's vote away.
            if let Ok(Ok(entries)) = timeout(LIMIT, roster.cards()).await {
                let proposals = entries.iter().filter_map(|entry| Proposal::read(entry)).take(MOST).collect();
                self.answer(proposals, judge, center).await;
            }
            sleep(EVERY).await;
        }
    }

    /// Votes on what is new, and forgets what is over.
    async fn answer(&self, proposals: Vec<Proposal>, judge: &dyn Judge, center: &dyn Center) {
        let mut votes = self.votes.borrow().clone().unwrap_or_default();
        let before = votes.len();
        votes.retain(|vote| proposals.iter().any(|proposal| proposal.id == vote.proposal));
        if votes.len() != before {
            self.votes.send_replace(Some(votes.clone()));
        }
        for Proposal { id, body } in proposals {
            if votes.iter().any(|vote| vote.proposal == id) {
                continue;
            }
            let judging = async {
                let text = read(body, center).await.map_err(|error| error.to_string())?;
                judge.judge(&text).await
            };
            let late = || Err(format!("it could not be judged within {JUDGING:?}"));
            let outcome = timeout(JUDGING, judging).await.unwrap_or_else(|_elapsed| late());
            let refused = outcome.err().map(|report| Card::reason(&report));
            match &refused {
                None => tracing::info!("a proposed table could be served by"),
                Some(reason) => tracing::info!("a proposed table is refused: {reason}"),
            }
            votes.push(Vote { proposal: id, refused });
            self.votes.send_replace(Some(votes.clone()));
        }
    }
}

async fn read(body: Body, center: &dyn Center) -> Result<String, CenterError> {
    match body {
        Body::Text(text) => Ok(text),
        Body::Revision(revision) => {
            let began = Instant::now();
            loop {
                let fetched = center.fetch().await?;
                if fetched.revision.text == revision {
                    return Ok(String::from_utf8_lossy(&fetched.content).into_owned());
                }
                if began.elapsed() > LAG {
                    return Err(CenterError::Missing);
                }
                sleep(AGAIN).await;
            }
        }
    }
}
