//! Where a verb's words go: the result to standard output, all talk to standard error.

use std::fmt::Display;
use std::io::{IsTerminal, Write, stderr, stdout};

use serde::Serialize;

/// The two streams, and whether the talk may be coloured.
///
/// A closed pipe is no fault of ours and nobody is left to tell, so write errors are dropped.
#[derive(Debug, Clone, Copy)]
pub(super) struct Console {
    /// Whether standard error takes colour: it is a terminal and `NO_COLOR` is unset or empty.
    pub(super) color: bool,
    /// Whether standard error is a terminal.
    pub(super) terminal: bool,
}

impl Console {
    /// Looks at the process's streams and environment.
    pub(super) fn of_process() -> Self {
        let terminal = stderr().is_terminal();
        let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { color: terminal && !forbidden, terminal }
    }

    /// Writes what the verb was asked for.
    #[expect(clippy::unused_self, reason = "a verb speaks through its console only")]
    pub(super) fn result(self, text: impl Display) {
        writeln!(stdout(), "{}", Trimmed(text.to_string())).ok();
    }

    /// Writes what the verb was asked for, as JSON.
    pub(super) fn json(self, value: &impl Serialize) {
        let text = serde_json::to_string_pretty(value).expect("our own values have text keys only");
        self.result(text);
    }

    /// Writes a piece of what the verb was asked for, at once and without a line's end.
    #[expect(clippy::unused_self, reason = "a verb speaks through its console only")]
    pub(super) fn piece(self, text: &str) {
        let mut stdout = stdout();
        write!(stdout, "{text}").and_then(|()| stdout.flush()).ok();
    }

    /// Writes a line for the person at the terminal.
    #[expect(clippy::unused_self, reason = "a verb speaks through its console only")]
    pub(super) fn talk(self, text: impl Display) {
        writeln!(stderr(), "{}", Trimmed(text.to_string())).ok();
    }

    /// Empties a terminal before a result that is shown again; does nothing elsewhere.
    #[expect(clippy::unused_self, reason = "a verb speaks through its console only")]
    pub(super) fn clear(self) {
        if stdout().is_terminal() {
            write!(stdout(), "\x1b[H\x1b[2J").ok();
        }
    }

    /// Writes over the present line of a terminal; says nothing elsewhere. End with an empty text.
    pub(super) fn progress(self, text: impl Display) {
        if self.terminal {
            write!(stderr(), "\r\x1b[K{text}").ok();
            stderr().flush().ok();
        }
    }
}

/// A text without the line breaks at its end, so that one is added and never two.
struct Trimmed(String);

impl Display for Trimmed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.trim_end_matches('\n'))
    }
}
