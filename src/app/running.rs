//! A router that serves.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::config::ServerSettings;
use crate::front::StopReport;
use crate::live::Live;

/// A router that serves. Dropping it leaves its tasks alone; [`stop`](Self::stop) ends them.
#[derive(Debug)]
pub struct Running {
    /// The data port's address.
    pub data: SocketAddr,
    /// The admin port's address.
    pub admin: SocketAddr,
    /// The table, and the news about it.
    pub live: Arc<Live>,
    /// The settings that it runs with.
    pub settings: ServerSettings,
    /// The config center that owns the table, without its login; `None` if files own it.
    pub center: Option<String>,
    /// How the owner is watched.
    pub watching: String,
    /// When the last good documents were kept, if the router had to begin with those.
    pub stale_since: Option<SystemTime>,
    pub(super) reread: Arc<Notify>,
    pub(super) stop_serving: CancellationToken,
    pub(super) stop_rest: CancellationToken,
    pub(super) data_task: JoinHandle<StopReport>,
    pub(super) rest: JoinSet<()>,
}

// === impl Running ===

impl Running {
    /// Has the sources read again now, as after SIGHUP.
    pub fn reread(&self) {
        self.reread.notify_one();
    }

    /// Waits until a part of the router has died, which none should before it is told to.
    pub async fn failed(&mut self) {
        if self.rest.join_next().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Stops in order: no new connections, then the requests in flight, then everything else.
    pub async fn stop(self) -> StopReport {
        self.stop_serving.cancel();
        let report = self.data_task.await.unwrap_or(StopReport { cut: 0 });
        self.stop_rest.cancel();
        let mut rest = self.rest;
        while rest.join_next().await.is_some() {}
        report
    }
}
