//! The admin port over TLS: its own rules hold, and a client may have to show a certificate.

use http::Request;

use super::client::Client;
use super::{Authority, Issued};
use crate::bench::{Bench, RunningBench};
use crate::binary::Home;
use crate::wait::within;

const TABLE: &str = "models: {m: echo://m}\nserver:\n  admin_tls: {cert: cert.pem, key: key.pem}\n";

fn with_pair(bench: Bench, pair: &Issued) -> Bench {
    bench.file("cert.pem", &pair.cert).file("key.pem", &pair.key)
}

fn admin(authority: &Authority, bench: &RunningBench) -> Client {
    Client::new(authority, bench.admin_url().strip_prefix("http://").unwrap().parse().unwrap())
}

fn get(authority: &str) -> Request<()> {
    Request::get(format!("https://{authority}/admin/v1/status")).body(()).unwrap()
}

#[tokio::test]
async fn only_pages_and_names_of_the_port_itself_pass_over_tls() {
    let authority = Authority::new("ports");
    let bench = with_pair(Bench::new().yaml(TABLE), &authority.issue_here("localhost")).start().await;
    let client = admin(&authority, &bench);
    let url = client.url("/admin/v1/status");
    let own = url.strip_suffix("/admin/v1/status").unwrap();
    for (origin, status) in [(own, 200), ("https://evil.example", 403), ("null", 403)] {
        let asked = client.reqwest().get(&url).header("origin", origin).send();
        assert_eq!(within("an answer", asked).await.unwrap().status(), status, "{origin}");
    }
    let mut http2 = client.http2().await;
    for (name, status) in [("localhost:1", 200), ("127.0.0.1", 200), ("evil.example", 403)] {
        assert_eq!(http2.ask(get(name)).await.unwrap().status, status, "{name}");
    }
    let mut own = get("localhost:7");
    own.headers_mut().insert("origin", "https://localhost:7".parse().unwrap());
    assert_eq!(http2.ask(own).await.unwrap().status, 200);
}

#[tokio::test]
async fn who_has_no_certificate_of_the_client_ca_gets_no_further_than_the_handshake() {
    let (authority, clients, strangers) =
        (Authority::new("ports"), Authority::new("clients"), Authority::new("strangers"));
    let yaml = TABLE.replace("key.pem}", "key.pem, client_ca: ca.pem}");
    let bench = with_pair(Bench::new().yaml(&yaml), &authority.issue_here("localhost"));
    let bench = bench.file("ca.pem", &clients.pem()).start().await;
    let client = admin(&authority, &bench);
    let url = client.url("/admin/v1/status");
    let ask = async |client: &Client| within("an answer", client.reqwest().get(&url).send()).await;
    assert!(ask(&client).await.is_err(), "without a certificate");
    let stranger = client.clone().showing(&strangers.issue("ops"));
    assert!(ask(&stranger).await.is_err(), "with a stranger's");
    let known = client.clone().showing(&clients.issue("ops"));
    assert_eq!(ask(&known).await.unwrap().status(), 200);
    assert_eq!(known.http2().await.ask(get("localhost")).await.unwrap().status, 200);

    std::fs::write(bench.folder().join("ca.pem"), strangers.pem()).unwrap();
    crate::wait::until_so("the new authority", async || ask(&stranger).await.is_ok()).await;
    assert!(ask(&known).await.is_err(), "the earlier authority counts no more");
}

#[tokio::test]
async fn verbs_speak_with_an_admin_port_over_tls() {
    let (authority, clients) = (Authority::new("ports"), Authority::new("clients"));
    let (pair, own) = (authority.issue_here("localhost"), clients.issue("ops"));
    let table =
        TABLE.replace("key.pem}", "key.pem, client_ca: clients.pem}\n  tls: {cert: cert.pem, key: key.pem}");
    let home =
        Home::new().with("routes.yaml", &table).with("cert.pem", &pair.cert).with("key.pem", &pair.key);
    let home = home.with("clients.pem", &clients.pem()).with("ca.pem", &authority.pem());
    let home = home.with("own.pem", &own.cert).with("own.key", &own.key);
    let home = home.with("both.pem", &format!("{}{}", own.cert, own.key));
    let served = home.serve(&[]).await;
    assert!(served.api.starts_with("https://") && served.admin.starts_with("https://"), "{}", served.talk());
    assert!(served.talk().contains("curl -s https://localhost:"), "{}", served.talk());

    let admin = served.admin.as_str();
    let apart = ["status", "--admin", admin, "--ca", "ca.pem", "--cert", "own.pem", "--cert-key", "own.key"];
    assert_eq!(home.run(&apart).code, 0, "{}", home.run(&apart).stderr);
    let variables = [("PATCHBAY_ADMIN", admin), ("PATCHBAY_CA", "ca.pem"), ("PATCHBAY_CERT", "both.pem")];
    let ls = home.run_with(&["ls"], &variables);
    assert_eq!(ls.code, 0, "{}", ls.stderr);
    let chat = home.run_with(&["chat", "m"], &variables);
    assert_eq!(chat.code, 0, "{}", chat.stderr);

    let stranger = home.run(&["status", "--admin", admin, "--cert", "both.pem"]);
    assert_eq!(stranger.code, 6, "{}", stranger.stderr);
    assert!(stranger.stderr.contains("--ca FILE"), "{}", stranger.stderr);
    assert_eq!(home.run(&["status", "--admin", admin, "--ca", "ca.pem"]).code, 6);
    let wrong = home.run(&["status", "--admin", admin, "--ca", "own.key"]);
    assert_eq!(wrong.code, 2, "{}", wrong.stderr);
    let plain = home.run(&["status", "--admin", &admin.replace("https", "http")]);
    assert!(plain.stderr.contains("https://"), "{}", plain.stderr);
    assert!(home.run(&["env", "openai"]).stdout.contains("OPENAI_BASE_URL=https://127.0.0.1:9999/v1"));
}
