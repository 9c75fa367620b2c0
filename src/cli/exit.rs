//! How a verb ends.

use std::process::ExitCode;

/// The exit codes, part of the product's surface: scripts and service managers act on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done, or already so.
    Done,
    /// The answer is no: a file with problems, an unknown model, a demo that lost a request.
    Refused,
    /// The command line makes no sense; clap ends with the same number.
    Usage,
    /// Two tables are not the same.
    Differences,
    /// Somebody else was faster, and nothing was overwritten.
    Conflict,
    /// What was waited for has not come in time.
    TimedOut,
    /// No router answers at the admin address, or no config center at its own.
    NotReachable,
    /// The configuration forbids to start; a service manager must not try again.
    StartRefused,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Refused => 1,
            Exit::Usage => 2,
            Exit::Differences => 3,
            Exit::Conflict => 4,
            Exit::TimedOut => 5,
            Exit::NotReachable => 6,
            Exit::StartRefused => 78,
        })
    }
}
