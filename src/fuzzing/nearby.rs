//! The laws, held against random bytes, against words that mean something to the target, and
//! against files of its corpus with some of their bytes changed.

use std::path::Path;
use std::{fmt, fs};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::corpus;

/// Bytes that are shown as text where they break a law.
#[derive(Clone)]
struct Shown(Vec<u8>);

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// One change of a text.
#[derive(Debug, Clone)]
enum Change {
    Cut(Index, u8),
    Put(Index, Vec<u8>),
    Set(Index, u8),
    Repeat(Index, u8),
}

// === impl Change ===

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let range = |at: &Index, length: u8| {
            let at = at.index(bytes.len() + 1);
            at..(at + usize::from(length)).min(bytes.len())
        };
        match self {
            Self::Cut(at, length) => drop(bytes.drain(range(at, *length))),
            Self::Put(at, word) => {
                let at = range(at, 0).start;
                bytes.splice(at..at, word.iter().copied());
            }
            Self::Set(at, byte) => range(at, 1).for_each(|at| bytes[at] = *byte),
            Self::Repeat(at, length) => {
                let range = range(at, *length);
                let again = bytes[range.clone()].to_vec();
                bytes.splice(range.end..range.end, again);
            }
        }
    }
}

/// Reads the words of a target's dictionary, as libFuzzer does.
fn words(target: &str) -> Vec<Vec<u8>> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/dictionaries").join(format!("{target}.dict"));
    let text = fs::read_to_string(file).unwrap();
    let word = |line: &str| {
        let mut rest = line.strip_prefix('"').unwrap().strip_suffix('"').unwrap().as_bytes();
        let mut word = Vec::new();
        while let Some((&byte, behind)) = rest.split_first() {
            (word, rest) = match (byte, behind) {
                (b'\\', [b'x', high, low, behind @ ..]) => {
                    let digits = [*high, *low];
                    let value = u8::from_str_radix(str::from_utf8(&digits).unwrap(), 16).unwrap();
                    ([word, vec![value]].concat(), behind)
                }
                (b'\\', [escaped, behind @ ..]) => ([word, vec![*escaped]].concat(), behind),
                _ => ([word, vec![byte]].concat(), behind),
            };
        }
        word
    };
    text.lines().map(word).collect()
}

fn bytes_for(target: &str) -> impl Strategy<Value = Shown> {
    let files: Vec<Vec<u8>> = corpus::files(target).iter().map(|file| fs::read(file).unwrap()).collect();
    let word = select(words(target));
    let put = prop_oneof![4 => word.clone(), 1 => vec(any::<u8>(), 1..8)];
    let change = prop_oneof![
        (any::<Index>(), 1_u8..40).prop_map(|(at, length)| Change::Cut(at, length)),
        (any::<Index>(), put).prop_map(|(at, word)| Change::Put(at, word)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Change::Set(at, byte)),
        (any::<Index>(), 1_u8..40).prop_map(|(at, length)| Change::Repeat(at, length)),
    ];
    let changed = (select(files), vec(change, 0..6)).prop_map(|(mut bytes, changes)| {
        for change in changes {
            change.apply(&mut bytes);
        }
        bytes
    });
    let bytes = prop_oneof![
        1 => vec(any::<u8>(), 0..200),
        2 => vec(word, 0..30).prop_map(|words| words.concat()),
        5 => changed,
    ];
    bytes.prop_map(Shown)
}

macro_rules! no_bytes_break_the_laws_of {
    ($($target:ident)*) => {
        mod no_bytes_break_the_laws_of {
            use super::*;

            proptest! {
                #![proptest_config(ProptestConfig::with_cases(200))]
                $(
                    #[test]
                    fn $target(bytes in bytes_for(stringify!($target))) {
                        crate::fuzzing::$target(&bytes.0);
                    }
                )*
            }
        }
    };
}

no_bytes_break_the_laws_of! { center_payloads dotenv history peek_and_splice request_head routes_yaml sse }
