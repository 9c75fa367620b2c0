//! A command asks new backends before it writes, wakes those that sleep, and lets the old ones rest.

use super::{generation, verb};
use crate::binary::{Home, Output, Served};
use crate::failover::nobody;
use crate::fake::{Fake, Reply};
use crate::wait::{until, until_still, within};

/// A table with `demo` on blue, and `more` among the settings of each.
fn table(blue: &str, green: &str, more: [&str; 2]) -> String {
    let [blue_more, green_more] = more;
    format!(
        "models:\n  demo: blue   # the everyday model\nbackends:\n  blue: {{url: '{blue}'{blue_more}}}\n  \
         green: {{url: '{green}'{green_more}}}\n"
    )
}

/// Runs a verb while the backends of this runtime go on.
fn switch(home: &Home, served: &Served, arguments: &[&str]) -> Output {
    tokio::task::block_in_place(|| verb(home, served, &[&["switch", "demo"], arguments].concat()))
}

fn posts(fake: &Fake, path: &str) -> usize {
    fake.received().iter().filter(|request| request.method == "POST" && request.path == path).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_to_a_dead_backend_changes_nothing() {
    let (_held, address) = nobody();
    let text = table("echo://blue", &format!("http://{address}"), ["", ""]);
    let home = Home::new().with("routes.yaml", &text);
    let served = home.serve(&[]).await;
    let run = switch(&home, &served, &["green"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(
        run.stderr.contains("backend `green` isn't ready for `demo`: the backend refused the connection"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("--no-probe"), "{}", run.stderr);
    assert_eq!((home.read("routes.yaml"), generation(&served).await), (text, 1));
    assert!(served.says("demo").await.starts_with("blue:"));
    let dry = switch(&home, &served, &["green", "--dry-run"]);
    assert_eq!(dry.code, 0, "a dry run asks nobody: {}", dry.stderr);
    let run = switch(&home, &served, &["green", "--no-probe"]);
    assert_eq!((run.code, generation(&served).await), (0, 2), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_refuses_the_model_refuses_the_switch() {
    let green = Fake::always(Reply::error(401, "wrong key sk-very-secret"));
    let text = table("echo://blue", &green.url(), ["", ", key: sk-very-secret"]);
    let home = Home::new().with("routes.yaml", &text);
    let served = home.serve(&[]).await;
    let run = switch(&home, &served, &["green"]);
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("answered 401 for model `demo`: wrong key ••••"), "{}", run.stderr);
    assert_eq!(home.read("routes.yaml"), text);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_dead_member_of_a_pool_is_only_told_of() {
    let (_held, address) = nobody();
    let green = Fake::answers("green");
    let pool = format!("{}, http://{address}", green.url());
    let home = Home::new().with("routes.yaml", &table("echo://blue", &pool, ["", ""]));
    let served = home.serve(&[]).await;
    let run = switch(&home, &served, &["green"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("note: backend `green#2` isn't ready for `demo`"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sleeping_backend_is_woken_before_it_gets_requests() {
    let woken = std::sync::atomic::AtomicBool::new(false);
    let green = Fake::choosing(move |request| match request.path.as_str() {
        "/wake_up" => {
            woken.store(true, std::sync::atomic::Ordering::SeqCst);
            Reply::json(200, "{}")
        }
        "/v1/chat/completions" if woken.load(std::sync::atomic::Ordering::SeqCst) => Reply::text("green"),
        _ => Reply::error(503, "asleep"),
    });
    let prepare = ", prepare: {post: /wake_up, body: {tags: [weights]}, wait: 20s}";
    let home = Home::new().with("routes.yaml", &table("echo://blue", &green.url(), ["", prepare]));
    let served = home.serve(&[]).await;
    let run = switch(&home, &served, &["green"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(green.received()[0].path, "/wake_up");
    assert_eq!(green.received()[0].json(), serde_json::json!({"tags": ["weights"]}));
    assert_eq!(served.says("demo").await, "green");

    // A rollback brings it back into use: it may sleep again.
    assert_eq!(switch(&home, &served, &["blue"]).code, 0);
    let run = tokio::task::block_in_place(|| verb(&home, &served, &["rollback"]));
    assert_eq!((run.code, posts(&green, "/wake_up")), (0, 2), "{}", run.stderr);
}

/// Asks for a stream and leaves it open.
async fn open_stream(served: &Served) -> reqwest::Response {
    let body = serde_json::json!({"model": "demo", "stream": true, "messages": []});
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/v1/chat/completions", served.api);
    within("an answer", client.post(url).json(&body).send()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_backend_rests_once_its_last_stream_has_ended() {
    let blue = Fake::in_turn([Reply::stream(["a", "b"]).pausing_after(1), Reply::json(200, "{}")]);
    let release = ", release: {post: '/sleep?level=1', body: {mode: wait}}";
    let home = Home::new().with("routes.yaml", &table(&blue.url(), "echo://green", [release, ""]));
    let served = home.serve(&[]).await;
    let open = open_stream(&served).await;
    assert_eq!(switch(&home, &served, &["green"]).code, 0);
    assert!(served.says("demo").await.starts_with("green:"));
    assert_eq!(posts(&blue, "/sleep?level=1"), 0, "a stream is still open");
    blue.resume();
    within("the rest", open.bytes()).await.unwrap();
    until("the release", || posts(&blue, "/sleep?level=1") == 1).await;
    assert_eq!(blue.last().json(), serde_json::json!({"mode": "wait"}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backend_that_is_asked_again_does_not_rest() {
    let blue = Fake::in_turn([Reply::stream(["a", "b"]).pausing_after(1), Reply::text("blue")]);
    let release = ", release: /sleep";
    let home = Home::new().with("routes.yaml", &table(&blue.url(), "echo://green", [release, ""]));
    let served = home.serve(&[]).await;
    let open = open_stream(&served).await;
    assert_eq!(switch(&home, &served, &["green"]).code, 0);
    assert_eq!(switch(&home, &served, &["blue"]).code, 0);
    blue.resume();
    within("the rest", open.bytes()).await.unwrap();
    assert_eq!(until_still("the releases", || posts(&blue, "/sleep")).await, 0);
    assert_eq!(served.says("demo").await, "blue");
}
