//! What is known of each peer: where its version stands, and how it is started.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{classic, ours, routers};
use crate::process::Start;

/// A peer as a program.
#[derive(Clone, Copy)]
pub(crate) struct Recipe {
    pub(crate) name: &'static str,
    /// Whether it takes part without being asked for.
    pub(crate) usual: bool,
    /// Whether it is too slow for loads that the others bear.
    pub(crate) slow: bool,
    /// Asks the program which one it is; nothing comes if it isn't installed.
    version: fn(&Path) -> Option<String>,
    /// Writes its configuration and tells how it is started.
    pub(super) prepare: fn(&Place) -> io::Result<Start>,
}

/// Where a peer runs.
pub(crate) struct Place {
    /// Whom it forwards to.
    pub(crate) mock: SocketAddr,
    /// Where it listens.
    pub(crate) at: SocketAddr,
    /// Where it may write.
    pub(crate) folder: PathBuf,
    /// The router that this repository makes.
    pub(crate) patchbay: PathBuf,
}

/// All of them, in the order of the tables.
pub(crate) const RECIPES: [Recipe; 10] = [
    Recipe {
        name: "relay",
        usual: false,
        slow: false,
        version: |_| Some(env!("CARGO_PKG_VERSION").to_owned()),
        prepare: classic::relay,
    },
    Recipe {
        name: "nginx",
        usual: true,
        slow: false,
        version: |_| said("nginx", &["-v"]),
        prepare: classic::nginx,
    },
    Recipe {
        name: "haproxy",
        usual: true,
        slow: false,
        version: |_| said("haproxy", &["-v"]),
        prepare: classic::haproxy,
    },
    Recipe {
        name: "haproxy-model",
        usual: true,
        slow: false,
        version: |_| said("haproxy", &["-v"]),
        prepare: classic::haproxy_model,
    },
    Recipe {
        name: "vllm-router",
        usual: true,
        slow: false,
        version: |_| routers::version("vllm-router"),
        prepare: routers::vllm_router,
    },
    Recipe {
        name: "sglang-router",
        usual: true,
        slow: false,
        version: |_| routers::version("sglang-router"),
        prepare: routers::sglang_router,
    },
    Recipe {
        name: "nemo-switchyard",
        usual: false,
        slow: false,
        version: |_| routers::version("nemo-switchyard"),
        prepare: routers::nemo_switchyard,
    },
    Recipe {
        name: "litellm",
        usual: false,
        slow: true,
        version: |_| routers::version("litellm"),
        prepare: routers::litellm,
    },
    Recipe {
        name: "patchbay-plain",
        usual: false,
        slow: false,
        version: |_| said(ours::PLAIN, &["--version"]),
        prepare: ours::plain,
    },
    Recipe {
        name: "patchbay",
        usual: true,
        slow: false,
        version: |patchbay| said(patchbay.to_str()?, &["--version"]),
        prepare: ours::patchbay,
    },
];

impl Recipe {
    /// Returns the version that is installed.
    pub(crate) fn version(&self, patchbay: &Path) -> Option<String> {
        (self.version)(patchbay)
    }
}

/// Returns the first number that a program says of itself.
pub(super) fn said(program: &str, words: &[&str]) -> Option<String> {
    let said = Command::new(program).args(words).output().ok()?;
    let text = [said.stdout, said.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let version = text.split([' ', '/', '\n']).find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    said.status.success().then(|| version.to_owned())
}
