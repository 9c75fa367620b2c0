//! What an answer has cost with all the backends that worked on it.

use super::chunk::{Chunk, Count};
use super::rewrite::Edit;

/// Counts tokens over several backends. One that was cut has most often not said what it spent:
/// then each of its pieces counts as a token, and its input as that of the next.
#[derive(Debug, Default)]
pub(super) struct Spent {
    /// Of backends before the present one.
    input: u64,
    output: u64,
    /// How many of them did not say what their input was.
    untold: u64,
    /// Tokens of the text that the client has.
    text: u64,
    /// Tokens of that text in the present backend's input.
    carried: u64,
    /// Pieces of text that the present backend has sent.
    pieces: u64,
    /// What the present backend has said of input and output.
    told: Option<(u64, u64)>,
    goes_on: bool,
}

// === impl Spent ===

impl Spent {
    /// Counts an event of the present backend.
    pub(super) fn piece(&mut self, chunk: &Chunk<'_>) {
        self.pieces += u64::from(!chunk.texts.is_empty());
        if let Some(usage) = &chunk.usage {
            self.told = Some((usage.input.0, usage.output.0));
        }
    }

    /// Another backend takes over; `goes_on` tells whether its input holds the text so far.
    pub(super) fn resume(&mut self, goes_on: bool) {
        self.text = self.tokens();
        let (input, output) = self.told.unwrap_or_default();
        self.input += input;
        self.output += output.max(self.pieces);
        self.untold += u64::from(self.told.take().is_none());
        self.pieces = 0;
        self.goes_on = goes_on;
        self.carried = if goes_on { self.text } else { 0 };
    }

    /// Returns how many tokens the client's text has, as far as pieces tell.
    pub(super) fn tokens(&self) -> u64 {
        if self.goes_on { self.text + self.pieces } else { self.text.max(self.pieces) }
    }

    /// Writes the sums over what the present backend says.
    pub(super) fn sums(&self, chunk: &Chunk<'_>) -> Vec<Edit> {
        let Some(usage) = &chunk.usage else { return Vec::new() };
        let (own, output): (&Count, &Count) = (&usage.input, &usage.output);
        let input = self.input + self.untold * own.0.saturating_sub(self.carried) + own.0;
        let output_sum = self.output + output.0;
        let mut edits = vec![
            (own.1.clone(), input.to_string().into_bytes()),
            (output.1.clone(), output_sum.to_string().into_bytes()),
        ];
        if let Some(total) = &usage.total {
            edits.push((total.clone(), (input + output_sum).to_string().into_bytes()));
        }
        edits
    }
}
