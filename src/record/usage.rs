//! Finds how many tokens an answer cost, in bytes that pass by.

use std::sync::LazyLock;

use memchr::memmem::Finder;

const WORD: &[u8] = b"\"usage\"";

/// Prepared once, since that costs more than a search.
static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(WORD));

/// How many bytes behind the word `"usage"` are looked at.
const WINDOW: usize = 512;

/// Tokens as the backend counted them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Tokens of the request.
    pub input: Option<u64>,
    /// Tokens of the answer.
    pub output: Option<u64>,
}

/// Watches the pieces of an answer for its last `usage` object, even if a piece ends within it.
///
/// It keeps a few hundred bytes and never changes or delays what passes.
#[derive(Debug, Default)]
pub struct UsageScan {
    /// The end of the piece before, or what follows the last `"usage"`.
    held: Vec<u8>,
    /// Whether `held` begins with `"usage"`.
    open: bool,
    found: Usage,
}

// === impl Usage ===

impl Usage {
    /// Returns all tokens together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.input.unwrap_or(0).saturating_add(self.output.unwrap_or(0))
    }
}

// === impl UsageScan ===

impl UsageScan {
    /// Looks at the next piece.
    pub fn pass(&mut self, piece: &[u8]) {
        if self.open {
            let room = WINDOW.saturating_sub(self.held.len());
            self.held.extend_from_slice(&piece[..piece.len().min(room)]);
            self.read();
        } else if !self.held.is_empty() {
            let seam_end = piece.len().min(WORD.len() - 1);
            let seam = [&self.held, &piece[..seam_end]].concat();
            if let Some(at) = FINDER.find(&seam) {
                self.begin(&[&seam[at..], &piece[seam_end..piece.len().min(WINDOW).max(seam_end)]].concat());
            }
        }
        let mut rest = piece;
        while let Some(at) = FINDER.find(rest) {
            self.begin(&rest[at..]);
            rest = &rest[at + WORD.len()..];
        }
        if !self.open {
            self.carry(piece);
        }
    }

    /// Keeps as many of the last bytes as may be the beginning of the word.
    fn carry(&mut self, piece: &[u8]) {
        self.held.extend_from_slice(&piece[piece.len().saturating_sub(WORD.len() - 1)..]);
        let surplus = self.held.len().saturating_sub(WORD.len() - 1);
        self.held.drain(..surplus);
    }

    /// Returns what was found.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.found
    }

    fn begin(&mut self, from_word: &[u8]) {
        self.held.clear();
        self.held.extend_from_slice(&from_word[..from_word.len().min(WINDOW)]);
        self.open = true;
        self.read();
    }

    /// Reads the numbers once the object has ended, or the window is full.
    fn read(&mut self) {
        let text = &self.held[WORD.len()..];
        let is_null = text
            .trim_ascii_start()
            .strip_prefix(b":")
            .is_some_and(|t| t.trim_ascii_start().starts_with(b"null"));
        if !is_null && !text.contains(&b'}') && self.held.len() < WINDOW {
            return;
        }
        let number = |names: [&[u8]; 2]| names.into_iter().find_map(|name| number_after(text, name));
        let input = number([b"\"prompt_tokens\"", b"\"input_tokens\""]);
        let output = number([b"\"completion_tokens\"", b"\"output_tokens\""]);
        if input.is_some() || output.is_some() {
            self.found = Usage { input: input.or(self.found.input), output: output.or(self.found.output) };
        }
        self.open = false;
    }
}

fn number_after(text: &[u8], name: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(text, name)? + name.len();
    let rest = text[at..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}
