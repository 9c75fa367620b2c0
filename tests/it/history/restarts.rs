//! Numbers go on where the last run has ended.

use serde_json::json;

use super::{STATE, asked, audit, folder, switch, table};
use crate::binary::Home;
use crate::wait::until;

use super::authors::me;

#[tokio::test]
async fn the_same_table_keeps_its_number_and_another_gets_the_next() {
    let home = Home::new().with("routes.yaml", &table("blue"));
    let served = home.serve(&STATE).await;
    assert!(served.talk().contains("   generation 1 from routes.yaml "), "{}", served.talk());
    switch(&home, &served, "green", 2).await;
    served.stop().await;

    let served = home.serve(&STATE).await;
    assert!(served.talk().contains("   generation 2 from routes.yaml "), "{}", served.talk());
    let history = asked(&served, "history").await;
    let told = history["applied"].as_array().unwrap().iter();
    let told: Vec<_> = told.map(|r| (&r["generation"], &r["how"], &r["who"])).collect();
    assert_eq!(told, [(&json!(2), &json!("file"), &json!(me())), (&json!(1), &json!("start"), &json!(me()))]);
    served.stop().await;

    home.write("routes.yaml", &table("red"));
    let served = home.serve(&STATE).await;
    assert!(served.talk().contains("   generation 3 from routes.yaml "), "{}", served.talk());
    let newest = asked(&served, "history?limit=1").await["applied"][0].clone();
    assert_eq!((&newest["generation"], &newest["how"]), (&json!(3), &json!("start")));
    assert_eq!(newest["changes"].as_array().unwrap().len(), 1, "what changed meanwhile is told: {newest}");
    switch(&home, &served, "blue", 4).await;
    let status = asked(&served, "status").await;
    assert_eq!(status["generation"], 4);
    served.stop().await;
    let numbers: Vec<_> = audit(&home).iter().map(|line| line["generation"].clone()).collect();
    assert_eq!(numbers, [1, 2, 3, 4], "one line a generation, and none for a restart that changed nothing");
}

#[tokio::test]
async fn a_kill_at_any_moment_leaves_whole_files_only() {
    let home = Home::new().with("routes.yaml", &table("start"));
    let mut known = 0;
    for round in 0..4 {
        let served = home.serve(&STATE).await;
        let first = asked(&served, "status").await["generation"].as_u64().unwrap();
        assert!(first >= known, "round {round}: generation {first} after {known}");
        for n in 0..3 {
            switch(&home, &served, &format!("r{round}n{n}"), first + n + 1).await;
        }
        // The later ones may or may not be on disk yet: they are put there after they are live.
        let page = home.path().join("state");
        until("the first page", || page.exists() && folder(&home).join(format!("{first:08}.json")).exists())
            .await;
        drop(served);
        known = 0;
        for entry in std::fs::read_dir(folder(&home)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().unwrap() == "json" {
                let page: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
                known = known.max(page["generation"].as_u64().unwrap());
            }
        }
        assert!(known >= first, "round {round}: nothing of {first} and later was kept");
    }
    let served = home.serve(&STATE).await;
    let history = asked(&served, "history?limit=100").await;
    assert!(history["applied"].as_array().unwrap().len() as u64 >= known, "{history}");
}

#[tokio::test]
async fn a_line_that_a_kill_has_cut_is_ended_before_the_next() {
    let home = Home::new().with("routes.yaml", &table("blue"));
    home.serve(&STATE).await.stop().await;
    let path = folder(&home).join("audit.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}{{\"schema\":1,\"at\":\"20")).unwrap();
    let served = home.serve(&STATE).await;
    switch(&home, &served, "green", 2).await;
    until("the line", || audit(&home).len() == 2).await;
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 3);
}

#[tokio::test]
async fn without_a_state_folder_the_history_is_that_of_this_run() {
    let home = Home::new().with("routes.yaml", &table("blue"));
    let served = home.serve(&[]).await;
    switch(&home, &served, "green", 2).await;
    assert_eq!(asked(&served, "history").await["applied"].as_array().unwrap().len(), 2);
    let shown = asked(&served, "history/1").await;
    assert!(shown["documents"][0]["text"].as_str().unwrap().contains("echo://blue"), "{shown}");
    served.stop().await;
    assert!(home.serve(&[]).await.talk().contains("   generation 1 from "));
}
