//! One case, as data.

/// How much is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Must,
    Should,
    /// No duty in the text, but a known way to attack.
    Care,
}

/// What must come of a case.
#[derive(Debug, Clone, Copy)]
pub(super) enum Want {
    /// An error of one of these statuses (any, if there are none), nothing at the backend, and the
    /// connection closed.
    Refused(&'static [u16]),
    /// An error of one of these statuses, and nothing at the backend; the connection may go on.
    Denied(&'static [u16]),
    /// Refused in any way, or passed on so that it can be read in one way only.
    Safe,
    /// As [`Safe`](Self::Safe), and the connection is closed in either case.
    SafeAndClosed,
    /// Passed on once with this body, and answered.
    Passed(&'static str),
    /// No whole request reaches the backend.
    Incomplete,
    /// Answered with one of these statuses, whole; with this body, if one is given.
    Answered(&'static [u16], Option<&'static str>),
    /// The client sees that something went wrong: 5xx, or an answer that is cut.
    Broken,
    /// Broken, or answered so that it can be read in one way only.
    CleanAnswer,
    /// Answered so many times, in order, each with 200.
    InOrder(usize),
}

/// What else is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) enum Check {
    /// The backend did not get this header.
    NotSent(&'static str),
    /// The backend got this header with this value.
    Sent(&'static str, &'static str),
    /// The backend got this header.
    SentSome(&'static str),
    /// The client did not get this header.
    NotGot(&'static str),
    /// The client got this header with this value.
    Got(&'static str, &'static str),
    /// The client got this header.
    GotSome(&'static str),
    /// The client got an answer with this status before the one that counts.
    Interim(u16),
    /// The proxy closed the connection after its answer.
    Closed,
}

/// One case.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) level: Level,
    /// What the client sends, see `expand`.
    pub(super) send: &'static str,
    /// What the backend answers with.
    pub(super) reply: &'static str,
    pub(super) want: Want,
    pub(super) checks: &'static [Check],
}

/// The answer of a backend that behaves.
pub(super) const GOOD_REPLY: &str = "{ok}";

const fn case(name: &'static str, level: Level, send: &'static str, want: Want) -> Case {
    Case { name, level, send, reply: GOOD_REPLY, want, checks: &[] }
}

pub(super) const fn must(name: &'static str, send: &'static str, want: Want) -> Case {
    case(name, Level::Must, send, want)
}

pub(super) const fn should(name: &'static str, send: &'static str, want: Want) -> Case {
    case(name, Level::Should, send, want)
}

pub(super) const fn care(name: &'static str, send: &'static str, want: Want) -> Case {
    case(name, Level::Care, send, want)
}

// === impl Case ===

impl Case {
    /// Tells whether the client speaks HTTP/1.0.
    pub(super) fn is_http10(&self) -> bool {
        self.send.contains("HTTP/1.0") || self.send.contains("{post10}")
    }

    pub(super) const fn reply(self, reply: &'static str) -> Self {
        Self { reply, ..self }
    }

    pub(super) const fn check(self, checks: &'static [Check]) -> Self {
        Self { checks, ..self }
    }
}
