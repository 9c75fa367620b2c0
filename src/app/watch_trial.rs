//! How changes of an owner's files would be noticed, found out by watching them for a moment.

use super::Owner;
use crate::config::{Needs, ServerSettings};
use crate::source::{FilePaths, FileSource, Watching};

/// Watches an owner's files as the router would, and tells whether events come.
pub async fn watch_trial(owner: &Owner, server: &ServerSettings) -> Option<Watching> {
    let Owner::Files { routes, dotenv } = owner else { return None };
    let paths = FilePaths { routes: routes.clone(), dotenv: dotenv.clone() };
    let mut files = FileSource::new(paths, server.watch, server.poll, Needs::of);
    files.read().await.ok()?;
    Some(files.watching())
}
