//! What is waited for.

use std::fmt;
use std::str::FromStr;

/// A table that replicas are to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// What the router that is asked has as this generation or a later one.
    Generation(u64),
    /// This table.
    Digest(String),
}

/// How many replicas are to run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Replicas {
    /// Every one that lives.
    #[default]
    All,
    /// So many, or more.
    AtLeast(usize),
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The table.
    pub target: Target,
    /// The replicas.
    pub replicas: Replicas,
}

/// A table, as replicas tell it apart from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'w> {
    /// Its digest.
    pub digest: &'w str,
    /// The revision of the center's document that it has to come from. Without it a replica that
    /// has yet to read two changes, there and back, would count as one that has.
    pub revision: Option<&'w str>,
}

// === impl Replicas ===

impl FromStr for Replicas {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "all" => Ok(Self::All),
            number => match number.parse() {
                Ok(count @ 1..) => Ok(Self::AtLeast(count)),
                _ => Err("write `all`, or a number from 1 on"),
            },
        }
    }
}

impl fmt::Display for Replicas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::AtLeast(count) => write!(f, "{count}"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Generation(generation) => write!(f, "generation {generation}"),
            Self::Digest(digest) => write!(f, "digest {digest}"),
        }
    }
}
