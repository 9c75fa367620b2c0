//! Where the router keeps what must outlive it.

use std::path::{Path, PathBuf};

use crate::config::Vars;

/// Returns the state folder: the configured one, else what systemd gives, else the user's own.
/// `None` if none of these is known.
#[must_use]
pub fn state_dir(configured: Option<&Path>, vars: &Vars) -> Option<PathBuf> {
    let var = |name: &str| vars.get(name).filter(|value| !value.is_empty());
    // systemd lists several folders with colons; the first is the unit's main one.
    let systemd = || var("STATE_DIRECTORY").and_then(|list| list.split(':').next()).map(PathBuf::from);
    let xdg = || var("XDG_STATE_HOME").map(|home| Path::new(home).join("patchbay"));
    let home = || var("HOME").map(|home| Path::new(home).join(".local/state/patchbay"));
    configured.map(Path::to_path_buf).or_else(systemd).or_else(xdg).or_else(home)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vars(pairs: &[(&str, &str)]) -> Vars {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_nearest_answer_wins() {
        let all = [("STATE_DIRECTORY", "/var/lib/pb:/x"), ("XDG_STATE_HOME", "/xdg"), ("HOME", "/home/u")];
        assert_eq!(state_dir(Some(Path::new("/set")), &vars(&all)), Some("/set".into()));
        assert_eq!(state_dir(None, &vars(&all)), Some("/var/lib/pb".into()));
        assert_eq!(state_dir(None, &vars(&all[1..])), Some("/xdg/patchbay".into()));
        assert_eq!(state_dir(None, &vars(&all[2..])), Some("/home/u/.local/state/patchbay".into()));
        assert_eq!(state_dir(None, &vars(&[("HOME", "")])), None);
    }
}
