//! Texts as sources deliver them.

use std::collections::BTreeMap;
use std::fmt;

use bytes::Bytes;

use super::problem::Findings;
use super::raw::tls_files;
use super::{intake, values, yaml};

/// A whole text with the name that diagnostics show. Nothing about it has been checked, and keys may
/// stand in it: its `Debug` shows how long it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Document {
    /// What diagnostics call it: `routes.yaml`, or a center's address without credentials.
    pub name: String,
    /// What it is.
    pub format: Format,
    /// Its bytes, unchecked.
    pub content: Bytes,
}

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// A table in YAML. The first such document is the main one, the others are its includes.
    Routes,
    /// A `.env`: the table's owner if there is no [`Routes`](Self::Routes) document, else the
    /// values of `${…}`.
    Dotenv,
    /// The local routes file beside a config center: only its `server` and `keys` count.
    Local,
    /// The content of a file that `${file:PATH}` or `tls` names; the document's name is that PATH.
    Secret,
}

/// What else a document wants to have read before it can be built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Globs of `include`, relative to the document's own folder.
    pub includes: Vec<String>,
    /// Paths of `${file:PATH}`, and of the files that `tls` names.
    pub files: Vec<String>,
}

/// The process environment, passed in; a watched `.env` beats it.
pub type Vars = BTreeMap<String, String>;

/// Tells whether a text may want anything, from its bytes alone: most don't, and reading a large one
/// takes as long as building it. What is escaped may be any word.
fn may_need(text: &[u8]) -> bool {
    let words: [&[u8]; 4] = [b"include", b"file:", b"tls", b"\\"];
    words.iter().any(|word| memchr::memmem::find(text, word).is_some())
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, format, content } = self;
        write!(f, "Document({name:?}, {format:?}, {} bytes)", content.len())
    }
}

impl Needs {
    /// Scans a routes document for includes and secret files, forgivingly: a document that
    /// can't be read needs nothing, and [`build`](super::build) will say why.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let mut ignored = Findings::default();
        let text = Some(document).filter(|document| may_need(&document.content));
        let text = text.and_then(|document| intake::take(document, 0, &mut ignored));
        let text = text.filter(|text| text.format == Format::Routes);
        let Some(root) = text.and_then(|text| yaml::parse(&text, &mut ignored)) else {
            return Self::default();
        };
        let mut needs = Self::default();
        if let Some(include) = root.get("include") {
            include.each_scalar(&mut |node| needs.includes.extend(node.text().map(str::to_owned)));
        }
        let mut add = |path: String| {
            if !needs.files.contains(&path) {
                needs.files.push(path);
            }
        };
        root.each_scalar(&mut |node| {
            node.text().map(values::files).unwrap_or_default().into_iter().for_each(&mut add);
        });
        tls_files(&root).map(str::to_owned).for_each(add);
        needs
    }
}
