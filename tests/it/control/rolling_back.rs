//! `rollback`: an earlier table again, as a new generation.

use super::{TABLE, generation, green, status, verb};
use crate::binary::Home;

#[tokio::test]
async fn the_table_before_comes_back_as_a_new_generation() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&["--state-dir", "state"]).await;
    let digest = status(&served).await["digest"].clone();
    assert_eq!(verb(&home, &served, &["switch", "demo", "green"]).code, 0);
    let dry = verb(&home, &served, &["rollback", "--dry-run"]);
    assert_eq!((dry.code, dry.stdout.as_str()), (0, "demo: green -> blue   not written (--dry-run)\n"));
    let run = verb(&home, &served, &["rollback", "-m", "green is worse"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("demo: green -> blue   generation 3 live in "), "{}", run.stdout);
    assert_eq!(home.read("routes.yaml"), TABLE);
    assert_eq!(status(&served).await["digest"], digest);
    // A command ends when its table serves, a moment before the news of it are out.
    let told = async || status(&served).await["last_applied"]["by"]["how"] == "rollback";
    crate::wait::until_so("the rollback in the status", told).await;
    assert!(served.says("demo").await.starts_with("blue:"));
}

#[tokio::test]
async fn a_generation_can_be_named() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    for target in ["green", "echo://third", "echo://fourth"] {
        assert_eq!(verb(&home, &served, &["switch", "demo", target]).code, 0);
    }
    let run = verb(&home, &served, &["rollback", "2"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!((home.read("routes.yaml"), generation(&served).await), (green(), 5));
    let again = verb(&home, &served, &["rollback", "2"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, "routes.yaml: already so   generation 5\n"));
    let unknown = verb(&home, &served, &["rollback", "77"]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("generation 77 is not on record"), "{}", unknown.stderr);
}

#[tokio::test]
async fn a_rotated_key_stays_rotated_and_is_told() {
    let table =
        TABLE.replace("green: echo://green", "green: {url: 'http://127.0.0.1:9/v1', key: '${GREEN_KEY}'}");
    let home = Home::new().with("routes.yaml", &table).with(".env", "GREEN_KEY=sk-old\n");
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["switch", "demo", "green", "--no-probe"]).code, 0);
    home.write(".env", "GREEN_KEY=sk-new\n");
    crate::wait::until("the new key", || served.talk().contains("generation 3 live")).await;
    let run = verb(&home, &served, &["rollback", "1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("note: `.env` is not rolled back"), "{}", run.stderr);
    assert_eq!((home.read("routes.yaml"), home.read(".env")), (table, "GREEN_KEY=sk-new\n".to_owned()));
    assert!(served.says("demo").await.starts_with("blue:"));
}

#[tokio::test]
async fn included_files_are_rolled_back_too() {
    let main = "include: [more.yaml]\nmodels: {demo: blue}\n";
    let more = "models: {third: blue} # more\nbackends: {blue: echo://blue, green: echo://green}\n";
    let home = Home::new().with("routes.yaml", main).with("more.yaml", more);
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["switch", "third", "green"]).code, 0);
    assert_ne!(home.read("more.yaml"), more);
    assert_eq!(verb(&home, &served, &["switch", "demo", "green"]).code, 0);
    let run = verb(&home, &served, &["rollback", "1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!((home.read("routes.yaml").as_str(), home.read("more.yaml").as_str()), (main, more));
    assert_eq!(
        verb(&home, &served, &["reload"]).stdout,
        format!("read, unchanged   generation {}\n", generation(&served).await)
    );
}

#[tokio::test]
async fn a_target_that_a_variable_names_is_rolled_back_and_the_keys_beside_it_are_not() {
    let table = TABLE.replace("demo: blue ", "demo: ${TARGET} ");
    let home = Home::new().with("routes.yaml", &table).with(".env", "TARGET=blue # now\nKEY=sk-old\n");
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["switch", "demo", "green"]).code, 0);
    assert_eq!(home.read(".env"), "TARGET=green # now\nKEY=sk-old\n");
    home.write(".env", "TARGET=green # now\nKEY=sk-new\n");
    let run = verb(&home, &served, &["rollback", "1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("demo: green -> blue   generation 3 live in "), "{}", run.stdout);
    assert_eq!((run.stderr.as_str(), home.read(".env").as_str()), ("", "TARGET=blue # now\nKEY=sk-new\n"));
    assert_eq!(home.read("routes.yaml"), table);
}

#[tokio::test]
async fn an_env_file_that_is_the_table_is_rolled_back() {
    let env = "PROXYLLM_BACKEND=demo\nPROXY_SERVER_URL=http://127.0.0.1:9/v1 # here\n";
    let home = Home::new().with(".env", env);
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["switch", "demo", "http://127.0.0.1:8/v1", "--no-probe"]).code, 0);
    let run = verb(&home, &served, &["rollback", "--no-probe"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!((home.read(".env").as_str(), generation(&served).await), (env, 3));
}
