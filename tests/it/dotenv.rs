//! `.env` files: read as others read them, refused where readers differ, and DB-GPT's own file as
//! the table's owner.

mod messages;
mod owner;

use std::collections::BTreeMap;

use patchbay::config::{Document, Format, Vars, build};
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
    fn a_plain_value_is_read_as_dotenvy_reads_it(text in "[A-Za-z0-9_./:=,@%+-]{0,30}") {
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
