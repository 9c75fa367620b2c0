//! A stream of events, mended one by one.

use std::borrow::Cow;
use std::collections::VecDeque;

use bytes::Bytes;
use memchr::memmem;

use super::{Treatment, names, usage};
use crate::load::Repaired;
use crate::relay::events::{Event, Meaning, Piece, Scanner};
use crate::upstream::Pieces;

/// Mends events as they come. What has come whole goes on at once; of the last event it holds what
/// is there of it.
#[derive(Debug, Default)]
pub(super) struct Events {
    scanner: Scanner,
    /// A chunk of the stream, for an event of our own to be like it.
    chunk: Bytes,
    /// Whether no usage is wanted any more: there is one, the stream is over, or it has failed.
    is_settled: bool,
    is_opaque: bool,
}

// === impl Events ===

impl Events {
    /// Takes a piece of the stream.
    pub(super) fn pass(&mut self, mut bytes: Bytes, treatment: &Treatment, out: &mut VecDeque<Bytes>) {
        while let Some(piece) = self.scanner.next(&mut bytes) {
            match piece {
                Piece::Event(event) => self.event(event, treatment, out),
                Piece::Opaque(bytes) => {
                    if !std::mem::replace(&mut self.is_opaque, true) {
                        treatment.count(Repaired::Unmended);
                    }
                    out.push_back(bytes);
                }
            }
        }
    }

    /// Takes the end of the stream, which may stand in the middle of an event. An event that is put
    /// behind half of one would be read as a part of it.
    pub(super) fn end(&mut self, is_whole: bool, treatment: &Treatment, out: &mut VecDeque<Bytes>) {
        let rest = self.scanner.rest();
        if !rest.is_empty() {
            self.event(Event(rest), treatment, out);
        } else if is_whole && !self.is_opaque {
            self.fill_in(treatment, out);
        }
    }

    fn event(&mut self, event: Event, treatment: &Treatment, out: &mut VecDeque<Bytes>) {
        let Some(data) = event.data() else { return out.push_back(event.0) };
        if data.trim_ascii() == b"[DONE]" {
            self.fill_in(treatment, out);
            drop(data);
            return out.push_back(event.0);
        }
        if treatment.repair.bad_events && event.is_broken() {
            return treatment.count(Repaired::BadEvent);
        }
        if treatment.fills_streams && !self.is_settled {
            self.note(&event, &data);
        }
        // What is spread over several lines can't be spliced, and no server does so.
        let edits = match &data {
            Cow::Borrowed(data) => {
                let start = data.as_ptr().addr() - event.0.as_ptr().addr();
                names::renamed(&event.0, start..start + data.len(), &treatment.names)
            }
            Cow::Owned(_) => Vec::new(),
        };
        drop(data);
        out.push_back(if edits.is_empty() { event.0 } else { Pieces::edited(&event.0, edits).joined() });
    }

    /// A usage behind an error would make the answer look whole.
    fn note(&mut self, event: &Event, data: &[u8]) {
        let is_error = memmem::find(&event.0, b"error").is_some() && event.meaning() == Meaning::Error;
        self.is_settled = is_error || usage::is_in(data);
        if self.chunk.is_empty() && usage::is_chunk(data) {
            self.chunk = Bytes::copy_from_slice(data);
        }
    }

    /// Puts a usage where the stream ends without one.
    fn fill_in(&mut self, treatment: &Treatment, out: &mut VecDeque<Bytes>) {
        if treatment.fills_streams && !std::mem::replace(&mut self.is_settled, true) && !self.chunk.is_empty()
        {
            out.push_back(usage::event(&self.chunk));
            treatment.count(Repaired::Usage);
        }
    }
}
