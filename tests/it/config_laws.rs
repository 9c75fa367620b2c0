//! What holds for every configuration, be it sense or noise.

mod written;

use std::collections::HashSet;
use std::fmt::Write;

use patchbay::config::{Built, Document, Format, Problems, Vars, build, to_yaml};
use patchbay::table::diff;
use proptest::prelude::*;

use written::{Written, written};

fn document(format: Format, content: impl Into<bytes::Bytes>) -> Document {
    let name = match format {
        Format::Routes | Format::Local => "routes.yaml",
        Format::Dotenv => ".env",
        Format::Secret => "/run/secret",
    };
    Document { name: name.to_owned(), format, content: content.into() }
}

fn built(yaml: &str) -> Result<Built, Problems> {
    build(&[document(Format::Routes, yaml.to_owned())], &Vars::new())
}

/// Text made of the pieces that YAML is made of.
fn yamlish() -> impl Strategy<Value = String> {
    let pieces = [
        "models",
        "backends",
        "to",
        "key",
        "keys",
        "alias",
        "fallback",
        "a",
        "b",
        "http://h:1",
        "echo://a",
        ": ",
        ":",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "{",
        "}",
        "[",
        "]",
        ", ",
        "\"",
        "'",
        "&x ",
        "*x",
        "<<: ",
        "${",
        "}",
        "$",
        "*",
        "|",
        ">",
        "#",
        " #",
        "!t ",
        "\t",
        "---",
        "...",
        "%",
        "@",
        "`",
        "：",
        "“",
        "é",
        "\r\n",
        "null",
        "~",
        "1",
        "-1",
        "true",
        "5s",
        "timeout",
        "retry",
        "on",
        "headers",
        "server",
        "listen",
        "0.0.0.0:1",
        "include",
        "?",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..60)
        .prop_map(|pieces| pieces.concat())
}

