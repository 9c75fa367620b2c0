//! `.env` files: read as others read them, refused where readers differ, and DB-GPT's own file as
//! the table's owner.

mod messages;
mod owner;

use std::collections::BTreeMap;

use patchbay::config::{Document, Format, Vars, build, variables};
use proptest::prelude::*;

fn env(content: &str) -> Document {
    Document { name: ".env".to_owned(), format: Format::Dotenv, content: content.to_owned().into() }
}

/// What a variable of the file comes to, seen through `${…}`.
fn value(content: &str, name: &str) -> Option<String> {
    let routes = Document {
        name: "routes.yaml".to_owned(),
        format: Format::Routes,
        content: format!("models: {{m: 'echo://m'}}\nkeys: {{caller: '-${{{name}}}'}}").into(),
    };
    let built = build(&[routes, env(content)], &Vars::new()).ok()?;
    built.table.callers().iter().next().map(|caller| caller.key.expose()[1..].to_owned())
}

/// The same file, read by dotenvy.
fn oracle(content: &str) -> BTreeMap<String, String> {
    dotenvy::from_read_iter(content.as_bytes()).map(Result::unwrap).collect()
}

#[test]
fn common_files_are_read_as_dotenvy_reads_them() {
    let files = [
        "A=1\nB='two words'\n",
        "# comment\n\nA=1 # comment\nB='x # y'\nC=\"x # y\"\n",
        "export A=1\nexport   B=2\n",
        "A=\nB=\"\"\nC=''\n",
        "A = 1\nB= 2\nC =3\n",
        "A='single ${B} \\n'\n",
        "A=\"line\\nbreak\"\nB=\"tab\"\n",
        "A=\"several\nlines\"\nB=after\n",
        "PROXY_SERVER_URL=http://127.0.0.1:8000/v1/chat/completions\nPROXY_API_KEY=sk-abc-123==\n",
        "A=a#b\nB=a=b=c\n",
        "A=1\r\nB='2'\r\n",
        "A=\"quoted \\\"inner\\\" text\"\n",
        "A=x",
    ];
    for file in files {
        for (name, wanted) in oracle(file) {
            let wanted = wanted.replace("\r\n", "\n");
            let visible = wanted.bytes().all(|byte| (0x20..0x7f).contains(&byte));
            if visible {
                assert_eq!(value(file, &name), Some(wanted), "{name} in {file:?}");
            }
        }
    }
}

/// What python-dotenv 1.2.4 made of each, with `interpolate=False`.
#[test]
fn a_file_is_read_as_python_dotenv_reads_it() {
    let files: [(&str, &[(&str, &str)]); 14] = [
        ("A=#b\n", &[("A", "#b")]),
        ("A=#b #c\n", &[("A", "#b")]),
        ("A=#\nB=##\t# c\n", &[("A", "#"), ("B", "##")]),
        ("A= # b\nB=\t#b\n", &[("A", ""), ("B", "")]),
        ("A=a#b # c\n", &[("A", "a#b")]),
        ("A = \u{3000}x\u{a0}# c\n", &[("A", "x")]),
        ("A='#b'#c\nB=\"#b\" # c\n", &[("A", "#b"), ("B", "#b")]),
        ("A=1\rB='2' # c\rC=3", &[("A", "1"), ("B", "2"), ("C", "3")]),
        ("A=\"a\r\nb\rc\"\r\nB=1\r\n", &[("A", "a\nb\nc"), ("B", "1")]),
        (r#"A='a\\b\'c\n\$\"'"#, &[("A", r#"a\b'c\n\$\""#)]),
        (r"A='a\\'", &[("A", r"a\")]),
        (r#"A="a\\b\'c\"d\te\$f\x""#, &[("A", "a\\b'c\"d\te\\$f\\x")]),
        (r#"A="\a\b\f\n\r\v""#, &[("A", "\x07\x08\x0c\n\r\x0b")]),
        (r"A=a\nb\\", &[("A", r"a\nb\\")]),
    ];
    for (file, wanted) in files {
        let wanted = wanted.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        assert_eq!(variables(&env(file)).ok(), Some(wanted.collect::<Vars>()), "{file:?}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_name() {
    assert_eq!(value("\u{feff}A=1\n", "A").as_deref(), Some("1"));
}

#[test]
fn nothing_is_expanded_and_nothing_is_run() {
    let file = "A=$HOME\nB=\"${HOME}\"\nC=$(id)\nD=`id`\nE=~/x\n";
    for (name, wanted) in [("A", "$HOME"), ("B", "${HOME}"), ("C", "$(id)"), ("D", "`id`"), ("E", "~/x")] {
        assert_eq!(value(file, name).as_deref(), Some(wanted));
    }
}

proptest! {
    #[test]
    fn a_plain_value_is_read_as_dotenvy_reads_it(text in "[A-Za-z0-9_./:=,@%+-][A-Za-z0-9_./:=,@%+#-]{0,30}") {
        let file = format!("BEFORE=1\nNAME={text}\nAFTER=2\n");
        prop_assert_eq!(value(&file, "NAME"), oracle(&file).remove("NAME"));
    }

    #[test]
    fn a_quoted_value_is_itself(text in "[ -~&&[^'\"\\\\$]]{0,30}") {
        for quote in ['\'', '"'] {
            let file = format!("BEFORE=1\nNAME={quote}{text}{quote} # note\nAFTER=2\n");
            prop_assert_eq!(value(&file, "NAME"), Some(text.clone()));
        }
    }

    #[test]
    fn no_file_makes_the_parser_panic(text in "([A-Z]{0,3}|=|'|\"|\\\\|#| |\n|\r\n|\\$|`|export |é|：){0,30}") {
        let _outcome = build(&[env(&text)], &Vars::new()).map_err(|problems| problems.render(true));
    }
}
