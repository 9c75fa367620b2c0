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
    /// What begins with a `"usage"` whose object has no end yet, or else the last bytes that may be
    /// the beginning of that word.
    held: Vec<u8>,
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
        let before = self.held.len();
        if before > 0 {
            let seam = [&self.held, &piece[..piece.len().min(WINDOW)]].concat();
            if let Some(open_at) = self.read(&seam, before) {
                self.held = seam;
                self.held.drain(..open_at);
                return;
            }
        }
        if let Some(open_at) = self.read(piece, piece.len()) {
            piece[open_at..].clone_into(&mut self.held);
            return;
        }
        self.held.extend_from_slice(&piece[piece.len().saturating_sub(WORD.len() - 1)..]);
        let surplus = self.held.len().saturating_sub(WORD.len() - 1);
        self.held.drain(..surplus);
    }

    /// Returns what was found.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.found
    }

    /// Reads every object behind a word that begins before `end`. Returns where the first one
    /// begins that may go on in the next piece.
    fn read(&mut self, text: &[u8], end: usize) -> Option<usize> {
        let mut at = 0;
        while let Some(step) = FINDER.find(&text[at..]) {
            at += step;
            if at >= end {
                break;
            }
            let window = &text[at..text.len().min(at + WINDOW)];
            match object(&window[WORD.len()..]) {
                Some(object) => self.take(object),
                None if window.len() < WINDOW => return Some(at),
                None => self.take(window),
            }
            // Its last quote may be the first one of the next.
            at += WORD.len() - 1;
        }
        None
    }

    fn take(&mut self, object: &[u8]) {
        let number = |names: [&[u8]; 2]| names.into_iter().find_map(|name| number_after(object, name));
        let input = number([b"\"prompt_tokens\"", b"\"input_tokens\""]);
        let output = number([b"\"completion_tokens\"", b"\"output_tokens\""]);
        self.found = Usage { input: input.or(self.found.input), output: output.or(self.found.output) };
    }
}

/// Returns the object behind the word, up to its own last bracket: others may lie in it. It is
/// empty where another value stands there, and `None` if the text ends before it does.
fn object(behind_word: &[u8]) -> Option<&[u8]> {
    let value = match behind_word.trim_ascii_start() {
        [] => return None,
        [b':', value @ ..] => value.trim_ascii_start(),
        _ => return Some(b""),
    };
    if value.first()? != &b'{' {
        return Some(b"");
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in value.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' if !in_string => depth += 1,
            b'}' if !in_string => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(&value[..=at]);
        }
    }
    None
}

fn number_after(text: &[u8], name: &[u8]) -> Option<u64> {
    let at = memchr::memmem::find(text, name)? + name.len();
    let rest = text[at..].trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let digits = rest.iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}
