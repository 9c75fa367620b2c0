//! Who owns the table: chosen once, by what is there.

use std::path::{Path, PathBuf};

use super::documents;
pub(super) use crate::app::Owner;

/// Parts of variables without which a `.env` can't be a table: DB-GPT's two, in their main and
/// their per-model spelling, and ours.
const TABLE_VARIABLES: [&str; 3] = ["PROXY_SERVER_URL", "PROXYLLM_BACKEND", "PATCHBAY_MODELS"];

/// What the command line says on it.
#[derive(Debug, Clone, Default)]
pub(super) struct Wish {
    /// `-c FILE`.
    pub(super) config: Option<PathBuf>,
    /// `--env FILE`.
    pub(super) env: Option<PathBuf>,
    /// Whether `--source` names a config center; any `.env` then supplies values.
    pub(super) has_source: bool,
}

/// The owner, and what was found beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) owner: Owner,
    /// What is there and could own the table too, but doesn't.
    pub(super) unused: Vec<String>,
}

impl Choice {
    /// Chooses: `-c FILE` or ./routes.yaml, then a `.env` with DB-GPT's names, then the demo.
    ///
    /// Without `--env`, the `.env` beside the routes file supplies its values.
    pub(super) fn of(wish: &Wish, folder: &Path) -> Self {
        let present = |path: PathBuf| path.symlink_metadata().is_ok().then_some(path);
        let here = present(folder.join("routes.yaml"));
        let Some(routes) = wish.config.clone().or_else(|| here.clone()) else {
            let found = || present(folder.join(".env")).filter(|file| wish.has_source || names_models(file));
            let dotenv = wish.env.clone().or_else(found);
            let owner = match dotenv {
                Some(file) => Owner::Files { routes: None, dotenv: Some(file) },
                None => Owner::Demo,
            };
            return Self { owner, unused: Vec::new() };
        };
        // It need not be there yet: the router sees it come.
        let beside = || routes.parent().unwrap_or(folder).join(".env");
        let dotenv = Some(wish.env.clone().unwrap_or_else(beside));
        let passed_over = here.filter(|here| !is_same(here, &routes));
        let unused = passed_over.map(|file| file.display().to_string()).into_iter().collect();
        Self { owner: Owner::Files { routes: Some(routes), dotenv }, unused }
    }

    /// Takes a file that was named, be it a table or DB-GPT's `.env`; or chooses as `run` would.
    pub(super) fn of_file(file: Option<&Path>, env: Option<PathBuf>) -> Self {
        let Some(dotenv) = file.filter(|file| is_dotenv(file)) else {
            return Self::of(
                &Wish { config: file.map(Path::to_owned), env, has_source: false },
                Path::new(""),
            );
        };
        let owner = Owner::Files { routes: None, dotenv: Some(dotenv.to_owned()) };
        Self { owner, unused: Vec::new() }
    }

    /// What people call the owner.
    pub(super) fn name(&self) -> String {
        match &self.owner {
            Owner::Demo => "the built-in demo".to_owned(),
            Owner::Files { routes, dotenv } => {
                let file = routes.as_ref().or(dotenv.as_ref());
                file.map(|file| file.display().to_string()).unwrap_or_default()
            }
        }
    }
}

fn is_dotenv(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "env")
        || file.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".env"))
}

fn is_same(one: &Path, other: &Path) -> bool {
    match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    }
}

/// Tells whether a `.env` is about models at all; many a folder has one for something else.
fn names_models(file: &Path) -> bool {
    let text = documents::bytes_of(file).unwrap_or_default();
    String::from_utf8_lossy(&text).lines().any(|line| {
        let line = line.trim_start_matches('\u{feff}').trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, _)) = line.split_once('=') else { return false };
        let name = name.trim().to_ascii_uppercase();
        !name.starts_with('#') && TABLE_VARIABLES.iter().any(|variable| name.ends_with(variable))
    })
}
