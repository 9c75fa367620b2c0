//! What holds for every edit of every file.

mod written;

use patchbay::config::{Vars, build};
use patchbay::table::{BackendState, Change as Difference, RoutingTable, diff};
use proptest::prelude::*;

use super::{Change, dotenv, edit, edited, routes, several, state, switch, weights};
use written::{Written, written};

fn table(text: &str) -> Result<RoutingTable, TestCaseError> {
    let built = build(&[routes(text)], &Vars::new());
    built.map(|built| built.table).map_err(|problems| TestCaseError::fail(format!("{text}\n{problems}")))
}

/// Edits a file; `None` if it is so already.
fn new_text(text: &str, change: &Change) -> Result<Option<String>, TestCaseError> {
    let outcome = edited(&[routes(text)], change);
    let outcome = outcome.map_err(|error| TestCaseError::fail(format!("{change:?}\n{text}\n{error}")))?;
    Ok(outcome.map(|edited| edited.text))
}

/// The lines that only the old and only the new text has.
fn changed<'t>(old: &'t str, new: &'t str) -> (Vec<&'t str>, Vec<&'t str>) {
    let (mut old, mut new): (Vec<_>, Vec<_>) =
        (old.split_inclusive('\n').collect(), new.split_inclusive('\n').collect());
    while !old.is_empty() && old.first() == new.first() {
        old.remove(0);
        new.remove(0);
    }
    while !old.is_empty() && old.last() == new.last() {
        old.pop();
        new.pop();
    }
    (old, new)
}

fn comment(line: &str) -> &str {
    line.find(" #")
        .or_else(|| line.find("\t#"))
        .map_or("", |at| line[at + 1..].trim_end_matches(['\r', '\n']))
}

fn only_comments(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.trim_start().starts_with('#')).collect()
}

/// The one thing that differs between two tables.
fn difference(old: &str, new: &str) -> Result<String, TestCaseError> {
    let differences = diff(&table(old)?, &table(new)?);
    let names: Vec<&str> = differences
        .iter()
        .map(|difference| match difference {
            Difference::Switched { model, .. } | Difference::Adjusted { model } => model.as_str(),
            Difference::State { backend, .. } => backend.as_str().split('#').next().unwrap_or_default(),
            other => panic!("{other}\n{old}\n{new}"),
        })
        .collect();
    prop_assert!(names.iter().all(|name| *name == names[0]), "{:?}\n{}\n{}", names, old, new);
    Ok(names.first().map(|name| (*name).to_owned()).unwrap_or_default())
}

fn target() -> impl Strategy<Value = String> {
    let urls = ["http://new:1/v1", "echo://x?tokens=3", "http://a, http://b*3", "https://h/v1?key=$$x"];
    let names = ["blue", "qwen:7b", "yes", "1.5", "深 蓝", "it's"];
    proptest::sample::select([&urls[..], &names[..]].concat()).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_switch_changes_one_value_and_no_other_byte(
        Written { text, models, .. } in written(), which in any::<proptest::sample::Index>(), to in target(),
    ) {
        let model = which.get(&models);
        let Some(new) = new_text(&text, &switch(&model.name, &to))? else { return Ok(()) };
        prop_assert_eq!(difference(&text, &new)?, &*model.name, "{}\n{}", text, new);
        prop_assert_eq!(new_text(&new, &switch(&model.name, &to))?, None);
        prop_assert_eq!(only_comments(&text), only_comments(&new));
        let (gone, come) = changed(&text, &new);
        if model.is_one_line && !gone[0].contains('&') {
            prop_assert_eq!((gone.len(), come.len()), (1, 1), "{}\n{}", text, new);
            prop_assert_eq!(comment(gone[0]), comment(come[0]));
        }
        prop_assert_eq!(text.contains("\r\n"), new.contains("\r\n"));
        prop_assert_eq!(new.matches('\n').count(), new.matches(if text.contains("\r\n") { "\r\n" } else { "\n" }).count());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn shares_and_lists_change_one_model_and_no_comment(
        Written { text, models, backends } in written(),
        which in any::<proptest::sample::Index>(),
        shares in proptest::collection::vec(0_u32..100, 1..5),
        is_list in any::<bool>(),
    ) {
        let model = which.get(&models);
        let shares: Vec<(&str, u32)> = backends.iter().copied().zip(shares.into_iter().map(|n| n + 1)).collect();
        let names: Vec<&str> = shares.iter().map(|(name, _)| *name).collect();
        let change = if is_list { several(&model.name, &names) } else { weights(&model.name, &shares) };
        let Some(new) = new_text(&text, &change)? else { return Ok(()) };
        let changed = difference(&text, &new)?;
        prop_assert!(changed.is_empty() || changed == model.name, "{}\n{}", text, new);
        prop_assert_eq!(new_text(&new, &change)?, None);
        prop_assert_eq!(only_comments(&text).len(), only_comments(&new).len(), "{}\n{}", text, new);
    }

    #[test]
    fn a_state_comes_and_goes(Written { text, backends, .. } in written(), which in any::<proptest::sample::Index>()) {
        let backend = which.get(&backends);
        let drained = new_text(&text, &state(backend, BackendState::Drain))?.unwrap();
        prop_assert_eq!(difference(&text, &drained)?, *backend, "{}\n{}", text, drained);
        let (gone, come) = changed(&text, &drained);
        prop_assert!(gone.len() <= 1 && come.len() == 1 || come.len() == 2 && !text.ends_with('\n'), "{:?} {:?}", gone, come);
        let again = new_text(&drained, &state(backend, BackendState::Ready))?.unwrap();
        prop_assert_eq!(again, text);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_text_makes_an_edit_panic(
        Written { text, models, backends } in written(),
        at in any::<proptest::sample::Index>(),
        cut in 0_usize..30,
        piece in "(\\PC|\n|\r|\t|: |&a |\\*a|[{}\\[\\],'\"#$-]){0,6}",
        to in target(),
    ) {
        let chars: Vec<char> = text.chars().collect();
        let at = at.index(chars.len());
        let tail = &chars[(at + cut).min(chars.len())..];
        let damaged: String = chars[..at].iter().copied().chain(piece.chars()).chain(tail.iter().copied()).collect();
        for model in &models {
            for change in [switch(&model.name, &to), several(&model.name, &[&to, backends[0]]), weights(&model.name, &[(&to, 1), (backends[1], 2)])] {
                if let Ok(Some(new)) = edited(&[routes(&damaged)], &change) {
                    prop_assert_eq!(edited(&[routes(&new.text)], &change), Ok(None), "{}\n{}", damaged, new.text);
                }
            }
        }
        for backend in &backends {
            for word in BackendState::ALL {
                if let Ok(Some(new)) = edited(&[routes(&damaged)], &state(backend, word)) {
                    prop_assert_eq!(edited(&[routes(&new.text)], &state(backend, word)), Ok(None), "{}", new.text);
                }
            }
        }
        let _outcome = edit(&[dotenv(&damaged)], &Vars::new(), &switch("m0", &to));
    }

    #[test]
    fn no_bytes_make_an_edit_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut document = routes("");
        document.content = bytes.into();
        prop_assert!(edited(&[document], &switch("m", "http://h")).is_err());
    }
}
