//! What is said of a center whose login stands in its address.

use super::planted::{VARIABLES, clean};
use crate::binary::{Home, Served};
use crate::centers::client::Client;
use crate::centers::etcd::stub::EtcdStub;
use crate::fake::{Fake, Reply};
use crate::wait::{until, until_so};

const AWAY: [&str; 7] = [
    "nacos://me:planted-password@127.0.0.1:1/routes.yaml",
    "apollo://:planted-password@127.0.0.1:1/app/default/application?secret=planted-secret",
    "etcd://me:planted-password@127.0.0.1:1/routes.yaml",
    "consul://:planted-password@127.0.0.1:1/routes.yaml?token=planted-token",
    "zookeeper://me:planted-password@127.0.0.1:1/routes.yaml",
    "redis://me:planted-password@127.0.0.1:1/routes.yaml",
    "http://me:planted-password@127.0.0.1:1/routes.yaml?token=planted-token",
];

#[tokio::test(flavor = "multi_thread")]
async fn no_login_is_told_of_a_center_that_is_away() {
    for source in AWAY {
        let home = Home::new().with("routes.yaml", "models: {demo: echo://blue}\n");
        let variables =
            [VARIABLES.as_slice(), &[("RUST_LOG", "trace"), ("PATCHBAY_SOURCE", source)]].concat();
        let run = home.run_with(&["run", "--check"], &variables);
        clean(&format!("{source}: the check"), &(run.stdout + &run.stderr));
        let served = home.serve_with(&[], &variables).await;
        until("a try", || served.talk().contains("127.0.0.1:1") || served.talk().contains("onfig")).await;
        let (_, status) = served.get(&format!("{}/admin/v1/status", served.admin)).await;
        clean(&format!("{source}: the status"), &status.to_string());
        let (_, talk) = served.stop().await;
        clean(&format!("{source}: the log"), &talk);
    }
}

/// Words with a login in them, which the longest words that are passed on would cut in two.
fn repeating(login: &str) -> String {
    format!("{} {login}", "no".repeat(115))
}

async fn until_told(served: &Served, what: &str) {
    until_so("the center's fault", async || {
        let (_, status) = served.get(&format!("{}/admin/v1/status", served.admin)).await;
        clean(&format!("{what}: the status"), &status.to_string());
        status["center"]["last_error"].is_string()
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_login_is_told_of_a_center_that_repeats_it() {
    for (login, source) in [
        ("planted-password", "nacos://me:planted-password@HOST/routes.yaml"),
        ("planted-password", "etcd://me:planted-password@HOST/routes.yaml"),
        ("planted-password", "consul://:planted-password@HOST/routes.yaml"),
        ("planted-token", "consul://HOST/routes.yaml?token=planted-token"),
        ("planted-password", "http://me:planted-password@HOST/routes.yaml"),
        ("planted-secret", "apollo://HOST/app/default/application?secret=planted-secret"),
    ] {
        let center = Fake::always(Reply::whole(403, &[], repeating(login)));
        let source = source.replace("HOST", &center.authority());
        let home = Home::new();
        let served = home.serve_with(&["--source", &source], &[("RUST_LOG", "trace")]).await;
        until_told(&served, &source).await;
        let (_, talk) = served.stop().await;
        clean(&format!("{source}: the log"), &talk);
    }
}

#[tokio::test]
async fn no_login_is_told_of_a_watch_that_ends_with_it() {
    for login in ["planted-password", "planted-token.1", "nothing"] {
        let etcd = EtcdStub::start();
        etcd.state().login = Some(("me", "planted-password"));
        etcd.state().cancel_reason = Some(repeating(login));
        etcd.put("models: {}");
        let client = Client::of(&etcd.url().replace("://", "://me:planted-password@"));
        let (_, revision) = client.text().await;
        let fault = client.wait(&revision).await.unwrap_err();
        clean("the fault", &format!("{fault} {fault:?}"));
        assert_eq!(fault.to_string().contains("nothing"), login == "nothing", "{fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_login_is_told_of_a_center_that_serves() {
    let etcd = EtcdStub::start();
    etcd.state().login = Some(("me", "planted-password"));
    etcd.put("models: {demo: echo://blue}\n");
    let source = etcd.url().replace("://", "://me:planted-password@");
    let home = Home::new().with("pushed.yaml", "models: {demo: echo://red}\n");
    let served = home.serve_with(&["--source", &source], &[("RUST_LOG", "trace")]).await;
    served.until_says("demo", "blue: hi").await;
    let admin = ["--admin", &served.admin];
    for call in [&["switch", "demo", "echo://green"][..], &["status"], &["status", "--fleet"], &["history"]] {
        let run = home.run(&[call, &admin].concat());
        assert_eq!(run.code, 0, "{}", run.stderr);
        clean(&format!("{call:?}"), &(run.stdout + &run.stderr));
    }
    served.until_says("demo", "green: hi").await;
    for call in [&["pull", "--source", &source][..], &["push", "pushed.yaml", "--source", &source]] {
        let run = home.run(call);
        assert_eq!(run.code, 0, "{}", run.stderr);
        clean(&format!("{call:?}"), &(run.stdout + &run.stderr));
    }
    served.until_says("demo", "red: hi").await;
    let (_, talk) = served.stop().await;
    clean("the log", &talk);
}
