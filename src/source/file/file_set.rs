//! All files that make one table, read as one set.

use std::collections::{BTreeSet, HashSet};
use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use glob::{MatchOptions, Pattern};

use crate::config::{Document, Format, Needs};
use crate::source::SourceError;

use super::chain::Chain;
use super::read::{self, Notice, Stamp};

const MOST_FILES: usize = 256;
const TRIES: usize = 5;

/// The files to begin with, as the operator gave them; diagnostics show these very names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilePaths {
    /// The table.
    pub routes: Option<PathBuf>,
    /// The `.env`: the table's owner if there is no table, else it may be missing.
    pub dotenv: Option<PathBuf>,
}

/// Knows which files belong together.
#[derive(Debug)]
pub(super) struct FileSet {
    routes: Option<Place>,
    dotenv: Option<Place>,
    /// Files that are no part of a table, and each of which may be missing.
    others: Vec<Place>,
    needs: KnownNeeds,
    /// Texts that some files are taken to have.
    instead: Vec<(PathBuf, Bytes)>,
}

/// What documents need, remembered by their content: finding it out means parsing them, and a set
/// is read several times for one change.
#[derive(Debug)]
struct KnownNeeds {
    of: fn(&Document) -> Needs,
    known: Vec<(Document, Needs)>,
    last: Vec<(Document, Needs)>,
}

/// A file under the name that the operator knows.
#[derive(Debug, Clone)]
struct Place {
    path: PathBuf,
    name: String,
}

/// The set at one moment.
#[derive(Debug)]
pub(super) struct Reading {
    /// The texts, or the first fault.
    pub(super) outcome: Result<Vec<Document>, SourceError>,
    /// What the operator should know besides.
    pub(super) notices: Vec<Notice>,
    /// Every file that was looked for.
    pub(super) files: Vec<LookedFor>,
    /// Folders in which files may appear that would belong to the set.
    pub(super) include_folders: BTreeSet<PathBuf>,
}

/// A file that was looked for, found or not.
#[derive(Debug)]
pub(super) struct LookedFor {
    /// Where, absolute.
    pub(super) path: PathBuf,
    /// The way there.
    pub(super) chain: Chain,
    /// What was found.
    pub(super) content: Option<(Bytes, Stamp)>,
}

// === impl FileSet ===

impl FileSet {
    pub(super) fn new(paths: FilePaths, needs: fn(&Document) -> Needs) -> io::Result<Self> {
        let routes = paths.routes.map(Place::of).transpose()?;
        let dotenv = paths.dotenv.map(Place::of).transpose()?;
        let needs = KnownNeeds { of: needs, known: Vec::new(), last: Vec::new() };
        Ok(Self { routes, dotenv, others: Vec::new(), needs, instead: Vec::new() })
    }

    /// Makes a set of files that are no table. Their texts are documents of the format that is
    /// never shown.
    pub(super) fn of_others(files: BTreeSet<PathBuf>) -> io::Result<Self> {
        let others = files.into_iter().map(Place::of).collect::<io::Result<_>>()?;
        Ok(Self { others, ..Self::new(FilePaths::default(), |_| Needs::default())? })
    }

    /// Takes some files to have other texts than they have.
    pub(super) fn with(self, instead: Vec<(PathBuf, Bytes)>) -> Self {
        Self { instead, ..self }
    }

    /// Reads all files as they stand at one moment, or the first fault that keeps it from that.
    pub(super) fn read(&mut self) -> Reading {
        let mut reading = self.attempt();
        for _ in 0..TRIES {
            if reading.files.iter().all(LookedFor::holds) {
                return reading;
            }
            reading = self.attempt();
        }
        if reading.outcome.is_ok() {
            let main = self.routes.as_ref().or(self.dotenv.as_ref()).or(self.others.first());
            let file = main.map_or_else(String::new, |place| place.name.clone());
            reading.outcome = Err(SourceError::Unsteady { file });
        }
        reading
    }

    fn attempt(&mut self) -> Reading {
        self.needs.last = std::mem::take(&mut self.needs.known);
        let mut gathering = Gathering::new(&mut self.needs, &self.instead);
        if let Some(routes) = &self.routes {
            gathering.table(routes.clone());
        }
        if let Some(dotenv) = &self.dotenv {
            gathering.dotenv(dotenv, self.routes.is_some());
        }
        gathering.secrets(self.routes.as_ref().or(self.dotenv.as_ref()));
        for other in &self.others {
            gathering.read(other, Format::Secret, true);
        }
        gathering.finish()
    }
}

// === impl Place ===

impl Place {
    fn of(path: PathBuf) -> io::Result<Self> {
        let name = path.display().to_string();
        std::path::absolute(path).map(|path| Self { path, name })
    }
}

// === impl KnownNeeds ===

impl KnownNeeds {
    fn of(&mut self, document: &Document) -> Needs {
        let known = self.last.iter().find(|(known, _)| known == document);
        let needs = known.map_or_else(|| (self.of)(document), |(_, needs)| needs.clone());
        self.known.push((document.clone(), needs.clone()));
        needs
    }
}

// === impl LookedFor ===

impl LookedFor {
    fn holds(&self) -> bool {
        match &self.content {
            Some((_, stamp)) => stamp.holds(&self.path),
            None => self.chain == Chain::follow(&self.path),
        }
    }
}

/// One pass over the files.
struct Gathering<'s> {
    needs: &'s mut KnownNeeds,
    instead: &'s [(PathBuf, Bytes)],
    documents: Vec<Document>,
    fault: Option<SourceError>,
    notices: Vec<Notice>,
    files: Vec<LookedFor>,
    include_folders: BTreeSet<PathBuf>,
    secrets: Vec<String>,
}

