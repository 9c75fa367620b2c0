//! Backends that are taken out of service: nothing new reaches them, what they have they finish.

use super::{TABLE, verb};
use crate::binary::{Home, Served};
use crate::fake::Fake;
use crate::wait::{until, within};

/// A table with `demo` on two backends.
fn pair(blue: &Fake, green: &Fake) -> String {
    format!(
        "models:\n  demo: [blue, green]\nbackends:\n  blue: {}   # the old card\n  green: {}\n",
        blue.url(),
        green.url()
    )
}

/// Begins a stream, which the backend doesn't end yet.
async fn stream(served: &Served) -> reqwest::Response {
    let body = serde_json::json!({"model": "demo", "stream": true, "messages": []});
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/v1/chat/completions", served.api);
    let answer = within("an answer", client.post(url).json(&body).send()).await.unwrap();
    assert_eq!(answer.status(), 200);
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_ends_when_nothing_is_in_flight_and_nothing_new_has_come() {
    let blue = Fake::streams(["a", "b"]).pausing_after(1);
    let green = Fake::answers("green");
    let home = Home::new().with("routes.yaml", &pair(&blue, &green));
    let served = home.serve(&[]).await;
    let mut open = stream(&served).await;
    while !open.headers()["x-patchbay-backend"].to_str().unwrap().starts_with("blue") {
        open = stream(&served).await;
    }
    let before = blue.count();
    let output = tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            let drain = scope.spawn(|| verb(&home, &served, &["drain", "blue", "--wait"]));
            let handle = tokio::runtime::Handle::current();
            handle.block_on(async {
                until("the state", || home.read("routes.yaml").contains("state: drain")).await;
                until("the new generation", || served.talk().contains("generation 2 live")).await;
                for _ in 0..10 {
                    assert_eq!(served.says("demo").await, "green");
                }
                assert!(!drain.is_finished(), "it ended while a stream was open");
                blue.resume();
                within("the rest", open.bytes()).await.unwrap();
            });
            drain.join().unwrap()
        })
    });
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(
        output.stdout.contains("backend blue: ready -> drain   generation 2 live in "),
        "{}",
        output.stdout
    );
    assert!(output.stderr.contains("blue: nothing in flight after "), "{}", output.stderr);
    assert_eq!(blue.count(), before);
}

#[tokio::test]
async fn a_backend_comes_back_and_the_file_is_as_it_was() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let again = verb(&home, &served, &["drain", "green"]);
    assert_eq!(again.code, 0, "{}", again.stderr);
    let again = verb(&home, &served, &["drain", "green"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, "backend green: already drained   generation 2\n"));
    let maint = verb(&home, &served, &["maint", "green"]);
    assert!(maint.stdout.starts_with("backend green: drain -> maint"), "{}{}", maint.stdout, maint.stderr);
    let ready = verb(&home, &served, &["ready", "green"]);
    assert!(ready.stdout.starts_with("backend green: maint -> ready"), "{}{}", ready.stdout, ready.stderr);
    assert_eq!(verb(&home, &served, &["ready", "green"]).code, 0);
    assert_eq!(verb(&home, &served, &["switch", "demo", "green"]).code, 0);
    assert!(served.says("demo").await.starts_with("green:"));
}

#[tokio::test]
async fn the_last_backend_of_a_model_is_only_taken_by_force() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["drain", "blue"]);
    assert_eq!((run.code, run.stdout.as_str()), (1, ""));
    assert!(run.stderr.contains("nothing would answer for `demo`, `other` any more"), "{}", run.stderr);
    assert!(run.stderr.contains("--force"), "{}", run.stderr);
    assert_eq!(home.read("routes.yaml"), TABLE);
    let run = verb(&home, &served, &["drain", "blue", "--force"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(served.chat("demo").await.0, 503);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_can_wait_until_the_old_backend_has_finished() {
    let blue = Fake::streams(["a", "b"]).pausing_after(1);
    let green = Fake::answers("green");
    let home = Home::new().with("routes.yaml", &pair(&blue, &green).replace("[blue, green]", "blue"));
    let served = home.serve(&[]).await;
    let open = stream(&served).await;
    let late = verb(&home, &served, &["switch", "demo", "green", "--drain-old", "--wait", "300ms"]);
    assert_eq!(late.code, 5, "{}", late.stderr);
    assert!(late.stdout.starts_with("demo: blue -> green   generation 2 live in "), "{}", late.stdout);
    assert!(late.stderr.contains("blue has 1 in flight"), "{}", late.stderr);
    blue.resume();
    within("the rest", open.bytes()).await.unwrap();
    assert_eq!(verb(&home, &served, &["switch", "demo", "blue"]).code, 0);
    let idle = verb(&home, &served, &["switch", "demo", "green", "--drain-old"]);
    assert_eq!(idle.code, 0, "{}", idle.stderr);
}

#[tokio::test]
async fn a_wait_for_a_stream_that_does_not_end_has_an_end() {
    let blue = Fake::streams(["a", "b"]).pausing_after(1);
    let green = Fake::answers("green");
    let home =
        Home::new().with("routes.yaml", &pair(&blue, &green).replace("[blue, green]", "{blue: 1, green: 0}"));
    let served = home.serve(&[]).await;
    let _open = stream(&served).await;
    let run = verb(&home, &served, &["drain", "blue", "--wait=200ms", "--force"]);
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert!(run.stderr.contains("blue: 1 in flight\ntimed out after "), "{}", run.stderr);
    assert!(run.stderr.contains("blue has 1 in flight"), "{}", run.stderr);
}