/// The committed sample with a piece cut out or put in.
fn damaged_sample() -> impl Strategy<Value = String> {
    let sample: String = include_str!("../../routes.yaml").replace("# models:", "# x:").replace("\n# ", "\n");
    (any::<proptest::sample::Index>(), 0_usize..40, yamlish()).prop_map(move |(at, cut, piece)| {
        let chars: Vec<char> = sample.chars().collect();
        let at = at.index(chars.len());
        let tail = (at + cut).min(chars.len());
        chars[..at].iter().chain(&piece.chars().collect::<Vec<_>>()).chain(&chars[tail..]).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn no_bytes_make_build_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        format in proptest::sample::select(vec![Format::Routes, Format::Dotenv, Format::Secret]),
    ) {
        if let Err(problems) = build(&[document(format, bytes)], &Vars::new()) {
            prop_assert!(problems.render(true).contains("error"));
        }
    }

    #[test]
    fn no_text_makes_build_panic(text in prop_oneof![yamlish(), damaged_sample()]) {
        for format in [Format::Routes, Format::Dotenv] {
            let documents = [document(format, text.clone()), document(Format::Dotenv, text.clone())];
            if let Err(problems) = build(&documents, &Vars::new()) {
                prop_assert!(problems.render(false).starts_with("error[") || problems.render(false).starts_with("warning["));
            }
        }
    }

    #[test]
    fn the_same_documents_give_the_same_answer(text in prop_oneof![yamlish(), written().prop_map(|w| w.yaml)]) {
        match (built(&text), built(&text)) {
            (Ok(first), Ok(second)) => prop_assert_eq!(first.table.digest(), second.table.digest()),
            (Err(first), Err(second)) => prop_assert_eq!(first.to_string(), second.to_string()),
            _ => prop_assert!(false, "one build succeeded, the other did not"),
        }
    }

    #[test]
    fn a_printed_table_builds_the_same_table(Written { yaml } in written()) {
        let first = built(&yaml).map_err(|problems| TestCaseError::fail(format!("{yaml}\n{problems}")))?;
        let printed = to_yaml(&first.table, &first.server);
        let second = built(&printed).map_err(|problems| TestCaseError::fail(format!("{yaml}\n{printed}\n{problems}")))?;
        prop_assert_eq!(diff(&first.table, &second.table), vec![], "{}\n{}", yaml, printed);
        prop_assert_eq!(first.table.digest(), second.table.digest(), "{}\n{}", yaml, printed);
    }

    #[test]
    fn a_route_has_no_tier_twice_and_begins_with_its_own(Written { yaml } in written()) {
        let table = built(&yaml).unwrap().table;
        for route in table.routes() {
            prop_assert_eq!(route.tiers[0].label.as_str(), route.name.as_str());
            let tiers = route.tiers[1..].iter().map(|tier| {
                let targets: Vec<_> = tier.targets.iter().map(|t| (t.backend, t.model.clone().map(|m| m.as_str().to_owned()))).collect();
                (tier.label.clone(), format!("{targets:?}"))
            });
            let tiers: Vec<_> = tiers.collect();
            prop_assert_eq!(tiers.iter().collect::<HashSet<_>>().len(), tiers.len());
        }
    }

    #[test]
    fn the_members_of_a_pool_share_exactly_the_weight_of_the_pool(
        members in proptest::collection::vec(1_u32..20, 1..6),
        share in 1_u32..100,
        rest in 1_u32..100,
    ) {
        let urls: Vec<String> = members.iter().enumerate().map(|(n, w)| format!("http://h{n}*{w}")).collect();
        let yaml = format!(
            "backends: {{pool: '{}', lone: 'http://lone'}}\nmodels: {{m: {{to: {{pool: {share}, lone: {rest}}}}}}}",
            urls.join(",")
        );
        let table = built(&yaml).unwrap().table;
        let weights: Vec<u64> = table.routes()[0].tiers[0].targets.iter().map(|t| u64::from(t.weight)).collect();
        let (lone, pool) = weights.split_last().unwrap();
        let sum: u64 = pool.iter().sum();
        prop_assert_eq!(sum * u64::from(rest), lone * u64::from(share));
        let total: u64 = members.iter().map(|&w| u64::from(w)).sum();
        for (weight, member) in pool.iter().zip(&members) {
            prop_assert_eq!(weight * total, sum * u64::from(*member));
        }
    }

    #[test]
    fn a_name_with_one_slip_is_recognised(name in "[a-z]{4,12}", at in any::<proptest::sample::Index>(), slip in "[A-Z]") {
        let at = at.index(name.len());
        let wrong = format!("{}{}{}", &name[..at], slip, &name[at + 1..]);
        prop_assume!(!wrong.eq_ignore_ascii_case(&name));
        let text = built(&format!("backends: {{{name}: echo://x, zzzzzzzzzzzzzzzzzzzzzzzz: echo://y}}\nmodels: {{m: {wrong}}}"))
            .unwrap_err()
            .to_string();
        let hint = format!("did you mean `{name}`?");
        prop_assert!(text.contains(&hint), "{}", text);
    }

    #[test]
    fn a_planted_key_never_shows(
        key in "[a-zA-Z0-9]{12,40}",
        place in 0_usize..8,
        damage in proptest::option::of((any::<proptest::sample::Index>(), yamlish())),
    ) {
        let forms = [
            "backends: {b: {url: ftp://h, key: KEY}}",
            "backends:\n  b:\n    url: ftp://h\n    key: \"KEY\"\n    nonsense: 1",
            "keys: [KEY, KEY]\nmodels: {}",
            "keys:\n  me: KEY\n  you: KEY\n",
            "backends:\n  b:\n    headers:\n      x-key: KEY\n      host: KEY\n    url: x",
            "backends: {b: {url: 'http://user:KEY@h'}}",
            "backends: {b: {url: 'ftp://h?api-key=KEY'}}",
            "backends: {b: {url: http://h, key: &k KEY}, c: {url: ftp://h, key: *k}}",
        ];
        let mut yaml = format!("{}\nmodels: {{m: nowhere}}\n", forms[place]).replace("KEY", &key);
        if let Some((at, piece)) = damage {
            // Below the key, so that the key itself still stands where a key stands.
            let after = yaml.rfind(&key).unwrap() + key.len() + 1;
            let open = yaml.len() - after;
            let at = after + at.index(open);
            if yaml.is_char_boundary(at) {
                yaml.insert_str(at, &piece);
            }
        }
        if let Err(problems) = built(&yaml) {
            prop_assert!(!problems.render(false).contains(&key), "{}\n{}", yaml, problems);
            let debug = format!("{problems:?}");
            prop_assert!(!debug.contains(&key), "{}", debug);
        }
    }
}

#[test]
fn bombs_are_refused_without_going_off() {
    let mut aliases = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..12 {
        let list = vec![format!("*a{}", n - 1); 10].join(", ");
        writeln!(aliases, "a{n}: &a{n} [{list}]").unwrap();
    }
    let deep_block = (0..3000).map(|n| " ".repeat(n)).collect::<Vec<_>>().join("a:\n");
    let bombs = [
        aliases,
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        deep_block,
        format!("models: [{}]", "[],".repeat(200_000)),
        format!("models:\n  a: \"{}", "x".repeat(500_000)),
        " ".repeat(5 * 1024 * 1024),
        "- ".repeat(1_000_000),
        "${".repeat(500_000),
        format!("models: {{a: \"{}\"}}", "${A:-".repeat(100_000)),
        "a: b\n".repeat(50_000),
        format!("models: {{a: [{}]}}", "http://h, ".repeat(30_000)),
        format!("models: {{a: \"{}\"}}", "http://h, ".repeat(100_000)),
        many_models_on_one_pool(),
    ];
    for bomb in bombs {
        let start: String = bomb.chars().take(40).collect();
        let problems = built(&bomb).unwrap_err().to_string();
        assert!(problems.len() < 100_000, "{start}: a report of {} bytes", problems.len());
    }
}

/// Each model costs the document ten bytes, and the table five hundred targets.
fn many_models_on_one_pool() -> String {
    let urls: Vec<String> = (0..500).map(|n| format!("echo://e*{}", 10 + n % 7)).collect();
    let mut yaml = format!("backends: {{p: \"{}\"}}\nmodels:\n", urls.join(","));
    for n in 0..5000 {
        writeln!(yaml, "  m{n}: p").unwrap();
    }
    yaml
}

#[test]
fn an_env_with_sixty_thousand_models_is_read() {
    let mut env = String::new();
    for n in 0..30_000 {
        writeln!(env, "M{n}_PROXY_SERVER_URL=echo://e{n}").unwrap();
    }
    let list: Vec<String> = (0..30_000).map(|n| format!("l{n}=echo://l{n}")).collect();
    writeln!(env, "PATCHBAY_MODELS=\"{}\"", list.join(";")).unwrap();
    let built = build(&[document(Format::Dotenv, env)], &Vars::new()).unwrap();
    assert_eq!(built.table.routes().len(), 60_000);
}

#[test]
fn a_chain_of_a_thousand_fallbacks_is_refused_once() {
    let mut yaml = String::from("models:\n");
    for n in 0..1000 {
        writeln!(yaml, "  m{n}: {{to: echo://e{n}, fallback: m{}}}", n + 1).unwrap();
    }
    yaml += "  m1000: echo://end\n";
    let said = built(&yaml).unwrap_err().to_string();
    assert_eq!(said.matches("more than 64 fallbacks in a row").count(), 1);

    let circle = yaml.replace("m1000: echo://end", "m1000: {to: echo://end, fallback: m0}");
    assert!(built(&circle).unwrap_err().to_string().contains("fallbacks go in a circle: m0 -> m1"));
}

#[test]
fn ten_thousand_models_in_their_longest_form_build() {
    let mut yaml = String::from("backends: {a: echo://a, b: echo://b}\nmodels:\n");
    for n in 0..10_000 {
        write!(yaml, "  model-{n}:\n    to: {{a: 90, b: 10}}\n    fallback: [b]\n    alias: [alias-{n}]\n    model: up-{n}\n    \
             timeout: {{connect: 1s, first_byte: 2s, idle: 3s}}\n    retry: {{max: 1, on: [connect, 429]}}\n"
        ).unwrap();
    }
    let table = built(&yaml).unwrap().table;
    assert_eq!(table.routes().len(), 10_000);
    assert_eq!(table.find(Some("alias-9999")).unwrap().route.name.as_str(), "model-9999");
}

#[test]
fn ten_thousand_mistakes_are_told_in_twenty() {
    let mut yaml = String::from("backends: {a: echo://a}\nmodels:\n");
    for n in 0..10_000 {
        writeln!(yaml, "  model-{n}: nowhere-{n}").unwrap();
    }
    let problems = built(&yaml).unwrap_err();
    assert_eq!(problems.all().len(), 10_000);
    let text = problems.to_string();
    assert_eq!(text.matches("error[").count(), 20);
    assert!(text.ends_with("\nand 9980 more\n"), "{text}");
}
