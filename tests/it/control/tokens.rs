//! Tokens of the admin port: who has one may, and their name stands in the history.

use super::TABLE;
use crate::binary::{Home, Output, Served};

const OPS: &str = "ops-token-of-20-bytes";
const CI: &str = "ci-token-of-19-bytes";

fn guarded() -> Home {
    let server = "server:\n  admin_token: {ops: '${OPS}', ci: '${CI}'}\n";
    Home::new()
        .with("routes.yaml", &format!("{server}{TABLE}"))
        .with(".env", &format!("OPS={OPS}\nCI={CI}\n"))
}

fn verb(home: &Home, served: &Served, arguments: &[&str], token: &str) -> Output {
    home.run_with(
        &[arguments, &["--admin", &served.admin]].concat(),
        &[("PATCHBAY_ADMIN_TOKEN", token), ("USER", "somebody")],
    )
}

#[tokio::test]
async fn only_who_has_a_token_may_ask_or_change_anything() {
    let home = guarded();
    let served = home.serve(&[]).await;
    let (status, body) = served.get(&format!("{}/admin/v1/status", served.admin)).await;
    assert_eq!((status, body["error"]["message"].to_string().contains("token")), (401, true), "{body}");
    for open in ["healthz", "readyz"] {
        assert_eq!(served.get(&format!("{}/{open}", served.admin)).await.0, 200);
    }
    for wrong in ["ops-token-of-20-bytez", "x", ""] {
        let run = verb(&home, &served, &["switch", "demo", "green"], wrong);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{}", run.stderr);
        assert!(run.stderr.contains("the admin port wants a token"), "{}", run.stderr);
    }
    assert!(served.says("demo").await.starts_with("blue:"));
}

#[tokio::test]
async fn the_name_of_a_token_stands_for_its_holder() {
    let home = guarded();
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["switch", "demo", "green"], CI);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let history = verb(&home, &served, &["history"], OPS);
    assert!(history.stdout.contains("ci (as somebody)"), "{}", history.stdout);
    let (_, talk) = served.stop().await;
    let said = format!("{talk}{}{}", run.stdout, history.stdout);
    assert!(!said.contains(CI) && !said.contains(OPS), "{said}");
}

#[test]
fn the_admin_port_leaves_loopback_with_a_token_only() {
    let table = |server: &str| Home::new().with("routes.yaml", &format!("server: {{{server}}}\n{TABLE}"));
    let check = |server: &str| table(server).run(&["run", "--check"]);
    assert_eq!(check("admin: '0.0.0.0:9998'").code, 78);
    let good = check(&format!("admin: '0.0.0.0:9998', admin_token: {OPS}"));
    assert_eq!(good.code, 0, "{}", good.stderr);
    let by_line = table("log: text").run(&["--listen", "127.0.0.1:0", "--admin", "0.0.0.0:0"]);
    assert_eq!(by_line.code, 78, "{}", by_line.stderr);
    assert!(by_line.stderr.contains("`server.admin_token`"), "{}", by_line.stderr);
}

#[test]
fn a_token_that_is_none_is_refused_and_not_shown() {
    for token in ["short-token", "a token with blanks", ""] {
        let home = Home::new().with("routes.yaml", &format!("server: {{admin_token: '{token}'}}\n{TABLE}"));
        let run = home.run(&["check"]);
        assert_eq!(run.code, 1, "{token}: {}", run.stdout);
        assert!(run.stderr.contains("an admin token has"), "{}", run.stderr);
        assert!(token.is_empty() || !run.stderr.contains(token), "{}", run.stderr);
    }
}