// === impl Gathering ===

impl<'s> Gathering<'s> {
    fn new(needs: &'s mut KnownNeeds, instead: &'s [(PathBuf, Bytes)]) -> Self {
        Self {
            needs,
            instead,
            documents: Vec::new(),
            fault: None,
            notices: Vec::new(),
            files: Vec::new(),
            include_folders: BTreeSet::new(),
            secrets: Vec::new(),
        }
    }

    fn finish(self) -> Reading {
        Reading {
            outcome: self.fault.map_or(Ok(self.documents), Err),
            notices: self.notices,
            files: self.files,
            include_folders: self.include_folders,
        }
    }

    /// Reads the table and everything that it includes, each file once.
    fn table(&mut self, main: Place) {
        let limit = SourceError::TooManyFiles { file: main.name.clone(), limit: MOST_FILES };
        let mut seen = HashSet::from([main.path.clone()]);
        let mut waiting = std::collections::VecDeque::from([main]);
        while let Some(place) = waiting.pop_front() {
            if self.files.len() >= MOST_FILES {
                self.fault.get_or_insert(limit);
                return;
            }
            let Some(document) = self.read(&place, Format::Routes, false) else { continue };
            let needs = self.note_needs(document);
            for pattern in needs.includes {
                let found = self.included(&place, &pattern);
                waiting.extend(found.into_iter().filter(|place| seen.insert(place.path.clone())));
            }
        }
    }

    fn dotenv(&mut self, dotenv: &Place, may_be_missing: bool) {
        if let Some(document) = self.read(dotenv, Format::Dotenv, may_be_missing) {
            self.note_needs(document);
        }
    }

    /// Reads what `${file:…}` names, relative to the main file's folder. One that is missing is
    /// left to the compiler, which can say where it is named.
    fn secrets(&mut self, main: Option<&Place>) {
        let folder = main.and_then(|place| place.path.parent()).unwrap_or(Path::new("/")).to_path_buf();
        for name in std::mem::take(&mut self.secrets) {
            let place = Place { path: folder.join(&name), name };
            if self.files.len() >= MOST_FILES {
                self.fault.get_or_insert(SourceError::TooManyFiles { file: place.name, limit: MOST_FILES });
                return;
            }
            self.read(&place, Format::Secret, true);
        }
    }

    fn note_needs(&mut self, document: usize) -> Needs {
        let mut needs = self.needs.of(&self.documents[document]);
        for file in std::mem::take(&mut needs.files) {
            if !self.secrets.contains(&file) {
                self.secrets.push(file);
            }
        }
        needs
    }

    /// Reads one file into a document and returns the document's place.
    fn read(&mut self, place: &Place, format: Format, may_be_missing: bool) -> Option<usize> {
        let chain = Chain::follow(&place.path);
        let found = read::read(&place.path, &place.name);
        let content = found.as_ref().ok().map(|content| (content.bytes.clone(), content.stamp));
        self.files.push(LookedFor { path: place.path.clone(), chain, content });
        match found {
            Ok(content) => {
                self.notices.extend(content.notice);
                let instead = self.instead.iter().find(|(path, _)| *path == place.path);
                let content = instead.map_or(content.bytes, |(_, text)| text.clone());
                self.documents.push(Document { name: place.name.clone(), format, content });
                Some(self.documents.len() - 1)
            }
            Err(error) => {
                if !(may_be_missing && error.is_gone()) {
                    self.fault.get_or_insert(error);
                }
                None
            }
        }
    }

    /// Finds the files that an include names, sorted, under names like `conf.d/a.yaml`.
    fn included(&mut self, by: &Place, pattern: &str) -> Vec<Place> {
        let folder = by.path.parent().unwrap_or(Path::new("/"));
        let shown = Path::new(&by.name).parent().unwrap_or(Path::new("")).to_path_buf();
        let escaped = PathBuf::from(Pattern::escape(&folder.display().to_string()));
        let whole = escaped.join(pattern);
        self.watch_include_folders(&whole);
        match glob::glob_with(&whole.display().to_string(), OPTIONS) {
            Ok(paths) => paths
                .filter_map(Result::ok)
                .map(|path| {
                    let name =
                        path.strip_prefix(folder).map_or_else(|_| path.clone(), |rest| shown.join(rest));
                    Place { name: name.display().to_string(), path }
                })
                .collect(),
            Err(error) => {
                let (file, pattern) = (by.name.clone(), pattern.to_owned());
                self.fault.get_or_insert(SourceError::BadPattern { file, pattern, position: error.pos });
                Vec::new()
            }
        }
    }

    /// Watches each folder in which a part of the pattern is looked up, so that new ones are seen.
    fn watch_include_folders(&mut self, pattern: &Path) {
        let folders = pattern.ancestors().skip(1);
        let globs = folders.take_while(|folder| folder.file_name().is_some_and(is_pattern));
        let globs: Vec<PathBuf> = globs.map(Path::to_path_buf).collect();
        let base = globs.last().map_or(pattern, PathBuf::as_path).parent();
        for folder in base.map(Path::to_path_buf).into_iter().chain(globs) {
            let Ok(found) = glob::glob_with(&folder.display().to_string(), OPTIONS) else { continue };
            let found = found.filter_map(Result::ok).take(MOST_FILES);
            self.include_folders
                .extend(found.filter_map(|path| path.canonicalize().ok()).filter(|p| p.is_dir()));
        }
    }
}

/// A `*` doesn't take hidden files: editors keep their unfinished copies there.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

fn is_pattern(part: &OsStr) -> bool {
    part.to_string_lossy().contains(['*', '?', '['])
}
