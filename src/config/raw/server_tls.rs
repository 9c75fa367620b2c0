//! The blocks `server.tls` and `server.admin_tls`.

use std::path::PathBuf;

use super::node::Node;
use super::settings::TlsFiles;
use super::{Grammar, Reader, code};

/// The data port's block. Its clients show keys, not certificates.
pub(super) const DATA_TLS: Grammar = Grammar { what: "`server.tls`", keys: &["cert", "key"], later: &[] };

/// The admin port's.
pub(super) const ADMIN_TLS: Grammar =
    Grammar { what: "`server.admin_tls`", keys: &["cert", "key", "client_ca"], later: &[] };

impl Reader<'_, '_> {
    /// Reads which files hold a port's certificate and key.
    pub(super) fn server_tls(&mut self, node: &Node, grammar: &Grammar) -> Option<TlsFiles> {
        let fields = self.fields(node, grammar)?;
        for (lacking, help) in [
            ("cert", "name the file of the certificate and its chain: `cert: tls/cert.pem`"),
            ("key", "name the file of the certificate's private key: `key: tls/key.pem`"),
        ] {
            if fields.get(lacking).is_none() {
                self.findings
                    .error(
                        code::MISSING,
                        &node.place.first_line(),
                        format!("{} has no `{lacking}`", grammar.what),
                    )
                    .help(help);
            }
        }
        let mut file = |key: &str| fields.get(key).map(|node| self.pem_file(node, grammar.what, key));
        let (cert, key, client_ca) = (file("cert"), file("key"), file("client_ca"));
        Some(TlsFiles {
            cert: cert??,
            key: key??,
            client_ca: client_ca.map_or(Some(None), |ca| ca.map(Some))?,
        })
    }

    fn pem_file(&mut self, node: &Node, block: &str, key: &str) -> Option<PathBuf> {
        let what = format!("{}.{key}`", block.trim_end_matches('`'));
        let file = self.string(node, &what)?;
        let problem = match file.value.trim() {
            "" => "it names no file",
            text if text.contains("-----BEGIN") => "this is what belongs into a file",
            text => return Some(PathBuf::from(text)),
        };
        self.findings
            .error(code::BAD_VALUE, &file.place.first_line(), format!("{what}: {problem}"))
            .help("write the path of a PEM file; a relative one begins at this file's folder");
        None
    }
}
