//! Whoever goes out or comes back is told of: as an event, in the status, by `explain`.

use std::sync::atomic::Ordering;

use super::{FIRST, cause, failing, three_failures};
use crate::bench::Bench;
use crate::binary::Home;
use crate::fake::Fake;
use crate::wait::{until_so, within};

async fn until_heard(events: &mut reqwest::Response, heard: &mut String, wanted: &[&str]) {
    while !wanted.iter().all(|words| heard.contains(words)) {
        let chunk = within("an event", events.chunk()).await.unwrap().expect("the events have ended");
        heard.push_str(&String::from_utf8_lossy(&chunk));
    }
}

#[tokio::test]
async fn who_goes_out_and_comes_back_is_told_at_once_and_to_those_who_listen_later() {
    let (fake, well) = failing(503);
    let bench = Bench::new().backend("a", fake).backend("b", Fake::answers("from b"));
    let bench = bench.yaml(FIRST).start().await;
    let mut early = bench.admin("/admin/v1/events").open().await;
    let mut heard = String::new();
    until_heard(&mut early, &mut heard, &["event: live"]).await;
    assert!(!heard.contains("event: health"), "{heard}");
    three_failures(&bench).await;
    let out = ["event: health", r#""backend":"a""#, r#""condition":"out""#, "it answers status 503"];
    until_heard(&mut early, &mut heard, &out).await;
    let mut late = bench.admin("/admin/v1/events").open().await;
    until_heard(&mut late, &mut String::new(), &out).await;

    well.store(true, Ordering::Relaxed);
    until_so("the backend to be back", async || {
        bench.chat("m").text().await;
        cause(&bench, "a").is_none()
    })
    .await;
    until_heard(&mut early, &mut heard, &[r#""condition":"well""#]).await;
}

#[tokio::test]
async fn the_looking_verbs_say_who_is_out_and_why() {
    let (fake, _well) = failing(503);
    let bench = Bench::new().backend("a", fake).backend("b", Fake::answers("from b"));
    let bench = bench.yaml(FIRST).start().await;
    three_failures(&bench).await;
    let status = bench.admin("/admin/v1/status").send().await.json();
    let health = &status["backends"][0]["health"];
    assert!(["out", "trial"].contains(&health["condition"].as_str().unwrap()), "{health}");
    assert_eq!(health["reason"], "it answers status 503");
    assert!(health["since"].as_f64().unwrap() > 1e9, "{health}");

    let admin = bench.admin_url();
    let run = async |arguments: &[&'static str]| {
        let (arguments, admin) = (arguments.to_vec(), admin.clone());
        let run = move || Home::new().run(&[&arguments[..], &["--admin", &admin]].concat());
        tokio::task::spawn_blocking(run).await.unwrap().stdout
    };
    for verb in ["status", "ps"] {
        let shown = run(&[verb]).await;
        assert!(
            shown.contains("a is out for ") && shown.contains(": it answers status 503"),
            "{verb}: {shown}"
        );
    }
    let shown = run(&["explain", "m"]).await;
    assert!(shown.contains("out: it answers status 503"), "{shown}");
}
