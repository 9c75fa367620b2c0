//! Shells complete commands and the names of a running router; the manual is made from the help.

use std::process::Command;

use crate::binary::Home;

const TABLE: &str = "models:\n  demo: echo://blue\n  deep: echo://deep\n  other: echo://other\n";

/// Runs a shell with this binary in its path; `None`, said loudly, where the shell is missing.
fn shell(name: &str, script: &str, admin: &str) -> Option<String> {
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_patchbay"));
    let path = std::env::join_paths(
        std::iter::once(binary.parent().unwrap().to_owned())
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let mut run = Command::new(name);
    run.arg("-c").arg(script).env("PATH", path.unwrap()).env("PATCHBAY_ADMIN", admin);
    let output = match run.env_remove("NO_COLOR").output() {
        Ok(output) => output,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            eprintln!("SKIPPED: {name} is not installed; its completion script was not loaded");
            return None;
        }
        Err(error) => panic!("{name}: {error}"),
    };
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && errors.is_empty(), "{name}: {} {errors}", output.status);
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn bash_completes_the_models_of_the_running_router() {
    let served = Home::new().with("routes.yaml", TABLE).serve(&[]).await;
    let script = "source <(patchbay completion bash); complete -p patchbay; \
        COMP_WORDS=(patchbay explain de); COMP_CWORD=2; COMP_TYPE=9; _clap_complete_patchbay patchbay de explain; \
        printf '%s\\n' \"${COMPREPLY[@]}\"; \
        COMP_WORDS=(patchbay switch demo ot); COMP_CWORD=3; _clap_complete_patchbay patchbay ot demo; \
        printf 'backend %s\\n' \"${COMPREPLY[@]}\"";
    let Some(said) = shell("bash", script, &served.admin) else { return };
    let (said, backends) = said.split_once("backend ").unwrap();
    assert!(backends.contains("other") && !backends.contains("demo"), "{backends}");
    assert!(said.starts_with("complete "), "{said}");
    assert!(said.contains("\ndemo") && said.contains("deep") && !said.contains("other"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn fish_completes_the_models_of_the_running_router() {
    let served = Home::new().with("routes.yaml", TABLE).serve(&[]).await;
    let script = "patchbay completion fish | source; complete -C 'patchbay explain de'";
    let Some(said) = shell("fish", script, &served.admin) else { return };
    assert!(said.contains("demo") && said.contains("deep") && !said.contains("other"), "{said}");
}

#[test]
fn zsh_loads_its_script() {
    let script = "autoload -U compinit && compinit -D -u && source <(patchbay completion zsh) && \
        print -r -- ${_comps[patchbay]}";
    let Some(said) = shell("zsh", script, "127.0.0.1:1") else { return };
    assert!(said.contains("patchbay"), "{said}");
}

#[test]
fn a_command_is_completed_without_a_router() {
    let script = "source <(patchbay completion bash); COMP_WORDS=(patchbay expl); COMP_CWORD=1; COMP_TYPE=9; \
        _clap_complete_patchbay patchbay expl patchbay; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let Some(said) = shell("bash", script, "127.0.0.1:1") else { return };
    assert!(said.contains("explain"), "{said}");
}

#[test]
fn the_manual_has_a_page_for_patchbay_and_for_each_command() {
    let home = Home::new();
    let main = home.run(&["man"]);
    assert_eq!(main.code, 0, "{}", main.stderr);
    assert!(main.stdout.contains(".TH patchbay 1") && main.stdout.contains("explain"), "{}", main.stdout);
    let verb = home.run(&["man", "replay"]);
    assert!(verb.stdout.contains("patchbay\\-replay"), "{}", verb.stdout);
    assert_eq!(home.run(&["man", "nothing"]).code, 2);
}
