//! Whether the clock can be right: certificates, tokens and the history go by it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::finding::Finding;
use super::scene::Scene;
use crate::cli::owner::Owner;

/// 2025-01-01; this program is younger.
const BEFORE_US: Duration = Duration::from_secs(1_735_689_600);

/// How far a file's time may lie ahead; network folders have clocks of their own.
const AHEAD: Duration = Duration::from_secs(60);

pub(super) fn look(scene: &Scene, findings: &mut Vec<Finding>) {
    let about = "clock";
    let fix = "set the clock: timedatectl set-ntp true";
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    if since < BEFORE_US {
        findings.push(Finding::wrong(
            about,
            "it is years behind: no certificate will be taken for valid",
            fix,
        ));
        return;
    }
    let Owner::Files { routes, dotenv } = &scene.choice.owner else { return };
    let saved = routes.iter().chain(dotenv).find_map(|file| {
        let saved = file.metadata().ok()?.modified().ok()?;
        (saved.duration_since(now).ok()? > AHEAD).then_some(file)
    });
    findings.push(match saved {
        Some(file) => Finding::warning(
            about,
            format!("{} was saved in the future, by this clock: it is behind", file.display()),
            fix,
        ),
        None => Finding::ok(about, "plausible"),
    });
}
