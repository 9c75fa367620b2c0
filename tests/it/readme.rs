//! What the README shows is what happens, in both languages.

use std::path::Path;

use crate::binary::Home;

const READMES: [(&str, &str); 2] = [
    ("README.md", include_str!("../../README.md")),
    ("README.zh-CN.md", include_str!("../../README.zh-CN.md")),
];

/// Returns the code blocks of a language.
fn blocks(readme: &str, language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let blocks = readme.split(&fence).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// Returns the commands of all shell blocks, without their comments.
fn commands(readme: &str) -> Vec<String> {
    let lines = blocks(readme, "sh").concat();
    lines.lines().map(|line| line.split("  #").next().unwrap().trim().to_owned()).collect()
}

#[test]
fn both_languages_show_the_same_samples() {
    for language in ["sh", "yaml", "env", "toml"] {
        let [english, chinese] = READMES.map(|(_, text)| blocks(text, language));
        assert!(!english.is_empty(), "no {language} block");
        let bare = |blocks: Vec<String>| {
            let lines = blocks.concat();
            let code = lines.lines().map(|line| line.split(" #").next().unwrap().trim_end().to_owned());
            code.collect::<Vec<_>>()
        };
        assert_eq!(bare(english), bare(chinese), "{language}");
    }
}

#[test]
fn every_table_of_the_readme_passes_the_check() {
    for (name, text) in READMES {
        for block in blocks(text, "yaml") {
            let home = Home::new().with("routes.yaml", &block);
            let check = home.run(&["check"]);
            assert_eq!(check.code, 0, "{name}: {}", check.stderr);
        }
    }
}

#[test]
fn the_commands_of_the_story_work_on_its_table() {
    let (_, text) = READMES[0];
    let home = Home::new().with("routes.yaml", &blocks(text, "yaml")[0]);
    let commands = commands(text);
    for wanted in ["patchbay check", "patchbay explain gpt-4"] {
        assert!(commands.iter().any(|command| command == wanted), "the README lacks `{wanted}`");
        let arguments: Vec<&str> = wanted.split(' ').skip(1).collect();
        let table = if arguments[0] == "explain" { &["--table", "routes.yaml"][..] } else { &[] };
        let run = home.run(&[&arguments[..], table].concat());
        assert_eq!(run.code, 0, "{wanted}: {}", run.stderr);
    }
}

#[tokio::test]
async fn the_first_screen_does_what_it_says() {
    let (_, text) = READMES[0];
    let first_screen: Vec<String> = commands(&text[..text.find("## 60 seconds").unwrap()]);
    assert_eq!(first_screen[..2], ["cargo run --release", "cargo test"]);
    let curl = &first_screen[2];

    // The committed table, as `cargo run` finds it, on ports of our own.
    let committed = include_str!("../../routes.yaml");
    let home = Home::new().with("routes.yaml", committed);
    let served = home.serve(&[]).await;
    let own = format!("localhost:{}", served.api.rsplit(':').next().unwrap());
    let printed = served.talk().replace(&own, "localhost:9999");
    assert!(printed.contains(&**curl), "the router prints another command than {curl}\n{printed}");

    let body = curl.split("-d '").nth(1).and_then(|rest| rest.strip_suffix('\'')).unwrap();
    let path = curl.split("localhost:9999").nth(1).unwrap().split(' ').next().unwrap();
    let ask = || async {
        let request = reqwest::Client::builder().no_proxy().build().unwrap().post(served.api.clone() + path);
        // curl's own type; the body is read whatever it says.
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(body.to_owned()).send().await.unwrap().text().await.unwrap()
    };
    let before = ask().await;
    assert!(before.contains("blue: hi"), "{before}");
    assert!(text.contains("change `demo: blue` to `demo: green`"));
    assert_eq!(committed.matches("demo: blue").count(), 1);
    home.write("routes.yaml", &committed.replace("demo: blue", "demo: green"));
    served.until_says("demo", "green: hi").await;
    assert!(ask().await.contains("green: hi"));
}

#[test]
fn the_lines_for_dbgpt_are_those_that_the_command_prints() {
    let home = Home::new().with("routes.yaml", "models:\n  gpt-4o: echo://a\n");
    let bare = |text: &str| {
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    for (name, text) in READMES {
        for (language, client) in [("env", "dbgpt"), ("toml", "dbgpt-toml")] {
            let printed = home.run(&["env", client]).stdout;
            assert_eq!(bare(&blocks(text, language)[0]), bare(&printed), "{name}: {client}");
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for (name, text) in READMES {
        for link in text.split("](").skip(1).map(|rest| rest.split(')').next().unwrap()) {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(link);
            assert!(link.starts_with("http") || path.exists(), "{name} links to {link}");
        }
    }
}
