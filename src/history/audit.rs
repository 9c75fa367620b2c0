//! The audit: one JSON line for every generation and every refused change, only ever added to.
//!
//! The file is opened anew for each line, so that `logrotate` may move it away at any time.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::moment::Utc;
use super::whole::{make_folder, private};
use super::{Refused, Stored};
use crate::config::{Document, Format};
use crate::table::hex;

/// The file's name.
pub(super) const AUDIT: &str = "audit.jsonl";

/// The SHA-256 of each document, by its name; `sha256sum` gives the same. Files that hold nothing
/// but a key are left out.
pub(super) type Hashes = BTreeMap<String, String>;

pub(super) fn hashes(documents: &[Document]) -> Hashes {
    let open = documents.iter().filter(|document| document.format != Format::Secret);
    open.map(|document| (document.name.clone(), hex(&Sha256::digest(&document.content)))).collect()
}

/// What became of a change that went live.
pub(super) fn applied(stored: &Stored, before: Option<(&str, &Hashes)>) -> Value {
    let record = &stored.record;
    let after = hashes(&stored.documents);
    let documents: Vec<Value> = after
        .iter()
        .map(|(name, after)| {
            let before = before.and_then(|(_, hashes)| hashes.get(name));
            json!({"name": name, "before": before, "after": after})
        })
        .collect();
    json!({
        "schema": 1,
        "at": Utc(record.at).to_string(),
        "event": "applied",
        "generation": record.generation,
        "who": record.author.who,
        "how": record.author.how,
        "why": record.author.why,
        "changes": record.changes,
        "table": {"before": before.map(|(digest, _)| digest), "after": record.digest},
        "documents": documents,
        "took_ms": record.took_ms,
    })
}

/// What became of a change that was refused. Documents that could not be read have no hash.
pub(super) fn refused(refused: &Refused) -> Value {
    let Refused { at, generation, author, reason, documents } = refused;
    let documents: Vec<Value> =
        hashes(documents).iter().map(|(name, hash)| json!({"name": name, "refused": hash})).collect();
    json!({
        "schema": 1,
        "at": Utc(*at).to_string(),
        "event": "refused",
        "generation": generation,
        "who": author.as_ref().map(|author| &author.who),
        "how": author.as_ref().map(|author| &author.how),
        "why": author.as_ref().and_then(|author| author.why.as_ref()),
        "reason": reason,
        "documents": documents,
    })
}

/// Adds a line to the file.
pub(super) fn append(folder: &Path, line: &Value) -> io::Result<()> {
    make_folder(folder)?;
    let path = folder.join(AUDIT);
    let mut file = private(OpenOptions::new().read(true).append(true).create(true)).open(path)?;
    add(&mut file, line)?;
    file.sync_all()
}

/// Adds a line. One that a killed router has left unfinished is ended first.
pub(super) fn add(file: &mut (impl Read + Write + Seek), line: &Value) -> io::Result<()> {
    let mut last = [b'\n'];
    if file.seek(SeekFrom::End(0))? > 0 {
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    let ended = if last == *b"\n" { "" } else { "\n" };
    file.write_all(format!("{ended}{line}\n").as_bytes())
}
