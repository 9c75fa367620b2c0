//! What the commands say, each as it is told to people and to scripts, and what they refuse.

use super::planted::{TOKEN, VARIABLES, clean, home};
use crate::fake::Fake;

const AWAY: &str = "etcd://me:planted-login@127.0.0.1:1/routes.yaml?token=planted-parameter";

/// What each verb is called with, below a router that runs and in the folder of its table.
fn calls(verb: &str) -> Vec<Vec<&str>> {
    let one = |words: &[&'static str]| vec![words.to_vec()];
    match verb {
        // A table of its own, and ten seconds.
        "demo" => vec![],
        "run" => vec![vec!["--check"], vec!["--check", "-c", "bad.yaml"], vec!["--check", "--source", AWAY]],
        "check" => vec![vec![], vec!["bad.yaml"], vec!["--probe"], vec!["dbgpt.env"]],
        "chat" => vec![vec!["demo"], vec!["nobody"]],
        "init" => vec![vec!["--from-litellm", "litellm.yaml"], vec!["--from-dbgpt", "dbgpt.env"]],
        "doctor" => vec![vec![], vec!["--dbgpt", "dbgpt.env"]],
        "explain" => vec![
            vec!["other"],
            vec!["other", "--table", "routes.yaml", "-H", "authorization:Bearer sk-planted-caller"],
            vec!["demo", "--table", "bad.yaml"],
        ],
        "top" => one(&["-n", "1"]),
        "show" => vec![vec!["1"], vec!["9"]],
        "diff" => vec![vec!["other.yaml"], vec!["bad.yaml"], vec!["1"]],
        "wait" => one(&["--generation", "1", "--timeout", "1s"]),
        // The document itself is what `pull` is for: only its talk is looked at.
        "pull" => vec![vec!["--source", AWAY]],
        "push" => vec![vec!["other.yaml", "--source", AWAY], vec!["bad.yaml", "--source", AWAY]],
        "switch" => vec![vec!["demo", "filed"], vec!["demo", "away"], vec!["demo", "nobody"]],
        "weight" => one(&["third", "process=9", "bearer=1"]),
        "apply" => vec![vec!["other.yaml"], vec!["bad.yaml"]],
        "drain" | "maint" | "ready" => vec![vec!["away"], vec!["nobody"]],
        "env" => vec![vec!["dbgpt"], vec!["dbgpt-toml"], vec!["openai"]],
        "ramp" => one(&["demo", "bearer", "--every", "1h"]),
        "promote" | "pause" | "resume" | "abort" => one(&["demo"]),
        "replay" => one(&["log", "--table", "other.yaml"]),
        "completion" => one(&["bash"]),
        "status" | "ls" | "ps" | "history" | "rollback" | "reload" | "openapi" | "man" | "schema"
        | "version" | "help" => vec![vec![]],
        _ => panic!("say here what `{verb}` is to be called with"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_prints_a_key() {
    let fake = Fake::answers("well");
    let home = home(&fake.url()).with("log", "{}\n");
    let served = home.serve_with(&[], &VARIABLES).await;
    let ours = [("PATCHBAY_ADMIN", served.admin.as_str()), ("PATCHBAY_ADMIN_TOKEN", TOKEN)];
    let variables = [VARIABLES.as_slice(), &ours].concat();
    let help = home.run_with(&["help"], &variables).stdout;
    let listed = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let verbs: Vec<&str> = listed.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(verbs.len() > 35, "{help}");
    for verb in verbs {
        for words in calls(verb).into_iter().chain([vec!["--help"]]) {
            for more in [&[][..], &["--json"]] {
                let call = [&[verb][..], &words, more].concat();
                let run = home.run_with(&call, &variables);
                clean(&format!("{call:?}, exit {}, on stdout", run.code), &run.stdout);
                clean(&format!("{call:?}, exit {}, on stderr", run.code), &run.stderr);
            }
        }
    }
    let secret = [("PATCHBAY_SOURCE", AWAY), ("OPENAI_API_KEY", "sk-planted-environment")];
    for words in
        [&["--help"][..], &["run", "--help"], &["chat", "--help"], &["pull", "--help"], &["push", "--help"]]
    {
        clean(&format!("{words:?}"), &home.run_with(words, &[variables.as_slice(), &secret].concat()).stdout);
    }
}
