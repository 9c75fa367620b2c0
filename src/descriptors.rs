//! Makes room for connections: every client and every backend's connection is a descriptor.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the soft limit of descriptors to the hard one, as nginx and Go's programs do: the soft one
/// is mostly 1024, for programs that use `select`.
pub fn raise_limit() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        tracing::debug!(descriptors = current, "as many descriptors as may be");
        return;
    }
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => tracing::debug!(from = current, to = maximum, "raised the limit of descriptors"),
        Err(error) => tracing::debug!(%error, limit = current, "the limit of descriptors stays as it is"),
    }
}
