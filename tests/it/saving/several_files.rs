//! The table, its `.env`, its includes and secret files are one set: they change together.

use std::time::{Duration, Instant};

use patchbay::live::News;

use crate::files::{Files, Setting, table};

fn by_variable(variable: &str) -> String {
    format!("models:\n  demo: echo://${{{variable}}}\n")
}

/// Notes whether a refusal is ever told.
fn witness(files: &Files) -> tokio::task::JoinHandle<Option<News>> {
    let mut news = files.live().news();
    tokio::spawn(
        async move { news.wait_for(|news| news.refused.is_some()).await.ok().map(|news| news.clone()) },
    )
}

#[tokio::test]
async fn an_edit_of_the_env_file_moves_the_table() {
    let files = Setting::new().with(".env", "T=start\n").with("routes.yaml", by_variable("T")).watch().await;
    files.write(".env", "T=written\n");
    files.until_live("written").await;
    files.replace(".env", "T=replaced\n");
    files.until_live("replaced").await;
}

#[tokio::test]
async fn an_env_file_may_come_and_go() {
    let files = Setting::new().with("routes.yaml", "models:\n  demo: echo://${T:-none}\n").watch().await;
    assert_eq!(files.demo(), "none");
    files.write(".env", "T=some\n");
    files.until_live("some").await;
    files.run("rm .env");
    files.until_live("none").await;
}

#[tokio::test]
async fn an_env_file_alone_owns_the_table() {
    let env = |host: &str| format!("PROXYLLM_BACKEND=demo\nPROXY_SERVER_URL=http://{host}:8000/v1\n");
    let files = Setting::new().owned_by_env().with(".env", env("start")).watch().await;
    let goes_to = |host: &str| files.demo().contains(host);
    for host in ["first", "second"] {
        files.write(".env", env(host));
        files.until("the new backend", |_| goes_to(host)).await;
    }
    for bad in ["", "# nothing\n", "PROXYLLM_BACKEND=demo\nPROXY_SERVER_URL=nonsense\n"] {
        files.write(".env", bad);
        files.until_refused().await;
        files.write(".env", env("second"));
        files.until("the end of the refusal", |news| news.refused.is_none()).await;
    }
    files.run("rm .env");
    files.until_refused().await;
    files.replace(".env", env("back"));
    files.until("the file to be back", |_| goes_to("back")).await;
}

#[tokio::test]
async fn a_torn_pair_never_serves_and_is_no_error() {
    let pauses = [0, 3, 30, 100];
    let mut longest = Duration::ZERO;
    let files =
        Setting::new().with(".env", "V0=start\n").with("routes.yaml", by_variable("V0")).watch().await;
    let witness = witness(&files);
    for (round, pause) in pauses.into_iter().enumerate() {
        let variable = format!("V{}", round + 1);
        let (env, routes) = (format!("{variable}=pair{round}\n"), by_variable(&variable));
        // Whichever is saved first, alone it refers to what is not there.
        let saves = [(".env", env), ("routes.yaml", routes)];
        let first = round % 2;
        files.replace(saves[first].0, &saves[first].1);
        let torn = Instant::now();
        tokio::time::sleep(Duration::from_millis(pause)).await;
        files.replace(saves[1 - first].0, &saves[1 - first].1);
        longest = longest.max(torn.elapsed());
        files.until_live(&format!("pair{round}")).await;
    }
    assert_eq!(files.news().generation, 5, "one generation a pair");
    // A busy machine may have torn a pair for longer than the router waits.
    let fair = longest < Duration::from_millis(200);
    assert!(!(fair && witness.is_finished()), "a pair that was whole a moment later was told as an error");
}

#[tokio::test]
async fn a_pair_that_stays_torn_is_told_and_healed_by_the_second_save() {
    let files = Setting::new().with(".env", "A=start\n").with("routes.yaml", by_variable("A")).watch().await;
    files.replace(".env", "B=pair\n");
    let report = files.until_refused().await;
    assert!(report.contains("routes.yaml:2"), "{report}");
    files.replace("routes.yaml", by_variable("B"));
    files.until_live("pair").await;
}

