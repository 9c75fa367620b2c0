//! Another backend takes an answer over in its middle.

use std::task::{Context, Poll, ready};

use tokio::time::Instant;

use super::{Passed, State, Streamed};
use crate::load::Cause;
use crate::relay::answer::AnswerBody;
use crate::relay::resume::Trouble;

impl Streamed {
    /// Looks into what keeps the answer from going on as it is.
    pub(super) fn mend(&mut self, trouble: Trouble) -> Option<Passed> {
        match trouble {
            Trouble::Failed(event) => {
                self.exchange.fail(Cause::InBand, Instant::now().into_std());
                let story = format!("backend `{}` reported an error", self.entry.backend_name());
                if self.ask_twin(&story, false) {
                    return None;
                }
                // Its own words say more than ours.
                self.resume = None;
                self.pass(event)
            }
            Trouble::Differs(what) => {
                let story = self.resume.take().map(|resume| resume.story(&format!("it gave {what}")));
                self.break_off(&story.unwrap_or_default())
            }
            Trouble::Off => {
                self.resume = None;
                None
            }
        }
    }

    /// Lets another backend take over; tells whether there is one.
    pub(super) fn ask_twin(&mut self, story: &str, silent: bool) -> bool {
        let twin = self.resume.as_mut().and_then(|resume| resume.ask(story, silent, Instant::now()));
        let Some(twin) = twin else { return false };
        tracing::debug!(backend = twin.name.as_str(), "takes over, since {story}");
        self.rest = AnswerBody::Gone;
        self.exchange = twin.exchange;
        self.patience.limits = twin.limits;
        self.entry.backend = Some(twin.name);
        self.entry.attempts += 1;
        self.state = State::Resuming;
        true
    }

    /// Waits until the backend that takes over has begun.
    pub(super) fn poll_twin(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), String>> {
        loop {
            let Some(resume) = &mut self.resume else { return Poll::Ready(Ok(())) };
            match ready!(resume.poll_begun(cx, &mut self.exchange)) {
                Ok(begun) => {
                    self.begin(begun);
                    self.entry.resumed += 1;
                    self.state = State::Flowing;
                    return Poll::Ready(Ok(()));
                }
                Err(story) => {
                    if !self.ask_twin(&story, false) {
                        return Poll::Ready(Err(story));
                    }
                }
            }
        }
    }
}
