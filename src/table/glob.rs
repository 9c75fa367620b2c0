//! Names with stars.

/// A pattern such as `gpt-*`; a star stands for any text, the empty one included.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Glob(Box<str>);

impl Glob {
    /// Takes a pattern, which is a glob if it holds a star.
    #[must_use]
    pub(crate) fn new(pattern: &str) -> Option<Self> {
        pattern.contains('*').then(|| Self(pattern.into()))
    }

    /// Returns the pattern.
    #[must_use]
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns how many bytes are not stars; the longest literal part wins.
    #[must_use]
    pub(super) fn literal_len(&self) -> usize {
        self.0.bytes().filter(|&b| b != b'*').count()
    }

    /// Tells whether the whole name fits.
    #[must_use]
    pub(crate) fn matches(&self, name: &str) -> bool {
        let mut pieces = self.0.split('*');
        let Some(mut rest) = pieces.next().and_then(|head| name.strip_prefix(head)) else {
            return false;
        };
        let Some(tail) = pieces.next_back() else {
            return rest.is_empty();
        };
        for piece in pieces {
            let Some(at) = rest.find(piece) else { return false };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(tail)
    }
}
