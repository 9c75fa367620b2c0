//! A folder full of secrets, each with one mark, so that a new one needs no list.

use crate::binary::Home;

/// What stands in every secret, prompt and answer, and nowhere else.
pub(super) const MARK: &str = "planted-";

/// The admin port's token.
pub(super) const TOKEN: &str = "planted-admin-token";

/// The key of a caller.
pub(super) const CALLER: &str = "sk-planted-caller";

/// Variables of the process.
pub(super) const VARIABLES: [(&str, &str); 3] =
    [("PROCESS_KEY", "sk-planted-process"), ("UNUSED_PASSWORD", "planted-unused"), ("PATCHBAY_KEY", CALLER)];

/// Fails if a text says anything that was planted.
pub(super) fn clean(what: &str, text: &str) {
    if let Some(at) = text.find(MARK) {
        let end =
            text[at..].find(|c: char| !c.is_ascii_alphanumeric() && c != '-').map_or(text.len(), |n| at + n);
        let from = (0..=at.saturating_sub(200)).rev().find(|&from| text.is_char_boundary(from)).unwrap_or(0);
        panic!("{what} says `{}`: …{}", &text[at..end], &text[from..end]);
    }
}

/// A table with a key in every place that takes one.
pub(super) fn table(backend: &str) -> String {
    format!(
        r#"models:
  demo: real
  other: {{to: dotenv, fallback: filed}}
  third: [process, bearer]
backends:
  real: {{url: "{backend}", key: sk-planted-literal, headers: {{x-account: planted-header}}}}
  dotenv: {{url: "{backend}", key: "${{DOTENV_KEY}}", model: m1}}
  process: {{url: "{backend}", key: "${{PROCESS_KEY}}", model: m2}}
  filed: {{url: "{backend}", key: "${{file:secret.txt}}", model: m3}}
  bearer: {{url: "{backend}", headers: {{authorization: "Bearer planted-bearer"}}, model: m4}}
  away: {{url: "http://127.0.0.1:1/v1?code=planted-query", key: sk-planted-away, prepare: {{post: /wake, body: {{api_key: planted-hook}}}}}}
keys:
  me: {CALLER}
  limited: {{key: sk-planted-limited, requests_per_minute: 6}}
server:
  admin_token: {{ops: {TOKEN}, ci: "${{CI_TOKEN}}"}}
  state_dir: state
# key: sk-planted-comment
"#
    )
}

/// The folder of a router, or of who commands it.
pub(super) fn home(backend: &str) -> Home {
    Home::new()
        .with("routes.yaml", &table(backend))
        .with("other.yaml", &table(backend).replace("demo: real", "demo: filed"))
        .with("bad.yaml", &table(backend).replace("demo: real", "demo: reel"))
        .with(".env", "DOTENV_KEY=sk-planted-dotenv\nCI_TOKEN=planted-ci-token-of-16\n")
        .with("secret.txt", "sk-planted-filed")
        .with("litellm.yaml", "model_list:\n- {model_name: m, litellm_params: {model: openai/m, api_key: sk-planted-litellm}}\n")
        .with("dbgpt.env", "LLM_MODEL=proxyllm\nPROXYLLM_BACKEND=m\nPROXY_SERVER_URL=http://127.0.0.1:1\nPROXY_API_KEY=sk-planted-dbgpt\n")
}

/// Tables that are refused, each for a mistake at a secret.
pub(super) fn mistakes(table: &str) -> Vec<(&'static str, String)> {
    let with = |from: &str, to: &str| {
        assert!(table.contains(from), "{from}");
        table.replacen(from, to, 1)
    };
    vec![
        ("an unknown backend", with("demo: real", "demo: reel")),
        ("a key that is no text", with("key: sk-planted-literal", "key: [sk-planted-literal]")),
        ("a quote without its end", with("key: sk-planted-literal", "key: \"sk-planted-literal")),
        (
            "a bracket without its end",
            with("key: sk-planted-literal, headers", "key: sk-planted-literal}, headers"),
        ),
        ("a control character in a key", with("sk-planted-literal", "\"sk-planted-literal\\u0001\"")),
        ("a tab before a key", with("  me: ", "\tme: ")),
        (
            "a header twice",
            with("{x-account: planted-header", "{X-Account: planted-again, x-account: planted-header"),
        ),
        ("a name that isn't set", with("${DOTENV_KEY}", "${DOTENV_KEYS}")),
        ("a caller's key that another has", with("sk-planted-limited", CALLER)),
        ("a limit that is none", with("requests_per_minute: 6", "requests_per_minute: sk-planted-limit")),
        (
            "a key in the place of a URL",
            with("\"http://127.0.0.1:1/v1?code=planted-query\"", "sk-planted-url"),
        ),
        ("a login in a URL", with("http://127.0.0.1:1/v1?", "http://me:planted-login@127.0.0.1:1/v1?")),
        ("a token that is short", with(TOKEN, "planted-short")),
    ]
}
