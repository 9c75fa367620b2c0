//! A key or a name as the path of a URL.

use crate::table::percent_encoded;

/// Encodes what a path can't hold (RFC 3986, section 3.3); slashes stay.
pub(super) fn encoded(path: &str) -> String {
    percent_encoded(path, b"/!$&'()*,;=:@")
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn nothing_in_a_key_can_end_the_path() {
        assert_eq!(encoded("a/b c?d#e%f+路"), "a/b%20c%3Fd%23e%25f%2B%E8%B7%AF");
    }
}
