//! An answer's body that is changed on its way.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::{Buf, Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};

use super::events::Events;
use super::treatment::{Form, HELD_MOST};
use super::{Treatment, names, usage};
use crate::load::{Admitted, Repaired};
use crate::relay::ReplyBody;
use crate::relay::reply_body::BrokenOff;
use crate::upstream::Pieces;

/// An answer that is mended: events one by one as they come, everything else once it is there.
pub struct Mended {
    inner: ReplyBody,
    treatment: Box<Treatment>,
    work: Work,
    /// What the client gets next.
    ready: VecDeque<Bytes>,
    end: Option<Result<(), BrokenOff>>,
}

enum Work {
    Events(Events),
    /// What has come so far.
    Whole(BytesMut),
    /// Too large; passes as it comes.
    Through,
}

// === impl Mended ===

impl Mended {
    pub(in crate::relay) fn new(inner: ReplyBody, form: Form, treatment: Box<Treatment>) -> Self {
        let work = match form {
            Form::Events => Work::Events(Events::default()),
            Form::Whole => Work::Whole(BytesMut::new()),
        };
        let mut mended = Self { inner, treatment, work, ready: VecDeque::new(), end: None };
        // An answer that is there already keeps an exact length. Whoever polls next will be woken.
        if form == Form::Whole {
            let mut cx = Context::from_waker(Waker::noop());
            while mended.end.is_none() && mended.poll_inner(&mut cx).is_ready() {}
        }
        mended
    }

    /// Charges a caller for what the backend said that the answer costs.
    pub(in crate::relay) fn bill_to(&mut self, caller: Admitted) {
        self.inner.bill_to(caller);
    }

    fn poll_inner(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match ready!(Pin::new(&mut self.inner).poll_frame(cx)) {
            Some(Ok(frame)) => self.take(frame.into_data().unwrap_or_default()),
            Some(Err(broken)) => {
                self.finish(false);
                self.end = Some(Err(broken));
            }
            None => {
                self.finish(true);
                self.end = Some(Ok(()));
            }
        }
        Poll::Ready(())
    }

    fn take(&mut self, mut bytes: Bytes) {
        match &mut self.work {
            Work::Events(events) => events.pass(bytes, &self.treatment, &mut self.ready),
            Work::Whole(held) if held.len() + bytes.len() <= HELD_MOST => {
                if held.is_empty() {
                    // White space keeps a client from giving up while a backend thinks.
                    let space = bytes.len() - bytes.trim_ascii_start().len();
                    self.ready.extend(Some(bytes.split_to(space)).filter(|space| !space.is_empty()));
                }
                held.extend_from_slice(&bytes);
            }
            Work::Whole(held) => {
                self.treatment.count(Repaired::Unmended);
                self.ready.extend([std::mem::take(held).freeze(), bytes]);
                self.work = Work::Through;
            }
            Work::Through => self.ready.push_back(bytes),
        }
    }

    fn finish(&mut self, is_whole: bool) {
        match &mut self.work {
            Work::Events(events) => events.end(is_whole, &self.treatment, &mut self.ready),
            Work::Whole(held) => {
                let held = std::mem::take(held).freeze();
                let answer = if is_whole { self.whole(held) } else { held };
                self.ready.extend(Some(answer).filter(Buf::has_remaining));
            }
            Work::Through => {}
        }
    }

    fn whole(&self, answer: Bytes) -> Bytes {
        let edits = names::renamed(&answer, 0..answer.len(), &self.treatment.names);
        let answer = if edits.is_empty() { answer } else { Pieces::edited(&answer, edits).joined() };
        let filled = if self.treatment.repair.usage { usage::filled(&answer) } else { None };
        filled.inspect(|_| self.treatment.count(Repaired::Usage)).unwrap_or(answer)
    }
}

impl Body for Mended {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        loop {
            if let Some(bytes) = self.ready.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(bytes))));
            }
            match &self.end {
                Some(Ok(())) => return Poll::Ready(None),
                Some(Err(BrokenOff)) => return Poll::Ready(Some(Err(BrokenOff))),
                None => ready!(self.poll_inner(cx)),
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.ready.is_empty() && matches!(self.end, Some(Ok(())))
    }

    fn size_hint(&self) -> SizeHint {
        let ready = self.ready.iter().map(Bytes::len).sum::<usize>() as u64;
        if matches!(self.end, Some(Ok(()))) { SizeHint::with_exact(ready) } else { SizeHint::default() }
    }
}

impl fmt::Debug for Mended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mended")
    }
}
