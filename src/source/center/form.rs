//! Names and values in a query or a form.

use reqwest::Url;

/// Encodes pairs as `a=1&b=2`; what could mean something else is escaped.
pub(super) fn encoded(pairs: &[(&str, &str)]) -> String {
    let mut url = Url::parse("http://host/").expect("this text is a URL");
    url.query_pairs_mut().extend_pairs(pairs);
    url.query().unwrap_or_default().to_owned()
}

/// The media type of [`encoded`] as a body.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn nothing_in_a_value_can_end_it() {
        assert_eq!(encoded(&[("a", "x&b=2"), ("c", "1\u{2}2\u{1}+ %")]), "a=x%26b%3D2&c=1%022%01%2B+%25");
        assert_eq!(encoded(&[]), "");
    }
}
