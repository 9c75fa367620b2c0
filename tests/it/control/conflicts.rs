//! Somebody else was faster: nothing is overwritten, and it is told who.

use serde_json::Value;

use super::{TABLE, generation, green, verb};
use crate::binary::Home;

#[tokio::test]
async fn a_change_that_is_based_on_an_earlier_generation_is_lost_and_told_to_whom() {
    let home = Home::new().with("routes.yaml", TABLE).with("new.yaml", &green());
    home.write("late.yaml", &TABLE.replace("other: blue", "other: green"));
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["apply", "new.yaml", "--if-gen", "1", "-m", "canary"]).code, 0);
    let late = verb(&home, &served, &["apply", "late.yaml", "--if-gen", "1"]);
    assert_eq!((late.code, late.stdout.as_str()), (4, ""));
    assert!(late.stderr.contains("generation 2 serves, not 1; nothing was written"), "{}", late.stderr);
    assert!(late.stderr.contains("(apply): canary\n  demo: blue -> green\n"), "{}", late.stderr);
    assert_eq!(home.read("routes.yaml"), green());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_racing_writers_exactly_one_wins() {
    let home = Home::new().with("routes.yaml", TABLE).with("one.yaml", &green());
    home.write("two.yaml", &TABLE.replace("other: blue", "other: green"));
    let served = home.serve(&[]).await;
    for round in 1..=5 {
        let generation = generation(&served).await.to_string();
        let races = ["one.yaml", "two.yaml"].map(|file| (&home, &served, file, &generation));
        let codes = std::thread::scope(|scope| {
            races
                .map(|(home, served, file, generation)| {
                    scope.spawn(move || {
                        let run = verb(home, served, &["apply", file, "--if-gen", generation]);
                        (run.code, run.stderr)
                    })
                })
                .map(|race| race.join().unwrap())
        });
        let mut sorted = codes.clone().map(|(code, _)| code);
        sorted.sort_unstable();
        assert_eq!(sorted, [0, 4], "round {round}: {codes:?}");
        let loser = codes.iter().find(|(code, _)| *code == 4).unwrap();
        assert!(loser.1.contains("(apply)"), "{}", loser.1);
        std::fs::write(home.path().join("routes.yaml"), TABLE).unwrap();
        served.until_says("demo", "blue:").await;
        served.until_says("other", "blue:").await;
    }
}

#[tokio::test]
async fn a_save_that_was_refused_is_not_overwritten_by_who_names_a_generation() {
    let home = Home::new().with("routes.yaml", TABLE).with("new.yaml", &green());
    let served = home.serve(&[]).await;
    home.write("routes.yaml", "models: {demo: nowhere}\n");
    let run = verb(&home, &served, &["apply", "new.yaml", "--if-gen", "1"]);
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("routes.yaml holds an edit that was refused"), "{}", run.stderr);
    assert_eq!(home.read("routes.yaml"), "models: {demo: nowhere}\n");
}

#[tokio::test]
async fn the_answer_is_412_with_the_winner_and_the_difference() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let apply = |text: String, condition: &str| {
        client
            .post(format!("{}/admin/v1/apply?why=night", served.admin))
            .header("content-type", "application/yaml")
            .header("if-match", condition)
            .body(text)
            .send()
    };
    let done = apply(green(), "\"1\"").await.unwrap();
    assert_eq!((done.status().as_u16(), done.headers()["etag"].to_str().unwrap()), (200, "\"2\""));
    let done: Value = done.json().await.unwrap();
    assert_eq!((&done["changed"], &done["generation"]), (&true.into(), &2.into()));
    let lost = apply(TABLE.to_owned(), "\"1\"").await.unwrap();
    assert_eq!(lost.status(), 412);
    let lost: Value = lost.json().await.unwrap();
    assert_eq!(lost["error"]["code"], "conflict");
    assert_eq!(lost["conflict"]["by"]["why"], "night");
    assert_eq!(lost["conflict"]["changes"][0], "demo: blue -> green");
    assert_eq!(lost["conflict"]["generation"], 2);
}
