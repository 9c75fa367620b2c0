//! The first table: from the owner, or from the last good documents if those are asked for.

use std::time::SystemTime;

use bytes::Bytes;

use super::options::{Options, Owner, StartError};
use super::start::DEMO;
use crate::config::{Built, Document, Format, Needs, ServerSettings, Vars, build};
use crate::history::{LastGood, Stored, state_dir};
use crate::source::{Arrival, FilePaths, FileSource};

/// What the router begins with.
pub(super) struct First {
    /// The table and the settings of its file.
    pub(super) built: Built,
    /// What the table is made from, for people.
    pub(super) origin: String,
    /// Where changes come from; the demo has none.
    pub(super) source: Option<FileSource>,
    /// Where the last good documents are kept.
    pub(super) place: Option<LastGood>,
    /// Since when the documents are the last good ones, if the present ones were refused.
    pub(super) stale_since: Option<SystemTime>,
}

/// Reads and builds. The settings are not known before the documents are, so the source begins
/// with the usual way of watching and is told later.
pub(super) async fn first(options: &Options) -> Result<First, StartError> {
    let (routes, dotenv) = match &options.owner {
        Owner::Demo => return demo(&options.vars),
        Owner::Files { routes, dotenv } => (routes.clone(), dotenv.clone()),
    };
    let defaults = ServerSettings::default();
    let owner = routes.clone().or_else(|| dotenv.clone()).unwrap_or_default();
    let mut source = FileSource::new(FilePaths { routes, dotenv }, defaults.watch, defaults.poll, Needs::of);
    let present = match source.read().await {
        Ok(Arrival { documents, .. }) => built(&documents, &options.vars),
        Err(error) => Err(error.into()),
    };
    let place = |settings: Option<&ServerSettings>| {
        let configured = options.state_dir.as_deref().or(settings.and_then(|s| s.state_dir.as_deref()));
        state_dir(configured, &options.vars).map(|folder| LastGood::new(&folder, &owner))
    };
    let (built, origin, stale_since) = match present {
        Ok((built, origin)) => (built, origin, None),
        Err(refusal) => {
            let kept = place(None).filter(|_| options.last_good).and_then(|place| place.load());
            let Some(Stored { documents, saved_at, .. }) = kept else { return Err(refusal) };
            let Ok((built, origin)) = self::built(&documents, &options.vars) else { return Err(refusal) };
            (built, origin, Some(saved_at))
        }
    };
    source.watch_as(built.server.watch, built.server.poll);
    let place = place(Some(&built.server));
    Ok(First { built, origin, source: Some(source), place, stale_since })
}

fn demo(vars: &Vars) -> Result<First, StartError> {
    let document = Document {
        name: "the built-in demo".to_owned(),
        format: Format::Routes,
        content: Bytes::from_static(DEMO.as_bytes()),
    };
    let (built, origin) = built(&[document], vars)?;
    Ok(First { built, origin, source: None, place: None, stale_since: None })
}

fn built(documents: &[Document], vars: &Vars) -> Result<(Built, String), StartError> {
    let built = build(documents, vars).map_err(StartError::Config)?;
    let origin = documents.first().map(|document| document.name.clone()).unwrap_or_default();
    Ok((built, origin))
}
