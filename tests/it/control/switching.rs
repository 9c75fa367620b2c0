//! `switch` and `weight`: one value of the owner, live when the command ends.

use std::process::Command;

use super::{TABLE, generation, green, verb};
use crate::binary::Home;
use crate::centers::etcd::stub::EtcdStub;

/// The lines that differ.
fn differing(before: &str, after: &str) -> Vec<String> {
    assert_eq!(before.lines().count(), after.lines().count(), "{after}");
    let pairs = before.split_inclusive('\n').zip(after.split_inclusive('\n'));
    pairs.filter(|(before, after)| before != after).map(|(_, after)| after.to_owned()).collect()
}

#[tokio::test]
async fn a_switch_changes_one_value_and_is_live_when_the_command_ends() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["switch", "demo", "green", "-m", "blue is slow"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("demo: blue -> green   generation 2 live in "), "{}", run.stdout);
    assert!(served.says("demo").await.starts_with("green:"));
    assert!(served.says("other").await.starts_with("blue:"));
    assert_eq!(home.read("routes.yaml"), green());
    let by = super::status(&served).await["last_applied"]["by"].clone();
    assert_eq!((&by["how"], &by["why"]), (&"switch".into(), &"blue is slow".into()));
}

#[tokio::test]
async fn the_start_up_lines_show_a_command_that_works() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let talk = served.talk();
    let command = talk.split(", or  patchbay ").nth(1).unwrap().lines().next().unwrap();
    assert!(command.starts_with("switch demo green --admin "), "{command}");
    let run = home.run(&command.split(' ').collect::<Vec<_>>());
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(served.says("demo").await.starts_with("green:"));
}

#[tokio::test]
async fn a_second_switch_to_the_same_target_touches_nothing() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["switch", "demo", "green"]).code, 0);
    let found = || std::fs::metadata(home.path().join("routes.yaml")).unwrap().modified().unwrap();
    let before = found();
    let again = verb(&home, &served, &["switch", "demo", "green", "--if-gen", "2"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, "demo: already green   generation 2\n"));
    let json = verb(&home, &served, &["switch", "demo", "green", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!((&json["schema"], &json["changed"]), (&1.into(), &false.into()));
    assert_eq!((generation(&served).await, found()), (2, before));
}

#[tokio::test]
async fn git_sees_one_changed_line() {
    let home = Home::new().with("routes.yaml", TABLE);
    let git = |arguments: &[&str]| {
        let who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"];
        let git = Command::new("git").args(who).args(arguments).current_dir(home.path()).output();
        git.ok().filter(|git| git.status.success()).map(|git| String::from_utf8(git.stdout).unwrap())
    };
    if git(&["init"]).is_none() {
        eprintln!("SKIPPED, NOTHING PROVED: there is no git here");
        return;
    }
    git(&["add", "routes.yaml"]).unwrap();
    git(&["commit", "-m", "table"]).unwrap();
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["switch", "demo", "green"]).code, 0);
    assert_eq!(git(&["diff", "--numstat"]).unwrap(), "1\t1\troutes.yaml\n");
}

#[tokio::test]
async fn line_ends_and_all_other_bytes_are_kept() {
    let table = TABLE.replace('\n', "\r\n");
    let home = Home::new().with("routes.yaml", &table);
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["switch", "demo", "green"]).code, 0);
    let lines = differing(&table, &home.read("routes.yaml"));
    assert_eq!(lines, ["  demo: green     # the everyday model\r\n"]);
}

#[tokio::test]
async fn what_is_not_there_is_refused_with_the_nearest_name() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    for (arguments, words) in [
        (["switch", "demo", "gren"], "green"),
        (["switch", "dem", "green"], "demo"),
        (["weight", "demo", "gren=1"], "green"),
        (["switch", "demo", "other"], "is a model"),
    ] {
        let run = verb(&home, &served, &arguments);
        assert_eq!((run.code, run.stdout.as_str()), (1, ""), "{arguments:?}");
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
    }
    assert_eq!((home.read("routes.yaml").as_str(), generation(&served).await), (TABLE, 1));
}

