//! The way from a path to a file, link by link.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

const MOST_LINKS: usize = 40;

/// What a change would have to touch to make a path mean another file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Chain {
    /// The folders in which a link, the file or the first missing part is looked up. All exist.
    pub(super) folders: Vec<PathBuf>,
    /// The links, the missing part and the file, by their names in those folders.
    pub(super) names: Vec<PathBuf>,
    /// The file at the end, if there is one.
    pub(super) real: Option<PathBuf>,
}

impl Chain {
    /// Follows an absolute path as the operating system would. A path that leads nowhere gives
    /// the part up to the nearest folder that exists.
    pub(super) fn follow(path: &Path) -> Self {
        let mut chain = Self::default();
        let mut here = PathBuf::new();
        let mut rest: Vec<OsString> = parts(path);
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == "/" {
                here = PathBuf::from("/");
                continue;
            }
            if part == ".." {
                here.pop();
                continue;
            }
            let name = here.join(&part);
            match fs::symlink_metadata(&name) {
                Ok(found) if found.is_symlink() => {
                    chain.pass(&here, name.clone());
                    links += 1;
                    let Ok(target) = fs::read_link(&name) else { return chain };
                    if links > MOST_LINKS {
                        return chain;
                    }
                    rest.extend(parts(&target));
                }
                Ok(_) if rest.is_empty() => {
                    chain.pass(&here, name.clone());
                    chain.real = Some(name);
                }
                Ok(_) => here = name,
                Err(error) => {
                    if error.kind() == io::ErrorKind::NotADirectory {
                        here.pop();
                    }
                    chain.pass(&here, name);
                    return chain;
                }
            }
        }
        chain
    }

    fn pass(&mut self, folder: &Path, name: PathBuf) {
        self.folders.push(folder.to_path_buf());
        self.names.push(name);
    }
}

/// The parts of a path, last first.
fn parts(path: &Path) -> Vec<OsString> {
    let parts = path.components().filter(|part| !matches!(part, Component::CurDir));
    parts.rev().map(|part| part.as_os_str().to_owned()).collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_config_map_is_followed_through_both_links() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir(root.join("..2026")).unwrap();
        fs::write(root.join("..2026/routes.yaml"), "").unwrap();
        symlink("..2026", root.join("..data")).unwrap();
        symlink("..data/routes.yaml", root.join("routes.yaml")).unwrap();

        let chain = Chain::follow(&root.join("routes.yaml"));

        assert_eq!(chain.real, Some(root.join("..2026/routes.yaml")));
        assert_eq!(chain.folders, [root.clone(), root.clone(), root.join("..2026")]);
        assert!(chain.names.contains(&root.join("..data")));
    }

    #[test]
    fn a_missing_file_leads_to_the_nearest_folder() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();

        let chain = Chain::follow(&root.join("not/yet/routes.yaml"));

        assert_eq!(chain, Chain { folders: vec![root.clone()], names: vec![root.join("not")], real: None });
    }

    #[test]
    fn a_circle_of_links_ends() {
        let folder = tempfile::tempdir().unwrap();
        symlink("b", folder.path().join("a")).unwrap();
        symlink("a", folder.path().join("b")).unwrap();

        assert_eq!(Chain::follow(&folder.path().join("a")).real, None);
    }
}
