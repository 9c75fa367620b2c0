//! Reads an owner's files for the verbs that need no router.

use std::path::{Path, PathBuf};
use std::{fs, io};

use thiserror::Error;

use super::owner::Owner;
use crate::app::DEMO;
use crate::config::{Document, Format, Needs, Vars};

/// The most that is read of one file; the router has the same cap.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Why a file can't be read.
#[derive(Debug, Error)]
pub(super) enum ReadError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: not a file", path.display())]
    NotAFile { path: PathBuf },
    #[error("{}: {bytes} bytes are too many; {MOST_BYTES} is the most", path.display())]
    TooLarge { path: PathBuf, bytes: u64 },
}

// === impl ReadError ===

impl ReadError {
    fn is_absence(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Reads all documents of an owner: the main one, what it includes, the files of its `${file:…}`
/// and the `.env`, which may be missing where it only supplies values. An include or secret that
/// can't be read is left out: the build says where it is asked for.
pub(super) fn read(owner: &Owner) -> Result<Vec<Document>, ReadError> {
    let (routes, dotenv) = match owner {
        Owner::Demo => return Ok(vec![document("the built-in demo", Format::Routes, DEMO.into())]),
        Owner::Files { routes, dotenv } => (routes, dotenv),
    };
    let mut documents = Vec::new();
    if let Some(file) = routes {
        let folder = file.parent().unwrap_or(Path::new(""));
        documents.push(document_at(file, Format::Routes)?);
        let included = includes(&Needs::of(&documents[0]), folder);
        documents.extend(included.iter().filter_map(|path| document_at(path, Format::Routes).ok()));
        let needs: Vec<Needs> = documents.iter().map(Needs::of).collect();
        for path in needs.iter().flat_map(|needs| &needs.files) {
            let content = bytes_of(&folder.join(path)).ok();
            documents.extend(content.map(|content| document(path, Format::Secret, content)));
        }
    }
    match dotenv.as_ref().map(|env| document_at(env, Format::Dotenv)) {
        Some(Err(error)) if routes.is_some() && error.is_absence() => {}
        Some(document) => documents.push(document?),
        None => {}
    }
    Ok(documents)
}

/// The process environment as the build wants it; names or values that aren't text are left out.
pub(super) fn process_vars() -> Vars {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    std::env::vars_os().filter_map(text).collect()
}

fn includes(needs: &Needs, folder: &Path) -> Vec<PathBuf> {
    let pattern = |glob: &String| folder.join(glob).to_str().map(str::to_owned);
    let paths = |pattern: String| glob::glob(&pattern).ok();
    needs.includes.iter().filter_map(pattern).filter_map(paths).flatten().flatten().collect()
}

fn document_at(path: &Path, format: Format) -> Result<Document, ReadError> {
    Ok(document(&path.display().to_string(), format, bytes_of(path)?))
}

fn document(name: &str, format: Format, content: Vec<u8>) -> Document {
    Document { name: name.to_owned(), format, content: content.into() }
}

/// Reads a file, but nothing that would block or fill the memory.
pub(super) fn bytes_of(path: &Path) -> Result<Vec<u8>, ReadError> {
    let failed = |source| ReadError::Io { path: path.to_owned(), source };
    let about = fs::metadata(path).map_err(failed)?;
    if !about.is_file() {
        return Err(ReadError::NotAFile { path: path.to_owned() });
    }
    if about.len() > MOST_BYTES {
        return Err(ReadError::TooLarge { path: path.to_owned(), bytes: about.len() });
    }
    fs::read(path).map_err(failed)
}
