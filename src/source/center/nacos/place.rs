//! Where in Nacos a document is.

use bytes::Bytes;

use super::digest::md5_of;
use crate::config::Format;
use crate::source::center::{CenterAddress, Fetched, Revision, format_of};

/// A data id in a group of a namespace.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) data_id: String,
    pub(super) group: String,
    /// The namespace's id; empty for the one that consoles call `public`.
    pub(super) tenant: String,
    format: Format,
}

// === impl Place ===

impl Place {
    pub(super) fn of(address: &CenterAddress) -> Self {
        Self {
            data_id: address.path.clone(),
            group: address.parameter("group").unwrap_or("DEFAULT_GROUP").to_owned(),
            tenant: address
                .parameter("namespace")
                .filter(|namespace| *namespace != "public")
                .unwrap_or_default()
                .to_owned(),
            format: format_of(&address.path),
        }
    }

    /// What a publication says the text is; Nacos shows it in its console.
    pub(super) fn kind(&self) -> &'static str {
        match self.format {
            Format::Dotenv => "properties",
            _ => "yaml",
        }
    }

    /// Makes the document of what a server returned.
    pub(super) fn document(&self, content: Bytes) -> Fetched {
        let revision = Revision::opaque(md5_of(&content));
        Fetched { content, format: self.format, revision }
    }
}
