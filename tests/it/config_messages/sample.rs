//! The committed files build, their commented parts included.

use patchbay::config::{Format, Vars, build};

use super::{built, document, routes};

#[test]
fn the_committed_sample_builds_without_a_word_and_has_one_line_to_edit() {
    let sample = include_str!("../../../routes.yaml");
    assert_eq!(sample.lines().filter(|line| *line == "  demo: blue").count(), 1);
    for (yaml, target) in
        [(sample.to_owned(), "blue"), (sample.replacen("  demo: blue", "  demo: green", 1), "green")]
    {
        let built = build(&[routes(&yaml)], &Vars::new()).unwrap();
        let route = built.table.find(Some("demo")).unwrap().route;
        assert_eq!(built.table.target_text(route), target);
        assert_eq!(built.warnings, []);
    }
}

#[test]
fn the_commented_parts_of_the_sample_build_as_well() {
    let sample = include_str!("../../../routes.yaml");
    let parts = sample.split("# --- ").skip(1).map(|part| {
        part.lines().skip(1).filter_map(|line| line.strip_prefix("# ")).collect::<Vec<_>>().join("\n")
    });
    let yaml = parts.collect::<Vec<_>>().join("\n");
    let names = ["OPENAI_API_KEY", "DBGPT_KEY", "NOTEBOOK_KEY", "PATCHBAY_ADMIN_TOKEN"];
    let vars: Vars = names.into_iter().map(|name| (name.to_owned(), format!("value-of-{name}"))).collect();
    let built = build(&[document("routes.yaml", Format::Routes, yaml)], &vars).unwrap();
    assert_eq!(built.warnings, []);
    assert_eq!(built.table.routes().len(), 6);
    assert_eq!(built.table.callers().iter().count(), 2);
}

#[test]
fn the_committed_env_example_builds_as_the_owner_commented_lines_included() {
    let example = include_str!("../../../.env.example");
    build(&[document(".env", Format::Dotenv, example)], &Vars::new()).unwrap();

    let all: Vec<&str> = example
        .lines()
        .filter(|line| !line.starts_with("PROXY_SERVER_URL="))
        .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains('=')).unwrap_or(line))
        .collect();
    let built = build(&[document(".env", Format::Dotenv, all.join("\n"))], &Vars::new()).unwrap();
    let names: Vec<&str> = built.table.routes().iter().map(|route| route.name.as_str()).collect();
    assert_eq!(names, ["gpt-4o", "Qwen2.5-72B-Instruct", "glm-4", "bge"]);
}

#[test]
fn settings_of_the_server_are_read() {
    let server = built(
        "
        models: {a: echo://a}
        keys: [abc]
        server:
          listen: 0.0.0.0:8080
          admin: :8081
          admin_token: {ops: a-token-of-20-bytes-}
          tls: {cert: cert.pem, key: key.pem}
          admin_tls: {cert: cert.pem, key: key.pem, client_ca: ca.pem}
          log: json
          state_dir: /var/lib/patchbay
          watch: {mode: poll, interval: 500ms}
          guard: true
          limits: {max_body: 1 MiB, connections: 100, in_flight: 50, buffered: 2 GiB}
          grace: 1m
        ",
    )
    .unwrap()
    .server;
    insta::assert_debug_snapshot!(server, @r#"
    ServerSettings {
        listen: 0.0.0.0:8080,
        admin: 127.0.0.1:8081,
        admin_tokens: Callers(
            [
                Caller {
                    name: "ops",
                    key: ••••,
                    limits: CallerLimits {
                        requests_per_minute: None,
                        tokens_per_minute: None,
                        max_in_flight: None,
                    },
                },
            ],
        ),
        tls: Some(
            TlsFiles {
                cert: "cert.pem",
                key: "key.pem",
                client_ca: None,
            },
        ),
        admin_tls: Some(
            TlsFiles {
                cert: "cert.pem",
                key: "key.pem",
                client_ca: Some(
                    "ca.pem",
                ),
            },
        ),
        log: Json,
        state_dir: Some(
            "/var/lib/patchbay",
        ),
        watch: Poll,
        poll: 500ms,
        guard: true,
        max_body: 1048576,
        connections: 100,
        buffered: 2147483648,
        in_flight: 50,
        grace: 60s,
        source: None,
        advertise: None,
    }
    "#);
}
