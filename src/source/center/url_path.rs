//! A key or a name as the path of a URL.

use std::fmt::Write;

/// Encodes what a path can't hold (RFC 3986, section 3.3); slashes stay.
pub(super) fn encoded(path: &str) -> String {
    let mut text = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~!$&'()*,;=:@".contains(&byte) {
            text.push(char::from(byte));
        } else {
            write!(text, "%{byte:02X}").expect("a String takes everything");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn nothing_in_a_key_can_end_the_path() {
        assert_eq!(encoded("a/b c?d#e%f+路"), "a/b%20c%3Fd%23e%25f%2B%E8%B7%AF");
    }
}
