//! Where requests begin and end on a connection (RFC 9112), followed as the bytes come.
//!
//! hyper reads requests as well, and more leniently than a router may: it takes a length beside
//! chunks, lengths twice, and lines that end without CR. Whoever stands before or behind us may
//! read such bytes in another way, and then one client's request ends inside another's. So this
//! reads every head first, and what two parsers could read differently goes no further. Bytes of a
//! body with a length cost nothing but a subtraction.
//!
//! Pure: bytes in, verdicts out. The verdict on a byte doesn't depend on how the bytes were cut.

#[cfg(any(test, fuzzing))]
pub(crate) mod any_bytes;
mod chunks;
mod decoded;
mod field;
mod head;
#[cfg(test)]
mod laws;
mod refusal;

pub(super) use decoded::refusal_of_fields;
pub(super) use head::HEAD_MOST;
pub use refusal::Refusal;

use chunks::Chunks;
use head::Head;

/// What frames the body behind a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    Length(u64),
    Chunks,
}

/// Where on the connection we are.
#[derive(Debug)]
enum Place {
    Head(Head),
    Body(u64),
    /// In a body that somebody else reads.
    Beside(u64),
    Chunks(Chunks),
    /// Nothing behind a refused byte has a meaning.
    Refused,
}

/// Follows the requests of one connection.
#[derive(Debug)]
pub struct Framing {
    place: Place,
    bodies_beside: bool,
    /// How many heads have passed.
    heads: u64,
}

/// A body with a length, behind a head that has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beside {
    /// How long it is.
    pub length: u64,
    /// Where the digits of its length stand in the bytes.
    pub digits: (usize, usize),
}

/// What is to be done with bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// How many of them are part of good requests and may be handed on. Those behind begin a head
    /// that isn't whole yet, or are refused.
    pub pass: usize,
    /// Why what comes next is refused.
    pub refusal: Option<Refusal>,
    /// Whether it is a head that is refused, of which nothing was handed on yet.
    pub in_head: bool,
    /// What stands behind the passed bytes, where bodies are read beside.
    pub beside: Option<Beside>,
}

// === impl Framing ===

impl Default for Framing {
    fn default() -> Self {
        Self::new()
    }
}

impl Framing {
    /// Begins with a connection's first byte.
    #[must_use]
    pub fn new() -> Self {
        Self { place: Place::Head(Head::default()), bodies_beside: false, heads: 0 }
    }

    /// Leaves bodies with a length to the caller: stops in front of each, and goes on when the caller has
    /// [passed](Self::pass) all of it. A client that waits to be told to go on is waited for in hyper.
    pub(super) fn with_bodies_beside() -> Self {
        Self { bodies_beside: true, ..Self::new() }
    }

    /// Returns how many heads have passed.
    pub(super) fn heads(&self) -> u64 {
        self.heads
    }

    /// Tells whether a body that is read beside has more to come.
    pub(super) fn is_beside(&self) -> bool {
        matches!(self.place, Place::Beside(_))
    }

    /// Takes bytes of a body that is read beside.
    pub(super) fn pass(&mut self, bytes: u64) {
        if let Place::Beside(left) = &mut self.place {
            *left = left.saturating_sub(bytes);
            if *left == 0 {
                self.place = Place::Head(Head::default());
            }
        }
    }

    /// Tells whether every request that has begun has come to its end.
    pub(super) fn is_between_requests(&self) -> bool {
        matches!(&self.place, Place::Head(head) if head.is_untouched())
    }

    /// Reads bytes. They begin behind what passed last time: whoever calls keeps a head that isn't
    /// whole, and gives it again with what came then.
    pub fn take(&mut self, bytes: &[u8]) -> Taken {
        let mut pass = 0;
        while pass < bytes.len() {
            match self.step(&bytes[pass..]) {
                Ok((0, _)) => break,
                Ok((some, None)) => pass += some,
                Ok((some, Some(Beside { length, digits: (from, to) }))) => {
                    let beside = Some(Beside { length, digits: (pass + from, pass + to) });
                    return Taken { pass: pass + some, refusal: None, in_head: false, beside };
                }
                Err((some, refusal)) => {
                    let in_head = matches!(self.place, Place::Head(_));
                    self.place = Place::Refused;
                    return Taken { pass: pass + some, refusal: Some(refusal), in_head, beside: None };
                }
            }
        }
        Taken { pass, refusal: None, in_head: false, beside: None }
    }

    /// Passes what belongs to one place; an error says how many good bytes stood before it.
    fn step(&mut self, bytes: &[u8]) -> Result<(usize, Option<Beside>), (usize, Refusal)> {
        match &mut self.place {
            Place::Head(head) => {
                let Some((end, frame)) = head.take(bytes).map_err(|refusal| (0, refusal))? else {
                    return Ok((0, None));
                };
                self.heads += 1;
                let digits = head.digits_beside().filter(|_| self.bodies_beside);
                self.place = match frame {
                    Frame::Length(0) => Place::Head(Head::default()),
                    Frame::Length(length) => {
                        if let Some(digits) = digits {
                            self.place = Place::Beside(length);
                            return Ok((end, Some(Beside { length, digits })));
                        }
                        Place::Body(length)
                    }
                    Frame::Chunks => Place::Chunks(Chunks::default()),
                };
                Ok((end, None))
            }
            Place::Body(left) => {
                let some = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= some as u64;
                if *left == 0 {
                    self.place = Place::Head(Head::default());
                }
                Ok((some, None))
            }
            Place::Chunks(chunks) => {
                let some = chunks.take(bytes)?;
                if chunks.is_over() {
                    self.place = Place::Head(Head::default());
                }
                Ok((some, None))
            }
            Place::Beside(_) | Place::Refused => Ok((0, None)),
        }
    }
}
