//! Has the history written without making a reload wait for the disk.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::history::DiskWriter;

/// How long a stop waits for the disk.
const LAST_SAVE: Duration = Duration::from_secs(2);

/// Owns the task that writes.
#[derive(Debug)]
pub(super) struct Keeper {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

// === impl Keeper ===

impl Keeper {
    /// Starts the task.
    pub(super) fn start(writer: DiskWriter) -> Self {
        let stop = CancellationToken::new();
        Self { task: tokio::spawn(writer.run(stop.clone())), stop }
    }

    /// Ends the task after it has written what is left.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        if tokio::time::timeout(LAST_SAVE, self.task).await.is_err() {
            tracing::warn!("the last generations were not kept: the disk does not answer");
        }
    }
}
