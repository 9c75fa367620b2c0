//! The words of an answer.

/// Follows what was said, again and again, until the answer is long enough. Fourteen words: with
/// the signature and `hi` they make the default of sixteen tokens.
const FILLER: &str = "I am an in-process echo backend, no model at all; switch me and see.";

/// Returns exactly so many tokens: the signature, what was said, then filler. A token is a word
/// with the space before it, so that the tokens joined are the text.
pub(super) fn tokens(name: &str, said: &str, count: usize) -> Vec<String> {
    let signature = format!("{name}:");
    let words = said.split_whitespace().chain(FILLER.split_whitespace().cycle());
    std::iter::once(signature).chain(words.map(|word| format!(" {word}"))).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_signed_and_echoes_what_was_said() {
        assert_eq!(tokens("blue", "hi", 2).concat(), "blue: hi");
        assert_eq!(
            tokens("blue", "hi", 16).concat(),
            "blue: hi I am an in-process echo backend, no model at all; switch me and see."
        );
    }

    #[test]
    fn the_count_is_exact_however_long_the_question() {
        for count in [0, 1, 2, 16, 400] {
            assert_eq!(tokens("blue", "one two three", count).len(), count);
        }
        assert_eq!(tokens("blue", "one two three", 3).concat(), "blue: one two");
    }
}
