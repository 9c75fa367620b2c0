//! The first table: from the owner, or from what it was the last time it was good.

use std::path::Path;
use std::time::SystemTime;

use bytes::Bytes;

use super::first_center::first_of_center;
use super::options::{Options, Owner, StartError};
use super::start::DEMO;
use crate::config::{self, Built, Document, Format, Needs, ServerSettings, build};
use crate::fleet::CenterText;
use crate::history::{DiskWriter, Records, Stored, state_dir};
use crate::live::Snapshot;
use crate::source::{self, Arrival, FilePaths, FileSource, FileWriter, Source};

/// What the router begins with.
pub(super) struct First {
    /// The table; one that is not ready if neither the center nor anything else gave one.
    pub(super) snapshot: Snapshot,
    /// The settings of the file.
    pub(super) settings: ServerSettings,
    /// Where changes come from.
    pub(super) source: Source,
    /// The same place, for commands.
    pub(super) writer: source::Writer,
    /// What the owner is called.
    pub(super) owner: String,
    /// What the table was made from; nothing, if there is none yet.
    pub(super) documents: Vec<Document>,
    /// Whose hand is in it, as far as the owner tells.
    pub(super) who: String,
    /// What is remembered of this owner's tables.
    pub(super) history: (Records, DiskWriter),
    /// When the documents were kept, if the present ones could not be had.
    pub(super) stale_since: Option<SystemTime>,
    /// The center in which replicas show themselves, and how its document is written.
    pub(super) fleet: Option<(CenterText, Format)>,
}

/// Reads and builds. The settings are not known before the documents are, so the source begins
/// with the usual way of watching and is told later.
pub(super) async fn first(options: &Options) -> Result<First, StartError> {
    let (routes, dotenv) = match &options.owner {
        Owner::Demo if options.source.is_some() => (None, None),
        Owner::Demo => return demo(options),
        Owner::Files { routes, dotenv } => (routes.clone(), dotenv.clone()),
    };
    let has_files = routes.is_some() || dotenv.is_some();
    let defaults = ServerSettings::default();
    let owner = routes.clone().or_else(|| dotenv.clone()).unwrap_or_default();
    let paths = FilePaths { routes, dotenv };
    let mut files = FileSource::new(paths.clone(), defaults.watch, defaults.poll, Needs::of);
    let writer = FileWriter::new(paths, Needs::of);
    let present = if has_files {
        files.read().await.map(|Arrival { documents, hand, .. }| (documents, hand.who))
    } else {
        Ok((Vec::new(), String::new()))
    };
    let (local, who) = present.clone().unwrap_or_default();
    if let Some(source) = center_of(options, &local)? {
        let files = has_files.then_some((files, writer));
        return first_of_center(options, &source, files, (local, who)).await;
    }
    let present = present.map_err(StartError::from);
    let (begun, stale_since) = match present.and_then(|(documents, who)| begun(documents, who, options)) {
        Ok(begun) => (begun, None),
        Err(refusal) => {
            let kept = options.last_good.then(|| history(options, None, &owner).0);
            let (begun, since) = kept.and_then(|kept| last_good(&kept, options)).ok_or(refusal)?;
            (begun, Some(since))
        }
    };
    let Begun { built, documents, who } = begun;
    files.watch_as(built.server.watch, built.server.poll);
    let history = history(options, Some(&built.server), &owner);
    let origin = origin(&documents);
    let snapshot = Snapshot::first(built.table, origin.clone(), SystemTime::now());
    Ok(First {
        snapshot,
        settings: built.server,
        source: Source::Files(files),
        writer: source::Writer::Files(writer),
        owner: origin,
        documents,
        who,
        history,
        stale_since,
        fleet: None,
    })
}

/// Returns the config center's address: the command line's, else the file's.
fn center_of(options: &Options, local: &[Document]) -> Result<Option<String>, StartError> {
    if let Some(source) = &options.source {
        let what = "the source's address".to_owned();
        let refused = |problems| StartError::Refused { what, problems };
        return config::fill_address(source, local, &options.vars).map(Some).map_err(refused);
    }
    // What is wrong with the file is told by the build that follows.
    let settings = config::settings(local, &options.vars).ok();
    Ok(settings.and_then(|settings| settings.source).map(|source| source.expose().to_owned()))
}

fn demo(options: &Options) -> Result<First, StartError> {
    let document = Document {
        name: "the built-in demo".to_owned(),
        format: Format::Routes,
        content: Bytes::from_static(DEMO.as_bytes()),
    };
    let documents = vec![document];
    let built = build(&documents, &options.vars).map_err(StartError::Config)?;
    let owner = origin(&documents);
    let snapshot = Snapshot::first(built.table, owner.clone(), SystemTime::now());
    Ok(First {
        snapshot,
        settings: built.server,
        source: Source::Fixed(documents.clone()),
        writer: source::Writer::Fixed(documents.clone()),
        documents,
        who: owner.clone(),
        history: Records::open(None, Path::new(&owner), options.vars.clone()),
        owner,
        stale_since: None,
        fleet: None,
    })
}

/// A table to begin with.
pub(super) struct Begun {
    pub(super) built: Built,
    /// What it is made from.
    pub(super) documents: Vec<Document>,
    /// Whose hand is in it.
    pub(super) who: String,
}

/// Builds a table to begin with.
pub(super) fn begun(documents: Vec<Document>, who: String, options: &Options) -> Result<Begun, StartError> {
    let built = build(&documents, &options.vars).map_err(StartError::Config)?;
    Ok(Begun { built, documents, who })
}

/// Builds what was kept last, with the time that it was kept at.
pub(super) fn last_good(kept: &Records, options: &Options) -> Option<(Begun, SystemTime)> {
    let Stored { documents, saved_at, record } = kept.last()?;
    Some((begun(documents, record.author.who, options).ok()?, saved_at))
}

/// Tells what a table is made from.
pub(super) fn origin(documents: &[Document]) -> String {
    documents.first().map(|document| document.name.clone()).unwrap_or_default()
}

/// Opens what is remembered of an owner's tables.
pub(super) fn history(
    options: &Options,
    settings: Option<&ServerSettings>,
    owner: &Path,
) -> (Records, DiskWriter) {
    let configured = options.state_dir.as_deref().or(settings.and_then(|s| s.state_dir.as_deref()));
    let folder = state_dir(configured, &options.vars);
    Records::open(folder.as_deref(), owner, options.vars.clone())
}
