//! How saves are noticed.

use super::finding::Finding;
use super::scene::Scene;
use crate::app::{PollingReason, Watching, watch_trial};

pub(super) async fn look(scene: &Scene, findings: &mut Vec<Finding>) {
    let about = "file watching";
    let Some(watching) = watch_trial(&scene.choice.owner, &scene.server).await else { return };
    let every = scene.server.poll;
    findings.push(match watching {
        Watching::Events => Finding::ok(about, format!("by events{}", limits())),
        Watching::Polling(PollingReason::Asked) => {
            Finding::ok(about, format!("a look every {every:?}, as `server.watch` says"))
        }
        Watching::Polling(reason @ PollingReason::NoWatchesLeft) => Finding::warning(
            about,
            format!("a look every {every:?}: {reason}{}", limits()),
            "sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=524288",
        ),
        Watching::Polling(reason) => Finding::warning(
            about,
            format!("a look every {every:?}: {reason}"),
            "it works, a little later; `server.watch: {mode: poll, interval: 500ms}` looks more often",
        ),
    });
}

/// The system's limits, where it has them.
fn limits() -> String {
    let limit = |name: &str| {
        let text = std::fs::read_to_string(format!("/proc/sys/fs/inotify/{name}")).ok()?;
        text.trim().parse::<u64>().ok()
    };
    match (limit("max_user_instances"), limit("max_user_watches")) {
        (Some(instances), Some(watches)) => {
            format!("; this user may have {instances} watchers and {watches} watches")
        }
        _ => String::new(),
    }
}
