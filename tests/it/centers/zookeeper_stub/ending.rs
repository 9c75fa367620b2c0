//! The end of a session.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::{KEPT, Shared};

/// Ends a session, and with it its nodes: at once if that was said or it was silent, and else,
/// when the connection is lost, as late as one that is silent.
pub(super) struct Ending {
    shared: Arc<Shared>,
    session: i64,
    pub(super) is_over: bool,
    runtime: Handle,
}

impl Ending {
    pub(super) fn of(shared: &Arc<Shared>, session: i64) -> Self {
        Self { shared: Arc::clone(shared), session, is_over: false, runtime: Handle::current() }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let (shared, session) = (Arc::clone(&self.shared), self.session);
        let end = move || shared.tree.lock().unwrap().nodes.retain(|_, node| node.session != Some(session));
        if self.is_over {
            end();
        } else {
            self.runtime.spawn(async move {
                tokio::time::sleep(KEPT).await;
                end();
            });
        }
    }
}
