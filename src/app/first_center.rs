//! The first table where a config center owns it: from the center, else the one it gave last, else
//! the local file's, else none yet.

use std::path::Path;
use std::time::{Duration, SystemTime};

use tokio::time::timeout;

use super::first::{Begun, First, begun, history, last_good, origin};
use super::options::{Options, StartError};
use crate::config::{self, Document};
use crate::fleet::CenterText;
use crate::history::Records;
use crate::live::Snapshot;
use crate::source::center::{CenterAddress, format_of, open};
use crate::source::{CenterSource, CenterWriter, FileSource, FileWriter, Source, Writer};

/// How long a start waits for the center before it goes on without.
const PATIENCE: Duration = Duration::from_secs(3);

/// What serves until the center gives a table.
type WithoutCenter = (Option<Begun>, Option<SystemTime>);

/// `local` are the documents of this machine's own files, and whose they are.
pub(super) async fn first_of_center(
    options: &Options,
    source: &str,
    files: Option<(FileSource, FileWriter)>,
    local: (Vec<Document>, String),
) -> Result<First, StartError> {
    let address = CenterAddress::parse(source)?.in_cluster(&options.vars);
    let owner = address.to_string();
    if let Some(lacking) = address.lacks() {
        tracing::warn!(
            "{owner} is used without {lacking}: whoever is in its network can read the table, or replace it"
        );
    }
    let refused = |error| StartError::Center { center: owner.clone(), error };
    let center = open(address.clone()).map_err(refused)?;
    // An object of its own: it keeps this replica's lease or session.
    let replicas = CenterText::open(address.clone()).map_err(refused)?;
    let written = open(address.clone()).map_err(refused)?;
    let (mut files, writer) = files.unzip();
    let settings = config::settings(&local.0, &options.vars).map_err(StartError::Config)?;
    if let Some(files) = &mut files {
        files.watch_as(settings.watch, settings.poll);
    }
    let history = history(options, Some(&settings), Path::new(&owner));
    let mut source = CenterSource::new(&address, center, files);
    let (first, stale_since) = match timeout(PATIENCE, source.read()).await {
        Ok(Ok(arrival)) => match begun(arrival.documents, arrival.hand.who, options) {
            Ok(begun) if begun.built.table.routes().is_empty() => {
                without_center(options, &history.0, local, None)?
            }
            Ok(begun) => (Some(begun), None),
            Err(StartError::Config(problems)) => {
                let refusal = StartError::Refused { what: owner.clone(), problems };
                without_center(options, &history.0, local, Some(refusal))?
            }
            Err(error) => return Err(error),
        },
        Ok(Err(_)) | Err(_) => without_center(options, &history.0, local, None)?,
    };
    // Whatever kept the center from giving a good table is told by the reload, which reads again.
    let (source, fleet) = (Source::Center(source), Some((replicas, format_of(&address.path))));
    let writer = Writer::Center(CenterWriter::new(owner.clone(), written, writer));
    let now = SystemTime::now();
    let (snapshot, documents, who) = match first {
        Some(Begun { built, documents, who }) => {
            (Snapshot::first(built.table, origin(&documents), now), documents, who)
        }
        None => (Snapshot::not_ready(now), Vec::new(), String::new()),
    };
    Ok(First { snapshot, settings, source, writer, owner, documents, who, history, stale_since, fleet })
}

/// Goes on without the center. A document that is there and wrong ends the start only if there is
/// nothing else to serve.
fn without_center(
    options: &Options,
    kept: &Records,
    (local, who): (Vec<Document>, String),
    refusal: Option<StartError>,
) -> Result<WithoutCenter, StartError> {
    if let Some((begun, saved_at)) = last_good(kept, options) {
        return Ok((Some(begun), Some(saved_at)));
    }
    match (begun(local, who, options), refusal) {
        (Ok(begun), _) if !begun.built.table.routes().is_empty() => Ok((Some(begun), None)),
        (_, Some(refusal)) => Err(refusal),
        (_, None) => Ok((None, None)),
    }
}
