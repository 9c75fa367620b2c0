//! A new certificate is taken while connections live, as soon as its key fits.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::Value;

use super::client::Client;
use super::{Authority, Issued, client, encrypted};
use crate::bench::RunningBench;
use crate::binary::Home;
use crate::fake::{Fake, Reply};
use crate::wait::until_so;

/// The bytes of a certificate, as a handshake shows them.
fn bytes(pair: &Issued) -> Vec<u8> {
    CertificateDer::from_pem_slice(pair.cert.as_bytes()).unwrap().to_vec()
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

async fn until_shown(client: &Client, pair: &Issued) {
    until_so("the new certificate", async || client.shown().await == bytes(pair)).await;
}

async fn warnings(bench: &RunningBench) -> String {
    bench.admin("/admin/v1/status").send().await.json()["warnings"].to_string()
}

async fn until_warned(bench: &RunningBench, of: &str) {
    until_so(of, async || warnings(bench).await.contains(of)).await;
}

#[tokio::test]
async fn a_new_pair_is_taken_whichever_of_its_files_comes_first() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: {a}").backend("a", Fake::answers("hello")).start().await;
    let client = client(&authority, &bench);
    let mut lasting = client.http2().await;
    for first in ["cert.pem", "key.pem"] {
        let before = client.shown().await;
        let next = authority.issue_here("localhost");
        let (first, second) = match first {
            "cert.pem" => (("cert.pem", &next.cert), ("key.pem", &next.key)),
            _ => (("key.pem", &next.key), ("cert.pem", &next.cert)),
        };
        write(bench.folder(), first.0, first.1);
        until_warned(&bench, "is not the key of the certificate").await;
        assert_eq!(client.shown().await, before);
        write(bench.folder(), second.0, second.1);
        until_shown(&client, &next).await;
        until_so("no more warnings", async || warnings(&bench).await == "[]").await;
        assert_eq!(lasting.says("m").await.status, 200);
    }
}

#[tokio::test]
async fn a_broken_file_keeps_the_certificate_from_before_and_refuses_no_table() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: {a}").backend("a", Fake::answers("hello"));
    let bench = bench.backend("b", Fake::answers("there")).start().await;
    let client = client(&authority, &bench);
    let before = client.shown().await;
    let next = authority.issue_here("localhost");
    write(bench.folder(), "cert.pem", &next.cert[..next.cert.len() / 2]);
    until_warned(&bench, "no usable certificate").await;
    bench.save_and_wait(&super::table("m: {b}")).await;
    assert!(client.http2().await.says("m").await.text.contains("there"));
    std::fs::remove_file(bench.folder().join("cert.pem")).unwrap();
    until_warned(&bench, "does not exist").await;
    assert_eq!(client.shown().await, before);
    write(bench.folder(), "key.pem", &next.key);
    write(bench.folder(), "cert.pem", &next.cert);
    until_shown(&client, &next).await;
    until_so("no more warnings", async || warnings(&bench).await == "[]").await;
}

#[tokio::test]
async fn who_asks_for_a_reload_has_the_certificates_read_too() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: echo://m").start().await;
    let client = client(&authority, &bench);
    let next = authority.issue_here("localhost");
    write(bench.folder(), "cert.pem", &next.cert);
    write(bench.folder(), "key.pem", &next.key);
    let reload = bench.admin("/admin/v1/reload").method("POST").header("if-match", "*");
    assert_eq!(reload.send().await.status, 200);
    assert_eq!(client.shown().await, bytes(&next));
}

#[tokio::test]
async fn another_file_asks_for_a_restart() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: echo://m").start().await;
    let before = client(&authority, &bench).shown().await;
    let other = authority.issue_here("localhost");
    write(bench.folder(), "other.pem", &format!("{}{}", other.cert, other.key));
    bench.save("models: {m: echo://m}\nserver: {tls: {cert: other.pem, key: other.pem}}\n");
    until_so("a restart to be asked for", async || {
        let status = bench.admin("/admin/v1/status").send().await.json();
        status["restart_needed"] == serde_json::json!(["server.tls"])
    })
    .await;
    assert_eq!(client(&authority, &bench).shown().await, before);
}

#[tokio::test]
async fn the_local_file_names_the_certificates_where_a_center_owns_the_table() {
    let authority = Authority::new("ports");
    let (first, next) = (authority.issue_here("localhost"), authority.issue_here("localhost"));
    let document = Reply::whole(200, &[("content-type", "application/yaml")], "models: {m: echo://m}\n");
    let center = Fake::always(document);
    let home = Home::new().with("conf.yaml", "server: {tls: {cert: tls/cert.pem, key: tls/key.pem}}\n");
    std::fs::create_dir(home.path().join("tls")).unwrap();
    home.write("tls/cert.pem", &first.cert);
    home.write("tls/key.pem", &first.key);
    let source = format!("{}/routes.yaml", center.url().trim_end_matches("/v1"));
    let served = home.serve(&["-c", "conf.yaml", "--source", &source]).await;
    let port = served.api.strip_prefix("https://").unwrap().parse().unwrap();
    let client = Client::new(&authority, port);
    assert_eq!(client.shown().await, bytes(&first));
    assert_eq!(client.http2().await.says("m").await.status, 200);
    home.write("tls/cert.pem", &next.cert);
    home.write("tls/key.pem", &next.key);
    until_shown(&client, &next).await;
    let (_, status): (u16, Value) = served.get(&format!("{}/admin/v1/status", served.admin)).await;
    assert_eq!(status["warnings"].to_string(), "[]");
}
