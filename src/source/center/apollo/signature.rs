//! How a request proves that it knows the app's access key.

use aws_lc_rs::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};

use crate::table::base64;

/// Signs a moment, in milliseconds, and what is asked for.
pub(super) fn signature(secret: &str, millis: u128, path_and_query: &str) -> String {
    let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret.as_bytes());
    base64::encode(sign(&key, format!("{millis}\n{path_and_query}").as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_example_of_apollos_own_tests_holds() {
        let asked = "/configs/100004458/default/application?ip=10.0.0.1";
        let signed = super::signature("df23df3f59884980844ff3dada30fa97", 1_576_478_257_344, asked);
        assert_eq!(signed, "EoKyziXvKqzHgwx+ijDJwgVTDgE=");
    }
}
