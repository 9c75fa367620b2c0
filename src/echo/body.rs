//! The body of an answer.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep_until};

use super::events::Events;

/// The body of an answer: known as a whole, or one event a frame, each in its time.
#[derive(Debug)]
pub struct EchoBody(Kind);

#[derive(Debug)]
enum Kind {
    Whole(Option<Bytes>),
    Paced { events: Box<Events>, pause: Option<Pin<Box<Sleep>>> },
}

// === impl EchoBody ===

impl EchoBody {
    pub(super) fn whole(bytes: Bytes) -> Self {
        Self(Kind::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())))
    }

    pub(super) fn paced(events: Events) -> Self {
        Self(Kind::Paced { events: Box::new(events), pause: None })
    }
}

impl Body for EchoBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match &mut self.0 {
            Kind::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Kind::Paced { events, pause } => {
                if let Some(due) = events.due() {
                    let pause = pause.get_or_insert_with(|| Box::pin(sleep_until(due)));
                    if pause.deadline() != due {
                        pause.as_mut().reset(due);
                    }
                    ready!(pause.as_mut().poll(context));
                }
                Poll::Ready(events.next().map(|event| Ok(Frame::data(event))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(bytes) => bytes.is_none(),
            Kind::Paced { events, .. } => events.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            Kind::Paced { .. } => SizeHint::default(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use http_body_util::BodyExt;

    use super::*;

    /// Reads a whole body.
    pub(in crate::echo) async fn read(body: EchoBody) -> Bytes {
        body.collect().await.unwrap().to_bytes()
    }

    #[tokio::test]
    async fn an_empty_body_is_over_before_it_is_read() {
        let body = EchoBody::whole(Bytes::new());
        assert!(body.is_end_stream());
        assert_eq!(body.size_hint().exact(), Some(0));
        assert!(read(body).await.is_empty());
    }
}
