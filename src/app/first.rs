//! The first table: from the owner, or from what it was the last time it was good.

use std::path::Path;
use std::time::SystemTime;

use bytes::Bytes;

use super::first_center::first_of_center;
use super::options::{Options, Owner, StartError};
use super::start::DEMO;
use crate::config::{self, Built, Document, Format, Needs, ServerSettings, Vars, build};
use crate::fleet::CenterText;
use crate::history::{LastGood, Stored, state_dir};
use crate::live::Snapshot;
use crate::source::{Arrival, FilePaths, FileSource, FileWriter, Source, Writer};

/// What the router begins with.
pub(super) struct First {
    /// The table; one that is not ready if neither the center nor anything else gave one.
    pub(super) snapshot: Snapshot,
    /// The settings of the file.
    pub(super) settings: ServerSettings,
    /// Where changes come from.
    pub(super) source: Source,
    /// The same place, for commands.
    pub(super) writer: Writer,
    /// What the owner is called.
    pub(super) owner: String,
    /// Where the last good documents are kept.
    pub(super) place: Option<LastGood>,
    /// Since when the documents are the last good ones, if the present ones could not be had.
    pub(super) stale_since: Option<SystemTime>,
    /// The center in which replicas show themselves, and how its document is written.
    pub(super) fleet: Option<(CenterText, Format)>,
}

/// Reads and builds. The settings are not known before the documents are, so the source begins
/// with the usual way of watching and is told later.
pub(super) async fn first(options: &Options) -> Result<First, StartError> {
    let (routes, dotenv) = match &options.owner {
        Owner::Demo if options.source.is_some() => (None, None),
        Owner::Demo => return demo(&options.vars),
        Owner::Files { routes, dotenv } => (routes.clone(), dotenv.clone()),
    };
    let has_files = routes.is_some() || dotenv.is_some();
    let defaults = ServerSettings::default();
    let owner = routes.clone().or_else(|| dotenv.clone()).unwrap_or_default();
    let paths = FilePaths { routes, dotenv };
    let mut files = FileSource::new(paths.clone(), defaults.watch, defaults.poll, Needs::of);
    let writer = FileWriter::new(paths, Needs::of);
    let present = if has_files {
        files.read().await.map(|Arrival { documents, .. }| documents)
    } else {
        Ok(Vec::new())
    };
    let local = present.as_deref().unwrap_or_default();
    if let Some(source) = center_of(options, local)? {
        let files = has_files.then_some((files, writer));
        return first_of_center(options, &source, files, local).await;
    }
    let present = present.map_err(StartError::from).and_then(|documents| built(&documents, &options.vars));
    let (built, origin, stale_since) = match present {
        Ok((built, origin)) => (built, origin, None),
        Err(refusal) => {
            let kept = place(options, None, &owner).filter(|_| options.last_good);
            let (built, origin, since) = last_good(kept.as_ref(), &options.vars).ok_or(refusal)?;
            (built, origin, Some(since))
        }
    };
    files.watch_as(built.server.watch, built.server.poll);
    let place = place(options, Some(&built.server), &owner);
    let snapshot = Snapshot::first(built.table, origin.clone(), SystemTime::now());
    let (source, writer) = (Source::Files(files), Writer::Files(writer));
    Ok(First {
        snapshot,
        settings: built.server,
        source,
        writer,
        owner: origin,
        place,
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

fn demo(vars: &Vars) -> Result<First, StartError> {
    let document = Document {
        name: "the built-in demo".to_owned(),
        format: Format::Routes,
        content: Bytes::from_static(DEMO.as_bytes()),
    };
    let documents = vec![document];
    let (built, owner) = built(&documents, vars)?;
    let snapshot = Snapshot::first(built.table, owner.clone(), SystemTime::now());
    Ok(First {
        snapshot,
        settings: built.server,
        source: Source::Fixed(documents.clone()),
        writer: Writer::Fixed(documents),
        owner,
        place: None,
        stale_since: None,
        fleet: None,
    })
}

/// Builds, and tells what the table is made from.
pub(super) fn built(documents: &[Document], vars: &Vars) -> Result<(Built, String), StartError> {
    let built = build(documents, vars).map_err(StartError::Config)?;
    let origin = documents.first().map(|document| document.name.clone()).unwrap_or_default();
    Ok((built, origin))
}

/// Builds what was kept, with the time that it was kept at.
pub(super) fn last_good(place: Option<&LastGood>, vars: &Vars) -> Option<(Built, String, SystemTime)> {
    let Stored { documents, saved_at, .. } = place?.load()?;
    let (built, origin) = built(&documents, vars).ok()?;
    Some((built, origin, saved_at))
}

/// Returns where an owner's last good documents are kept.
pub(super) fn place(options: &Options, settings: Option<&ServerSettings>, owner: &Path) -> Option<LastGood> {
    let configured = options.state_dir.as_deref().or(settings.and_then(|s| s.state_dir.as_deref()));
    state_dir(configured, &options.vars).map(|folder| LastGood::new(&folder, owner))
}
