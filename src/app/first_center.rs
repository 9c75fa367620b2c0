//! The first table where a config center owns it: from the center, else the one it gave last, else
//! the local file's, else none yet.

use std::path::Path;
use std::time::{Duration, SystemTime};

use tokio::time::timeout;

use super::first::{First, built, last_good, place};
use super::options::{Options, StartError};
use crate::config::{self, Built, Document};
use crate::fleet::CenterText;
use crate::live::Snapshot;
use crate::source::center::{CenterAddress, format_of, open};
use crate::source::{CenterSource, CenterWriter, FileSource, FileWriter, Source, Writer};

/// How long a start waits for the center before it goes on without.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn first_of_center(
    options: &Options,
    source: &str,
    files: Option<(FileSource, FileWriter)>,
    local: &[Document],
) -> Result<First, StartError> {
    let address = CenterAddress::parse(source)?.in_cluster(&options.vars);
    let owner = address.to_string();
    let refused = |error| StartError::Center { center: owner.clone(), error };
    let center = open(address.clone()).map_err(refused)?;
    // An object of its own: it keeps this replica's lease or session.
    let replicas = CenterText::open(address.clone()).map_err(refused)?;
    let written = open(address.clone()).map_err(refused)?;
    let (mut files, writer) = files.unzip();
    let settings = config::settings(local, &options.vars).map_err(StartError::Config)?;
    if let Some(files) = &mut files {
        files.watch_as(settings.watch, settings.poll);
    }
    let place = place(options, Some(&settings), Path::new(&owner));
    let mut source = CenterSource::new(&address, center, files);
    let (snapshot, stale_since) = match timeout(PATIENCE, source.read()).await {
        Ok(Ok(arrival)) => match config::build(&arrival.documents, &options.vars) {
            Ok(Built { table, .. }) if table.routes().is_empty() => {
                without_center(options, last_good(place.as_ref(), &options.vars), local, None)?
            }
            Ok(Built { table, .. }) => (Snapshot::first(table, owner.clone(), SystemTime::now()), None),
            Err(problems) => {
                let refusal = StartError::Refused { what: owner.clone(), problems };
                without_center(options, last_good(place.as_ref(), &options.vars), local, Some(refusal))?
            }
        },
        Ok(Err(_)) | Err(_) => {
            without_center(options, last_good(place.as_ref(), &options.vars), local, None)?
        }
    };
    // Whatever kept the center from giving a good table is told by the reload, which reads again.
    let (source, fleet) = (Source::Center(source), Some((replicas, format_of(&address.path))));
    let writer = Writer::Center(CenterWriter::new(owner.clone(), written, writer));
    Ok(First { snapshot, settings, source, writer, owner, place, stale_since, fleet })
}

/// Goes on without the center. A document that is there and wrong ends the start only if there is
/// nothing else to serve.
fn without_center(
    options: &Options,
    kept: Option<(Built, String, SystemTime)>,
    local: &[Document],
    refusal: Option<StartError>,
) -> Result<(Snapshot, Option<SystemTime>), StartError> {
    let now = SystemTime::now();
    if let Some((Built { table, .. }, origin, saved_at)) = kept {
        return Ok((Snapshot::first(table, origin, now), Some(saved_at)));
    }
    match (built(local, &options.vars), refusal) {
        (Ok((Built { table, .. }, origin)), _) if !table.routes().is_empty() => {
            Ok((Snapshot::first(table, origin, now), None))
        }
        (_, Some(refusal)) => Err(refusal),
        (_, None) => Ok((Snapshot::not_ready(now), None)),
    }
}
