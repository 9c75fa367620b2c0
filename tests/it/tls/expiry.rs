//! A certificate whose time is over, is yet to come, or ends soon is told of, and shown all the same.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use super::{Authority, Issued, client, encrypted};
use crate::binary::Home;
use crate::wait::{until, until_so};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Certificates that need somebody, each with what is said of it.
fn in_need(authority: &Authority) -> [(Issued, &'static str); 3] {
    let now = SystemTime::now();
    let issue = |from, until| authority.issue_between("localhost", from, until);
    [
        (issue(now - 90 * DAY, now - DAY), "expired on 20"),
        (issue(now + DAY, now + 90 * DAY), "isn't valid before 20"),
        (issue(now - 80 * DAY, now + 10 * DAY), "expires on 20"),
    ]
}

async fn warnings(admin: &str) -> String {
    let status: Value = reqwest::get(format!("{admin}/admin/v1/status")).await.unwrap().json().await.unwrap();
    status["warnings"].to_string()
}

const TABLE: &str = "\
models: {m: echo://m}
server:
  tls: {cert: cert.pem, key: key.pem}
  listen: 127.0.0.1:0
  admin: 127.0.0.1:0
";

fn home(pair: &Issued) -> Home {
    Home::new().with("routes.yaml", TABLE).with("cert.pem", &pair.cert).with("key.pem", &pair.key)
}

#[tokio::test]
async fn it_is_told_in_the_log_and_in_the_status_and_serves_until_it_is_renewed() {
    let authority = Authority::new("ports");
    for (pair, told) in in_need(&authority) {
        let home = home(&pair);
        let served = home.serve(&[]).await;
        let told = format!("`server.tls.cert`: cert.pem {told}");
        until("a line of the log", || served.talk().contains(&told)).await;
        until_so("a warning", async || warnings(&served.admin).await.contains(&told)).await;
        assert!(home.run(&["status", "--admin", &served.admin]).stdout.contains(&told));
        // Whoever connects decides.
        let careless = reqwest::Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).build();
        let asked = careless.unwrap().post(format!("{}/v1/chat/completions", served.api));
        let asked = asked.body(r#"{"model":"m","messages":[]}"#).send();
        assert_eq!(asked.await.unwrap().status(), 200);

        let next = authority.issue_here("localhost");
        home.write("cert.pem", &next.cert);
        home.write("key.pem", &next.key);
        until_so("no more warnings", async || warnings(&served.admin).await == "[]").await;
        let (_, talk) = served.stop().await;
        assert_eq!(talk.matches(&told).count(), 1, "told again and again: {talk}");
    }
}

#[tokio::test]
async fn a_renewal_that_ends_soon_is_told_when_it_is_taken() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: echo://m").start().await;
    let [_, _, (soon, told)] = in_need(&authority);
    std::fs::write(bench.folder().join("cert.pem"), &soon.cert).unwrap();
    std::fs::write(bench.folder().join("key.pem"), &soon.key).unwrap();
    until_so("a warning", async || warnings(&bench.admin_url()).await.contains(told)).await;
    assert_eq!(client(&authority, &bench).http2().await.says("m").await.status, 200);
}

#[test]
fn check_and_doctor_warn_of_it() {
    let authority = Authority::new("ports");
    for (pair, told) in in_need(&authority) {
        let home = home(&pair);
        let check = home.run(&["check"]);
        assert_eq!(check.code, 0, "{}", check.stderr);
        let told = format!("`server.tls.cert`: cert.pem {told}");
        let begins = format!("warning[W105]: {told}");
        assert!(check.stderr.contains(&begins), "{}", check.stderr);
        assert!(check.stderr.contains("--> routes.yaml:3:15\n"), "{}", check.stderr);
        assert_eq!(home.run(&["check", "--strict"]).code, 1);
        let doctor = home.run(&["doctor"]);
        assert_eq!(doctor.code, 0, "{}", doctor.stdout);
        assert!(doctor.stdout.contains(&format!("warning  certificates   {told}")), "{}", doctor.stdout);
    }
    let good = home(&authority.issue_here("localhost"));
    assert_eq!(good.run(&["check", "--strict"]).code, 0);
    assert!(good.run(&["doctor"]).stdout.contains("no one ends within two weeks"));
}

#[test]
fn a_file_that_is_of_no_use_is_pointed_at() {
    let authority = Authority::new("ports");
    let home = home(&authority.issue_here("localhost"));
    home.write("key.pem", "nothing");
    let check = home.run(&["check"]);
    insta::assert_snapshot!(check.stderr, @"
    error[E125]: `server.tls.key`: key.pem has no private key in it
      --> routes.yaml:3:30
       |
     3 |   tls: {cert: cert.pem, key: key.pem}
       |                              ^^^^^^^
       = help: a PEM file with `-----BEGIN PRIVATE KEY-----` is wanted
    routes.yaml: refused, 1 problem
    ");
    let run = home.run(&["run"]);
    assert!(
        run.stderr.starts_with(check.stderr.split("routes.yaml: refused").next().unwrap()),
        "{}",
        run.stderr
    );
    std::fs::remove_file(home.path().join("cert.pem")).unwrap();
    std::fs::create_dir(home.path().join("cert.pem")).unwrap();
    insta::assert_snapshot!(home.run(&["check"]).stderr, @"
    error[E125]: cert.pem is a folder, not a regular file
      --> routes.yaml:3:15
       |
     3 |   tls: {cert: cert.pem, key: key.pem}
       |               ^^^^^^^^
       = help: a container engine makes a folder where the mounted file did not exist; mount its folder instead
    routes.yaml: refused, 1 problem
    ");
}

#[tokio::test]
async fn what_is_shown_to_backends_is_looked_at_as_well() {
    let authority = Authority::new("ports");
    let [(over, told), ..] = in_need(&authority);
    let table = "\
models: {m: a}
backends:
  a: {url: 'https://127.0.0.1:1,https://127.0.0.1:2', tls: {cert: cert.pem, key: key.pem}}
server: {admin: 127.0.0.1:0}
";
    let home = home(&over).with("routes.yaml", table);
    let told = format!("backend `a`: `tls.cert`: cert.pem {told}");
    let check = home.run(&["check"]);
    assert_eq!((check.code, check.stderr.matches(&told).count()), (0, 1), "{}", check.stderr);
    assert!(check.stderr.contains("--> routes.yaml:3:67\n"), "{}", check.stderr);
    let served = home.serve(&[]).await;
    until_so("a warning", async || warnings(&served.admin).await.contains(&told)).await;
    until("a line of the log", || served.talk().contains(&told)).await;
    let next = authority.issue("client");
    home.write("cert.pem", &next.cert);
    home.write("key.pem", &next.key);
    until_so("no more warnings", async || warnings(&served.admin).await == "[]").await;
}
