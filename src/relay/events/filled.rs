//! Whether a JSON value holds anything.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// `true` for every JSON value but `null`, `false`, `0`, `""`, `[]` and `{}`: servers write all of
/// these where there is nothing to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Filled(pub(super) bool);

struct Look;

impl<'de> Deserialize<'de> for Filled {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Look)
    }
}

impl<'de> Visitor<'de> for Look {
    type Value = Filled;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Filled, E> {
        Ok(Filled(false))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Filled, E> {
        Ok(Filled(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Filled, E> {
        Ok(Filled(value != 0))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Filled, E> {
        Ok(Filled(value != 0))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Filled, E> {
        Ok(Filled(value != 0.0))
    }

    fn visit_str<E>(self, value: &str) -> Result<Filled, E> {
        Ok(Filled(!value.is_empty()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Filled, A::Error> {
        let mut filled = Filled(false);
        while seq.next_element::<IgnoredAny>()?.is_some() {
            filled = Filled(true);
        }
        Ok(filled)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Filled, A::Error> {
        let mut filled = Filled(false);
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            filled = Filled(true);
        }
        Ok(filled)
    }
}
