//! What a panic or a log line could print by mistake: the `Debug` of what holds secrets.

use patchbay::config::{Document, Format, Vars, build};
use patchbay::control::{Command, WholeText};
use patchbay::edit::{Change, Target, edit};

use super::planted::{VARIABLES, clean, home};

#[test]
fn no_debug_output_holds_a_key() {
    let home = home("http://127.0.0.1:1");
    let document =
        |name: &str, format| Document { name: name.into(), format, content: home.read(name).into() };
    let documents = [
        document("routes.yaml", Format::Routes),
        document(".env", Format::Dotenv),
        document("secret.txt", Format::Secret),
    ];
    clean("a document", &format!("{documents:?}"));
    let vars: Vars =
        VARIABLES.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let built = build(&documents, &vars).unwrap_or_else(|problems| panic!("{problems}"));
    clean("a table", &format!("{:?} {:#?}", built.table, built.table));
    clean("the server's settings", &format!("{:?}", built.server));
    clean("warnings", &format!("{:?}", built.warnings));
    let bad = [document("bad.yaml", Format::Routes), documents[1].clone(), documents[2].clone()];
    let problems = build(&bad, &vars).err().unwrap();
    clean("problems", &format!("{problems:?} {problems}"));
    let text = home.read("routes.yaml");
    clean("a command", &format!("{:?}", Command::Apply { text: WholeText(text) }));
    let url = || "http://127.0.0.1:1/v1?key=planted-target".to_owned();
    for to in [Target::One(url()), Target::Several(vec![url(), url()])] {
        let model = || "demo".to_owned();
        let command = Command::Switch { model: model(), to: to.clone(), if_current: Some(url()) };
        let shares = vec![(url(), 90), ("process".to_owned(), 10)];
        let weights = Command::Weights { model: model(), shares: shares.clone() };
        let changes = [Change::Switch { model: model(), to }, Change::Weights { model: model(), shares }];
        clean("a target", &format!("{command:?} {weights:?} {changes:?} {changes:#?}"));
    }
    let change = Change::Switch { model: "demo".to_owned(), to: Target::One("process".to_owned()) };
    let edited = edit(&documents, &vars, &change).unwrap().unwrap();
    clean("an edited document", &format!("{edited:?} {change:?}"));
}
