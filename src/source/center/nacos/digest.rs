//! The md5 by which Nacos tells versions apart.

use md5::{Digest, Md5};

use crate::table::hex;

/// Returns the md5 in small hex digits.
pub(super) fn md5_of(content: &[u8]) -> String {
    hex(&Md5::digest(content))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_examples_of_rfc_1321_hold() {
        assert_eq!(super::md5_of(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(super::md5_of(b"message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
    }
}