#[tokio::test]
async fn two_good_saves_at_once_are_one_generation() {
    let text = |n: usize| format!("models:\n  demo: echo://${{T}}\n  m{n}: echo://x\n");
    let files = Setting::new().with(".env", "T=start\n").with("routes.yaml", text(0)).watch().await;
    let pairs = 20;
    for n in 1..=pairs {
        files.replace(".env", format!("T=t{n}\n"));
        files.replace("routes.yaml", text(n));
        files.until_live(&format!("t{n}")).await;
        let live = std::sync::Arc::clone(files.live());
        files
            .until("the other half", move |_| live.load().table.find(Some(&format!("m{n}"))).is_some())
            .await;
    }
    let generations = files.news().generation - 1;
    // A busy machine may tear a few of them apart by more than the router waits.
    assert!(generations <= pairs as u64 * 3 / 2, "{generations} generations for {pairs} pairs");
}

#[tokio::test]
async fn includes_may_be_edited_added_and_removed() {
    let main = "include: [conf.d/*.yaml]\nmodels:\n  other: echo://constant\n";
    let include = |target: &str| format!("models:\n  demo: echo://{target}\n");
    let setting = Setting::new().with("routes.yaml", main).with("conf.d/a.yaml", include("start"));
    let files = setting.watch().await;
    files.write("conf.d/a.yaml", include("edited"));
    files.until_live("edited").await;
    files.replace("conf.d/a.yaml", include("replaced"));
    files.until_live("replaced").await;

    files.write("conf.d/b.yaml", include("twice"));
    let report = files.until_refused().await;
    assert!(report.contains("conf.d/a.yaml") && report.contains("conf.d/b.yaml"), "{report}");
    files.run("rm conf.d/a.yaml");
    files.until_live("twice").await;

    files.write("conf.d/c.yaml", "models:\n  more: echo://more\n");
    let live = std::sync::Arc::clone(files.live());
    files.until("the new include", |_| live.load().table.find(Some("more")).is_some()).await;
    // An editor's unfinished copy is not an include.
    files.write("conf.d/.c.yaml.swp.yaml", "models: [\n");
    files.heals_include().await;
}

#[tokio::test]
async fn a_folder_of_includes_may_come_later() {
    let main = "include: ['teams/*/routes.yaml']\nmodels:\n  other: echo://constant\n";
    let files = Setting::new().with("routes.yaml", main).watch().await;
    files.run("mkdir teams");
    files.run("mkdir teams/a");
    files.write("teams/a/routes.yaml", "models:\n  demo: echo://late\n");
    files.until_live("late").await;
    files.write("teams/a/routes.yaml", "models:\n  demo: echo://later\n");
    files.until_live("later").await;
}

#[tokio::test]
async fn a_secret_file_that_is_rotated_is_taken() {
    let routes =
        "backends:\n  b: {url: 'http://127.0.0.1:9/v1', key: '${file:secrets/k}'}\nmodels:\n  demo: b\n";
    let files = Setting::new().with("secrets/k", "first-key\n").with("routes.yaml", routes).watch().await;
    for (generation, key) in [(2, "second-key\n"), (3, "third-key")] {
        files.replace("secrets/k", key);
        files.until("the new key", |news| news.generation == generation).await;
        let snapshot = files.live().load();
        let key_now = snapshot.table.backends()[0].key.as_ref().unwrap().expose().to_owned();
        assert_eq!(key_now, key.trim_end());
    }
    files.run("rm secrets/k");
    let report = files.until_refused().await;
    assert!(report.contains("secrets/k"), "{report}");
    files.replace("secrets/k", "fourth-key\n");
    files.until("the key to be back", |news| news.refused.is_none()).await;
    files.replace("routes.yaml", table("end"));
    files.until_live("end").await;
}
