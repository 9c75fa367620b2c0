//! Routers for models, as their packages have them: `benches/load/peers.sh` installs them.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::recipe::{Place, said};
use crate::process::{Start, free_address};

/// Returns the version of a package.
pub(super) fn version(package: &str) -> Option<String> {
    let code = format!("import importlib.metadata as m; print(m.version('{package}'))");
    said(program(package, "python").to_str()?, &["-c", &code])
}

/// Each has an environment of its own, so that none decides on another's dependencies.
fn program(package: &str, name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers").join(package).join("bin").join(name)
}

pub(super) fn vllm_router(place: &Place) -> io::Result<Start> {
    let program = [program("vllm-router", "vllm-router").display().to_string()];
    of_workers(place, &program, "warning")
}

pub(super) fn sglang_router(place: &Place) -> io::Result<Start> {
    let python = program("sglang-router", "python").display().to_string();
    of_workers(place, &[python, "-m".into(), "sglang_router.launch_router".into()], "warn")
}

/// The two began as one program. The policy that looks at nothing is the quickest they have.
fn of_workers(place: &Place, program: &[String], level: &str) -> io::Result<Start> {
    let worker = format!("http://{}", place.mock);
    let (port, metrics) = (place.at.port().to_string(), free_address()?.port().to_string());
    let words = ["--worker-urls", &worker, "--host", "127.0.0.1", "--port", &port, "--policy", "round_robin"];
    let quiet = ["--log-level", level, "--prometheus-port", &metrics];
    let words = words.iter().chain(&quiet).map(ToString::to_string);
    Ok(Start { words: program.iter().cloned().chain(words).collect(), variables: &[] })
}

/// Switchyard's own server, which is native; the package has it as a class.
pub(super) fn nemo_switchyard(place: &Place) -> io::Result<Start> {
    let config = format!(
        "schema_version = 1\n[llm_clients.mock]\nformat = \"openai_chat\"\nbase_url = \"http://{}/v1\"\n\
         [targets.m]\nid = \"m\"\nllm_client = \"mock\"\n\
         [routes.m]\nid = \"m\"\ntype = \"passthrough\"\ntarget = \"m\"\n",
        place.mock
    );
    let file = place.folder.join("routes.toml");
    fs::write(&file, config)?;
    let code = "import signal, sys; from switchyard_rust.server import Server; \
                server = Server(sys.argv[1], port=int(sys.argv[2])); signal.pause()";
    let python = program("nemo-switchyard", "python").display().to_string();
    let words = [python, "-c".into(), code.into(), file.display().to_string(), place.at.port().to_string()];
    Ok(Start { words: words.into(), variables: &[("RUST_LOG", "warn")] })
}

pub(super) fn litellm(place: &Place) -> io::Result<Start> {
    let config = format!(
        "model_list:\n  - model_name: m\n    litellm_params: {{model: openai/m, api_base: \"http://{}/v1\", api_key: none}}\n",
        place.mock
    );
    let file = place.folder.join("litellm.yaml");
    fs::write(&file, config)?;
    let (file, port) = (file.display().to_string(), place.at.port().to_string());
    let words = ["--config", &file, "--host", "127.0.0.1", "--port", &port, "--num_workers", "1"];
    let program = program("litellm", "litellm").display().to_string();
    let words = [program].into_iter().chain(words.iter().map(ToString::to_string));
    let variables = &[
        ("LITELLM_LOG", "ERROR"),
        ("LITELLM_LOCAL_MODEL_COST_MAP", "True"),
        ("LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY", "true"),
    ];
    Ok(Start { words: words.collect(), variables })
}