#[tokio::test]
async fn a_switch_from_what_it_is_not_is_a_conflict() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    assert_eq!(verb(&home, &served, &["switch", "demo", "green", "--if-current", "blue"]).code, 0);
    let late = verb(&home, &served, &["switch", "demo", "echo://third", "--if-current", "blue"]);
    assert_eq!((late.code, late.stdout.as_str()), (4, ""));
    assert!(late.stderr.contains("`demo` points to `green`, not to `blue`"), "{}", late.stderr);
    assert!(late.stderr.contains("(switch)\n  demo: blue -> green\n"), "{}", late.stderr);
    let good = verb(&home, &served, &["switch", "demo", "echo://third", "--if-current", "green"]);
    assert_eq!(good.code, 0, "{}", good.stderr);
    let by_address = ["switch", "demo", "blue", "--if-current", "echo://third"];
    let good = verb(&home, &served, &by_address);
    assert_eq!(good.code, 0, "{}", good.stderr);
}

#[tokio::test]
async fn weights_are_split_and_kept() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["weight", "demo", "blue=3", "green=1"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("demo: blue -> {blue: 3, green: 1}   generation 2"), "{}", run.stdout);
    let mut green = 0;
    for _ in 0..40 {
        green += usize::from(served.says("demo").await.starts_with("green:"));
    }
    assert_eq!(green, 10);
    assert_eq!(differing(TABLE, &home.read("routes.yaml")).len(), 1);
    let again = verb(&home, &served, &["weight", "demo", "blue=3", "green=1"]);
    assert_eq!((again.code, again.stdout.as_str()), (0, "demo: already split so   generation 2\n"));
}

#[tokio::test]
async fn an_env_file_that_owns_the_table_is_edited() {
    let env = "# DB-GPT\nLLM_MODEL=proxyllm\nPROXYLLM_BACKEND=demo\nPROXY_SERVER_URL=http://127.0.0.1:9/v1 # here\n";
    let home = Home::new().with(".env", env);
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["switch", "demo", "http://127.0.0.1:8/v1", "--no-probe"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let lines = differing(env, &home.read(".env"));
    assert_eq!(lines, ["PROXY_SERVER_URL=http://127.0.0.1:8/v1 # here\n"]);
    let status = super::status(&served).await;
    assert_eq!(status["backends"][0]["url"], "http://127.0.0.1:8/v1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_center_that_owns_the_table_is_edited_by_compare_and_swap() {
    let etcd = EtcdStub::start();
    etcd.put(TABLE);
    let home = Home::new();
    let served = home.serve(&["--source", &etcd.url()]).await;
    let run = verb(&home, &served, &["switch", "demo", "green", "-m", "center"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("demo: blue -> green   generation 2 live in "), "{}", run.stdout);
    let pulled = home.run(&["pull", "--source", &etcd.url()]);
    assert_eq!(pulled.stdout, green());
    let by = super::status(&served).await["last_applied"]["by"].clone();
    assert_eq!(by["why"], "center");
    etcd.put(&TABLE.replace("other: blue", "other: green"));
    let late = verb(&home, &served, &["switch", "demo", "green", "--if-gen", "2"]);
    assert_eq!(late.code, 4, "{}", late.stdout);
    assert!(late.stderr.contains("demo: green -> blue"), "{}", late.stderr);
}

#[tokio::test]
async fn a_variable_that_names_the_target_is_edited_where_it_stands() {
    let table = TABLE.replace("demo: blue ", "demo: ${TARGET} ");
    let home = Home::new().with("routes.yaml", &table).with(".env", "TARGET=blue # now\nKEY=x\n");
    let served = home.serve(&[]).await;
    let run = verb(&home, &served, &["switch", "demo", "green"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(served.says("demo").await.starts_with("green:"));
    let (routes, env) = (home.read("routes.yaml"), home.read(".env"));
    let kept = [routes == table, env == "TARGET=blue # now\nKEY=x\n"];
    assert_eq!(kept.iter().filter(|kept| **kept).count(), 1, "{routes}\n{env}");
}

#[tokio::test]
async fn a_command_without_a_router_ends_with_6() {
    let run = Home::new().run(&["switch", "demo", "green", "--admin", "127.0.0.1:1"]);
    assert_eq!((run.code, run.stdout.as_str()), (6, ""));
}
