//! Names and URLs as `Debug` may show them: a panic or a log line could print them by mistake.

use std::fmt;

use crate::config::shown_target;

/// A name or URL, without what may be a key.
pub(crate) struct Shown<'t>(pub(crate) &'t str);

/// Names or URLs with their shares.
pub(crate) struct ShownShares<'t>(pub(crate) &'t [(String, u32)]);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        shown_target(self.0).fmt(f)
    }
}

impl fmt::Debug for ShownShares<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter().map(|(name, share)| (Shown(name), share))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::splice::Splice;
    use super::super::value::Value;

    #[test]
    fn no_key_of_a_url_shows() {
        let url = || "https://host/v1?key=planted".to_owned();
        let values = [Value::One(url()), Value::List(vec![url()]), Value::Shares(vec![(url(), 9)])];
        insta::assert_snapshot!(
            format!("{values:?}"),
            @r#"["https://host/v1?…", ["https://host/v1?…"], {"https://host/v1?…": 9}]"#
        );
        insta::assert_snapshot!(format!("{:?}", Splice::new(3..5, url())), @"Splice(3..5, 27 bytes)");
    }
}
