//! Whether the owner's files and the state folder can be written, and who can read keys.

use std::path::Path;

use super::finding::Finding;
use super::scene::Scene;
use crate::app::state_dir;
use crate::cli::owner::Owner;

pub(super) fn look(scene: &Scene, findings: &mut Vec<Finding>) {
    if let Owner::Files { routes, dotenv } = &scene.choice.owner {
        let owner = routes.as_ref().or(dotenv.as_ref());
        findings.extend(owner.filter(|file| file.exists()).map(|file| owner_file(file)));
        findings.extend(dotenv.as_ref().filter(|file| file.exists()).and_then(|file| keys(file)));
    }
    let ports = [&scene.server.tls, &scene.server.admin_tls].into_iter().flatten();
    findings.extend(ports.filter_map(|files| keys(&scene.choice.owner.folder().join(&files.key))));
    findings.push(state(scene));
}

fn owner_file(file: &Path) -> Finding {
    let (about, name) = ("owner file", file.display());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (may_write(file), may_write(folder)) {
        (true, true) => Finding::ok(about, format!("{name} can be written")),
        (true, false) => Finding::ok(
            about,
            format!("{name} can be written in place; its folder can't, so nothing can be put beside it"),
        ),
        (false, _) => Finding::warning(
            about,
            format!("{name} can't be written by this user, so no command can change the table"),
            format!(
                "chown the file to the router's user, or chmod u+w {name}; edits by its owner still go live"
            ),
        ),
    }
}

/// A `.env` holds keys as a rule, and the file of a port's key always.
#[cfg(unix)]
fn keys(file: &Path) -> Option<Finding> {
    use std::os::unix::fs::MetadataExt;

    let mode = file.metadata().ok()?.mode() & 0o777;
    let name = file.display();
    let open = mode & 0o044 != 0;
    open.then(|| {
        Finding::warning(
            "keys",
            format!("{name} has mode {mode:03o}: others on this machine can read the keys in it"),
            format!("chmod 600 {name}"),
        )
    })
}

#[cfg(not(unix))]
fn keys(_file: &Path) -> Option<Finding> {
    None
}

fn state(scene: &Scene) -> Finding {
    let about = "state folder";
    let Some(folder) = state_dir(scene.server.state_dir.as_deref(), &scene.vars) else {
        return Finding::warning(
            about,
            "none is known: neither `server.state_dir` nor STATE_DIRECTORY, XDG_STATE_HOME or HOME is set",
            "set `server.state_dir`; without it there is no history, and no last good table at a cold start",
        );
    };
    let here = Path::new(".");
    let mut parents = folder.ancestors().map(|path| if path.as_os_str().is_empty() { here } else { path });
    let there = parents.find(|path| path.exists());
    let name = folder.display();
    match there {
        Some(there) if there == folder && may_write(there) => {
            Finding::ok(about, format!("{name} can be written"))
        }
        Some(there) if may_write(there) && there.is_dir() => {
            Finding::ok(about, format!("{name} isn't there yet and can be made"))
        }
        _ => Finding::wrong(
            about,
            format!("{name} can't be written: history and the last good table would be lost"),
            format!("mkdir -p {name} as the router's user, or set `server.state_dir`"),
        ),
    }
}

#[cfg(unix)]
fn may_write(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

#[cfg(not(unix))]
fn may_write(path: &Path) -> bool {
    path.metadata().is_ok_and(|found| !found.permissions().readonly())
}
