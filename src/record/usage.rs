//! Finds how many tokens an answer cost, in bytes that pass by.

use std::sync::LazyLock;

use memchr::memmem::Finder;

const WORD: &[u8] = b"\"usage\"";

/// Prepared once, since that costs more than a search.
static FINDER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(WORD));

/// How many bytes behind the word `"usage"` are looked at.
const WINDOW: usize = 512;

/// The names of the tokens of a request, and of those of an answer, with the quote behind them.
const NAMES: [&[u8]; 4] = [b"prompt_tokens\"", b"input_tokens\"", b"completion_tokens\"", b"output_tokens\""];

/// What stands behind the first of each name: a number or something else.
type Numbers = [Option<Option<u64>>; NAMES.len()];

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
/// It keeps a few hundred bytes and never changes or delays what passes. A piece in which nothing
/// is found costs one search.
#[derive(Debug, Default)]
pub struct UsageScan {
    /// What may go on in the next piece: an object without its end, or the beginning of the word.
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
        if !self.held.is_empty() && self.goes_on_in(piece) {
            return;
        }
        if let Some(open_at) = self.read_last(piece) {
            piece[open_at..].clone_into(&mut self.held);
        }
    }

    /// Returns what was found.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.found
    }

    /// Reads what began in earlier pieces. Tells whether it goes on even behind this one.
    fn goes_on_in(&mut self, piece: &[u8]) -> bool {
        let before = self.held.len();
        let mut seam = std::mem::take(&mut self.held);
        seam.extend_from_slice(&piece[..piece.len().min(WINDOW)]);
        let Some(open_at) = self.read(&seam, before) else { return false };
        seam.drain(..open_at);
        self.held = seam;
        true
    }

    /// Reads a piece as [`UsageScan::read`] does, but looks at the end of a long one first: a last
    /// object that tells all makes the others vain.
    fn read_last(&mut self, piece: &[u8]) -> Option<usize> {
        let end_at = piece.len().saturating_sub(2 * WINDOW);
        if end_at > 0 {
            let mut last = Self::default();
            let open_at = last.read(&piece[end_at..], piece.len());
            if let Usage { input: Some(_), output: Some(_) } = last.found {
                self.found = last.found;
                return open_at.map(|open_at| end_at + open_at);
            }
        }
        self.read(piece, piece.len())
    }

    /// Reads every object behind a word that begins before `end`. Returns where the first one
    /// begins that may go on in the next piece.
    fn read(&mut self, text: &[u8], end: usize) -> Option<usize> {
        let mut at = 0;
        while let Some(step) = FINDER.find(&text[at..]) {
            at += step;
            if at >= end {
                return None;
            }
            let window = &text[at..text.len().min(at + WINDOW)];
            let mut numbers = Numbers::default();
            let is_whole = object(&window[WORD.len()..], &mut numbers).is_some();
            if !is_whole && window.len() < WINDOW {
                return Some(at);
            }
            self.take(numbers);
            // Its last quote may be the first one of the next.
            at += WORD.len() - 1;
        }
        begun_word(text).filter(|begun_at| *begun_at < end)
    }

    fn take(&mut self, numbers: Numbers) {
        let [prompt, input, completion, output] = numbers.map(Option::flatten);
        self.found = Usage {
            input: prompt.or(input).or(self.found.input),
            output: completion.or(output).or(self.found.output),
        };
    }
}

/// Reads the object behind the word, up to its own last bracket: others may lie in it. There are no
/// numbers where another value stands. `None` if the text ends before it does.
fn object(behind_word: &[u8], numbers: &mut Numbers) -> Option<()> {
    let mut rest = match behind_word.trim_ascii_start() {
        [] => return None,
        [b':', value @ ..] => value.trim_ascii_start(),
        _ => return Some(()),
    };
    if rest.first()? != &b'{' {
        return Some(());
    }
    let mut depth = 0_usize;
    while let [byte, behind @ ..] = rest {
        rest = behind;
        match byte {
            b'"' => {
                if let Some((place, behind)) = named(rest) {
                    numbers[place].get_or_insert_with(|| number(behind));
                    rest = behind;
                } else {
                    rest = behind_string(rest)?;
                }
            }
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(());
                }
            }
            _ => {}
        }
    }
    None
}

/// Returns what is behind the last quote of a string.
fn behind_string(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        text = match text {
            [b'"', behind @ ..] => return Some(behind),
            [b'\\', _, behind @ ..] | [_, behind @ ..] => behind,
            [] => return None,
        }
    }
}

/// Returns where a word begins that the text ends within.
fn begun_word(text: &[u8]) -> Option<usize> {
    // Most pieces end with no letter of the word.
    text.last().filter(|last| WORD.contains(last))?;
    let tail = text.len().saturating_sub(WORD.len() - 1);
    let at = tail + text[tail..].iter().rposition(|byte| *byte == WORD[0])?;
    WORD.starts_with(&text[at..]).then_some(at)
}

/// Returns which of the names a string is, and what is behind it.
fn named(text: &[u8]) -> Option<(usize, &[u8])> {
    let place = match text.first()? {
        b'p' => 0,
        b'i' => 1,
        b'c' => 2,
        b'o' => 3,
        _ => return None,
    };
    Some((place, text.strip_prefix(NAMES[place])?))
}

/// Returns the number behind a name, if the text goes on behind it.
fn number(behind_name: &[u8]) -> Option<u64> {
    let digits = behind_name.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let mut number = None;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return number;
        }
        number = Some(number.unwrap_or(0_u64).checked_mul(10)?.checked_add(u64::from(byte - b'0'))?);
    }
    None
}
