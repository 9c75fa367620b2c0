//! The laws of a head whose bytes another has taken apart: HTTP/2 has no lines, but its fields go
//! into requests to backends all the same.

use http::{HeaderMap, header};

use super::Refusal;
use super::field::Field;
use super::head::{FIELDS_MOST, is_target};

/// Returns why a head is refused, if it is.
pub(in crate::front) fn refusal_of_fields(target: &str, fields: &HeaderMap) -> Option<Refusal> {
    if !is_target(target.as_bytes()) {
        return Some(Refusal::Target);
    }
    if fields.len() > FIELDS_MOST {
        return Some(Refusal::HeadTooLarge);
    }
    if fields.get_all(header::CONTENT_LENGTH).iter().nth(1).is_some() {
        return Some(Refusal::TwoLengths);
    }
    let is_lookalike = |name: &header::HeaderName| Field::of(name.as_str().as_bytes()) == Field::Lookalike;
    fields.keys().any(is_lookalike).then_some(Refusal::Lookalike)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn refusal(target: &str, fields: &[(&'static str, &'static str)]) -> Option<Refusal> {
        let mut map = HeaderMap::new();
        for (name, value) in fields {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        refusal_of_fields(target, &map)
    }

    #[test]
    fn what_is_read_in_two_ways_is_refused_without_lines_too() {
        assert_eq!(refusal("/v1/models?a=b", &[("content-length", "2"), ("x-a", "1")]), None);
        assert_eq!(refusal("/v1/\u{e9}", &[]), Some(Refusal::Target));
        let twice = [("content-length", "2"), ("content-length", "2")];
        assert_eq!(refusal("/", &twice), Some(Refusal::TwoLengths));
        for name in ["content_length", "transfer_encoding"] {
            assert_eq!(refusal("/", &[(name, "2")]), Some(Refusal::Lookalike), "{name}");
        }
        assert_eq!(refusal("/", &vec![("x-a", "1"); 100]), None);
        assert_eq!(refusal("/", &vec![("x-a", "1"); 101]), Some(Refusal::HeadTooLarge));
    }
}
