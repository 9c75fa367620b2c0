//! Where in Apollo a document is.

use reqwest::Url;

use crate::config::Format;
use crate::source::center::CenterAddress;

/// Formats of namespaces that hold one text. All others hold properties.
const ONE_TEXT: [&str; 5] = [".yaml", ".yml", ".json", ".txt", ".xml"];

/// A namespace of an app in a cluster.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) app: String,
    pub(super) cluster: String,
    pub(super) namespace: String,
    pub(super) format: Format,
}

// === impl Place ===

impl Place {
    pub(super) fn of(address: &CenterAddress) -> Self {
        let mut parts = address.path.trim_matches('/').splitn(3, '/').map(str::to_owned);
        let mut part = || parts.next().unwrap_or_default();
        let (app, cluster, namespace) = (part(), part(), part());
        let is_text = ONE_TEXT.iter().any(|ending| namespace.to_ascii_lowercase().ends_with(ending));
        let format = if is_text { Format::Routes } else { Format::Dotenv };
        Self { app, cluster, namespace, format }
    }
}

/// Writes a path and a query such that no part can be taken for something else.
pub(super) fn path_and_query(path: &[&str], query: &[(&str, &str)]) -> String {
    let mut url = Url::parse("http://host/").expect("this text is a URL");
    url.path_segments_mut().expect("http has a path").clear().extend(path);
    url.query_pairs_mut().extend_pairs(query);
    match url.query() {
        None | Some("") => url.path().to_owned(),
        Some(query) => format!("{}?{query}", url.path()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, path_and_query};
    use crate::config::Format;
    use crate::source::center::CenterAddress;

    #[test]
    fn a_namespace_of_yaml_is_a_table_and_others_are_variables() {
        for (name, format) in [
            ("routes.yaml", Format::Routes),
            ("routes.YML", Format::Routes),
            ("application", Format::Dotenv),
            ("application.properties", Format::Dotenv),
        ] {
            let address = CenterAddress::parse(&format!("apollo://h/app-1/default/{name}")).unwrap();
            let place = Place::of(&address);
            assert_eq!((place.app.as_str(), place.cluster.as_str()), ("app-1", "default"));
            assert_eq!((place.namespace.as_str(), place.format), (name, format));
        }
    }

    #[test]
    fn parts_are_escaped() {
        assert_eq!(path_and_query(&["a", "b/../c?d"], &[]), "/a/b%2F..%2Fc%3Fd");
        assert_eq!(path_and_query(&["a"], &[("b", "c&d")]), "/a?b=c%26d");
    }
}
