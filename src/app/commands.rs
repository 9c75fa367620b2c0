//! What carries commands out, and what it lays over the owner's documents.

use std::sync::Arc;

use tokio::sync::Notify;

use crate::config::Guards;
use crate::control::{Controller, Overrides, Parts};
use crate::history::Records;
use crate::live::Live;
use crate::reload::Overlay;
use crate::source::Writer;

use super::options::Options;

/// Puts them together; both know the same overrides.
pub(super) fn commands(
    options: &Options,
    guards: Guards,
    live: &Arc<Live>,
    owner: Writer,
    records: &Records,
    poke: &Arc<Notify>,
) -> (Arc<Controller>, Overlay) {
    let vars = Arc::new(options.vars.clone());
    let overrides = Arc::new(Overrides::default());
    let control = Controller::new(Parts {
        live: Arc::clone(live),
        owner,
        vars: Arc::clone(&vars),
        guards,
        records: records.clone(),
        poke: Arc::clone(poke),
        overrides: Arc::clone(&overrides),
    });
    (Arc::new(control), Overlay::new(move |documents| overrides.lay(documents, &vars)))
}
