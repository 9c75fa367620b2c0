//! Whom connections to a backend trust, who they say they are, and what becomes of a file that
//! changes.

use patchbay::probe::{Rung, alive};
use patchbay::table::HealthCheck;

use crate::authority::Authority;
use crate::bench::{Bench, RunningBench};
use crate::fake::Fake;
use crate::fake_http2::{FakeHttp2, Manners, Turn, write_issued};
use crate::wait::{until, until_so};

/// The settings of a client certificate, as files of the fake's own folder.
fn client(fake: &FakeHttp2) -> String {
    let tls = format!(
        "tls: {{ca: {}, cert: {}, key: {}}}",
        fake.file("ca.pem"),
        fake.file("client.pem"),
        fake.file("client.key")
    );
    format!("backends:\n  a: {{url: {}, {tls}}}\nmodels:\n  m: {{to: a, retry: 0}}\n", fake.url())
}

async fn refusal(bench: &RunningBench) -> String {
    let answer = bench.chat("m").send().await;
    assert_eq!(answer.status, 502, "{}", answer.lossy());
    answer.error()
}

async fn demanding(protocols: &'static [&'static str]) -> FakeHttp2 {
    let clients = Authority::new("who signs clients");
    let issued = clients.issue("client");
    let manners = Manners {
        clients: Some(clients),
        protocols: Some(protocols),
        http1: Some(Fake::answers("hello")),
        ..Manners::default()
    };
    let fake = FakeHttp2::with(manners, |_| Turn::text("hello")).await;
    write_issued(&fake, &issued);
    fake
}

#[tokio::test]
async fn a_stranger_is_refused_with_words_that_name_what_mends_it() {
    let fake = FakeHttp2::always(Turn::text("hello")).await;
    let yaml = format!("models:\n  m: {{to: {}, retry: 0}}\n", fake.url());
    let said = refusal(&Bench::new().yaml(&yaml).start().await).await;
    assert!(said.contains("`tls: {ca: FILE}` of the backend names who else is trusted"), "{said}");
    fake.write("ca.pem", &Authority::new("somebody else").pem());
    let said = refusal(&fake.bench().await).await;
    assert!(said.contains("nobody that is trusted here has signed its certificate"), "{said}");
    assert_eq!(fake.begun(), 0);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_refused() {
    let manners = Manners { name: Some("another.example"), ..Manners::default() };
    let fake = FakeHttp2::with(manners, |_| Turn::text("hello")).await;
    let said = refusal(&fake.bench().await).await;
    assert!(said.contains("its certificate is for another name than its URL's"), "{said}");
    assert!(!said.contains("another.example"), "{said}");
}

#[tokio::test]
async fn a_certificate_that_signs_itself_can_be_named() {
    for name in ["127.0.0.1", "another.example"] {
        let issued = Authority::itself(name);
        let manners = Manners { issued: Some(issued.clone()), ..Manners::default() };
        let fake = FakeHttp2::with(manners, |_| Turn::text("hello")).await;
        let said = refusal(&fake.bench().await).await;
        assert!(said.contains("`tls: {ca: FILE}` of the backend can name that very certificate"), "{said}");
        fake.write("ca.pem", &issued.cert);
        let bench = fake.bench().await;
        if name == "127.0.0.1" {
            assert_eq!(bench.chat("m").text().await, "hello");
        } else {
            let said = refusal(&bench).await;
            assert!(said.contains("for another name than its URL's"), "{said}");
        }
        // Its twin is nobody that was named.
        fake.write("ca.pem", &Authority::itself(name).cert);
        refusal(&fake.bench().await).await;
    }
}

#[tokio::test]
async fn a_backend_may_ask_who_we_are() {
    for protocols in [&["h2"], &["http/1.1"]] {
        let fake = demanding(protocols).await;
        let said = refusal(&fake.bench().await).await;
        assert!(said.contains("`tls: {cert: FILE, key: FILE}` of the backend names one"), "{said}");
        let bench = Bench::new().yaml(&client(&fake)).start().await;
        assert_eq!(bench.chat("m").text().await, "hello");
    }
}

#[tokio::test]
async fn a_file_that_changes_brings_new_connections() {
    let fake = FakeHttp2::always(Turn::text("hello")).await;
    let own = fake.authority().pem();
    fake.write("ca.pem", &Authority::new("somebody else").pem());
    let bench = fake.bench().await;
    refusal(&bench).await;
    fake.write("ca.pem", &own);
    bench.until_generation(2).await;
    assert_eq!(bench.chat("m").text().await, "hello");
    let more = own.clone() + &Authority::new("one more").pem();
    fake.write("ca.pem", &more);
    bench.until_generation(3).await;
    let before = fake.connections();
    assert_eq!(bench.chat("m").text().await, "hello");
    assert_eq!(fake.connections(), before + 1);
    until("the earlier connection to be closed", || fake.open() == 1).await;
}

#[tokio::test]
async fn a_certificate_and_its_key_may_change_one_after_the_other() {
    let fake = demanding(&["h2"]).await;
    let bench = Bench::new().yaml(&client(&fake)).start().await;
    assert_eq!(bench.chat("m").text().await, "hello");
    let (cert, key) =
        (std::fs::read_to_string(fake.file("client.pem")), std::fs::read_to_string(fake.file("client.key")));
    fake.write("client.key", &Authority::new("x").issue("client").key);
    let told = async || {
        bench.admin("/admin/v1/status").send().await.lossy().contains("is not the key of the certificate")
    };
    until_so("the half-made change to be refused", told).await;
    assert_eq!(bench.chat("m").text().await, "hello");
    assert_eq!(bench.snapshot().generation, 1);
    fake.write("client.key", &key.unwrap());
    fake.write("client.pem", &(cert.unwrap() + "\n"));
    bench.until_generation(2).await;
    assert_eq!(bench.chat("m").text().await, "hello");
    assert_eq!(fake.connections(), 2);
}

#[tokio::test]
async fn a_health_check_trusts_as_requests_do() {
    let fake = demanding(&["h2"]).await;
    let bench = Bench::new().yaml(&client(&fake)).start().await;
    let backend = bench.snapshot().table.backends()[0].clone();
    let check = HealthCheck::default();
    alive(&backend, &check, Rung::default()).await.unwrap();
    assert_eq!(fake.received()[0].uri.path(), "/health");
    let stranger = patchbay::table::Backend { tls: None, ..backend };
    let said = alive(&stranger, &check, Rung::default()).await.unwrap_err().to_string();
    assert!(said.contains("`tls: {ca: FILE}`"), "{said}");
}
