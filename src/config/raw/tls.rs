//! The key `tls` of a backend.

use std::sync::Arc;

use crate::table::{Authorities, ClientCertificate, PemFile, Tls, TlsError};

use super::node::Node;
use super::place::At;
use super::values::NoValue;
use super::{Grammar, Place, Reader, code};

/// What is said of a backend's encryption, where it stands.
pub(in crate::config) type RawTls = At<Arc<Tls>>;

const TLS: Grammar = Grammar { what: "`tls`", keys: &["ca", "cert", "key", "http2"], later: &[] };

/// The keys that name files.
const FILES: [&str; 3] = ["ca", "cert", "key"];

/// Lists the files that the backends of a document name, forgivingly.
pub(in crate::config) fn tls_files(root: &Node) -> impl Iterator<Item = &str> {
    let backends = root.get("backends").and_then(Node::entries).unwrap_or_default();
    let blocks = backends.iter().filter_map(|(_, backend)| backend.get("tls"));
    blocks.flat_map(|tls| FILES.iter().filter_map(|key| tls.get(key)?.text())).filter(|path| is_path(path))
}

/// Files are looked for before anything is filled in; and some paste the text itself.
fn is_path(text: &str) -> bool {
    !text.trim().is_empty() && !text.contains("${") && !text.contains("-----BEGIN")
}

impl Reader<'_, '_> {
    /// Reads `tls`.
    pub(super) fn tls(&mut self, node: &Node) -> Option<RawTls> {
        let fields = self.fields(node, &TLS)?;
        let (ca, cert, key) = (fields.get("ca"), fields.get("cert"), fields.get("key"));
        let authorities = ca.map(|ca| {
            let file = self.pem(ca, "`tls.ca`")?;
            self.usable(Authorities::parse(file), &ca.place)
        });
        let client = match (cert, key) {
            (Some(cert), Some(key)) => Some(self.client(cert, key)),
            (Some(lone), None) => {
                Some(self.lone(lone, "`tls.cert` has no `key`", "add `key: FILE` below `tls`"))
            }
            (None, Some(lone)) => {
                Some(self.lone(lone, "`tls.key` has no `cert`", "add `cert: FILE` below `tls`"))
            }
            (None, None) => None,
        };
        let http2 = fields.get("http2").map(|node| self.bool(node, "`tls.http2`"));
        let tls = Tls {
            ca: authorities.map_or(Some(None), |read| read.map(Some))?,
            client: client.map_or(Some(None), |read| read.map(Some))?,
            http2: http2.map_or(Some(true), |read| read.map(|at| at.value))?,
        };
        Some(At::new(Arc::new(tls), &node.place))
    }

    fn client(&mut self, cert: &Node, key: &Node) -> Option<ClientCertificate> {
        let (certificate, private) = (self.pem(cert, "`tls.cert`"), self.pem(key, "`tls.key`"));
        let parsed = ClientCertificate::parse(certificate?, private?);
        let is_of_key = parsed.as_ref().err().is_none_or(|error| error.fault.is_of_key());
        self.usable(parsed, if is_of_key { &key.place } else { &cert.place })
    }

    fn lone<T>(&mut self, node: &Node, what: &str, help: &str) -> Option<T> {
        self.findings.error(code::MISSING, &node.place.first_line(), what).help(help);
        None
    }

    fn usable<T>(&mut self, parsed: Result<T, TlsError>, place: &Place) -> Option<T> {
        let error = match parsed {
            Ok(usable) => return Some(usable),
            Err(error) => error,
        };
        self.findings.error(code::BAD_VALUE, &place.first_line(), error.to_string()).help(error.fault.hint());
        None
    }

    /// Finds the content of the file that is named.
    fn pem<'n>(&mut self, node: &'n Node, what: &str) -> Option<PemFile<'n>>
    where
        Self: 'n,
    {
        let path = self.unfilled(node, what)?;
        if !is_path(path) {
            let fault = match path {
                text if text.contains("-----BEGIN") => "is the text of a file",
                text if text.contains("${") => "names its file by a `${…}`",
                _ => "is empty",
            };
            self.findings
                .error(code::BAD_VALUE, &node.place.first_line(), format!("{what} {fault}"))
                .help("write the file's path itself; `${…}` is not filled in here");
            return None;
        }
        let at = || path.to_owned();
        match self.values.files.get(path) {
            Some(Some(text)) => Some(PemFile { path, text }),
            Some(None) => {
                self.no_value(&NoValue::NotText { path: at(), at: at() }, &node.place);
                None
            }
            None => {
                self.no_value(&NoValue::File { path: at(), at: at() }, &node.place);
                None
            }
        }
    }
}
