//! The words for what became of a change.

use std::time::Duration;

use crate::live::Author;
use crate::source::SourceError;
use crate::table::Change;

const MOST_CHANGES: usize = 6;

/// Says that a generation is live: `generation 2 live in 2 ms   demo: blue -> green`; and by whom,
/// if a command made it.
pub(super) fn applied(
    generation: u64,
    took: Duration,
    changes: &[Change],
    finishing: u64,
    by: Option<&Author>,
) -> String {
    let mut parts = vec![format!("generation {generation} live in {}", duration(took))];
    parts.extend(changes.iter().take(MOST_CHANGES).map(ToString::to_string));
    if changes.len() > MOST_CHANGES {
        parts.push(format!("and {} more", changes.len() - MOST_CHANGES));
    }
    match finishing {
        0 => {}
        1 => parts.push(format!("1 request finishes on generation {}", generation - 1)),
        n => parts.push(format!("{n} requests finish on generation {}", generation - 1)),
    }
    parts.extend(by.map(|author| format!("by {author}")));
    parts.join("   ")
}

/// Says that documents were refused, with the report below.
pub(super) fn refused(origin: &str, generation: u64, report: &str) -> String {
    format!("{origin} refused; generation {generation} keeps serving\n{}", report.trim_end())
}

/// Says that there is nothing to judge.
pub(super) fn unreadable(error: &SourceError, generation: u64) -> String {
    format!("{}; generation {generation} keeps serving", plain(&error.to_string()))
}

/// Reports a fault of reading in the form of the other diagnostics.
pub(super) fn report(error: &SourceError) -> String {
    let help = error.hint().map(|hint| format!("  = help: {hint}\n")).unwrap_or_default();
    format!("error: {}\n{help}", plain(&error.to_string()))
}

/// Says that a center's document holds settings.
pub(super) fn misplaced(origin: &str) -> String {
    format!("`server` of {origin} is not read; it belongs into the routes.yaml of this machine")
}

/// Says that most models go at once.
pub(super) fn most_removed(removed: usize, of: usize) -> String {
    format!(
        "{removed} of {of} models were removed in one save; if that was not meant, save the earlier text again \
         (`server.guard: true` refuses such saves)"
    )
}

fn duration(took: Duration) -> String {
    if took < Duration::from_secs(1) {
        format!("{} ms", took.as_millis().max(1))
    } else {
        format!("{:.1} s", took.as_secs_f64())
    }
}

/// File names and links come from outside: they must not forge lines of the log.
pub(super) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ModelName;

    #[test]
    fn a_switch_is_told_in_one_line() {
        let model = ModelName::parse("demo").unwrap();
        let change = Change::Switched { model, from: "blue".to_owned(), to: "green".to_owned() };
        insta::assert_snapshot!(
            applied(2, Duration::from_micros(2400), &[change], 3, None),
            @"generation 2 live in 2 ms   demo: blue -> green   3 requests finish on generation 1"
        );
        insta::assert_snapshot!(applied(9, Duration::from_micros(40), &[], 1, None), @"generation 9 live in 1 ms   1 request finishes on generation 8");
        let author =
            Author { who: "alice".to_owned(), how: "switch".to_owned(), why: Some("night".to_owned()) };
        insta::assert_snapshot!(applied(3, Duration::from_millis(1), &[], 0, Some(&author)), @"generation 3 live in 1 ms   by alice (switch): night");
    }

    #[test]
    fn a_refusal_is_told_with_its_report_below() {
        let report = "error[E102]: model `a` points to unknown backend `b`\n --> routes.yaml:2:6\n";
        insta::assert_snapshot!(refused("routes.yaml", 2, report), @r"
        routes.yaml refused; generation 2 keeps serving
        error[E102]: model `a` points to unknown backend `b`
         --> routes.yaml:2:6
        ");
        let gone = SourceError::Gone { file: "routes.yaml".to_owned() };
        insta::assert_snapshot!(unreadable(&gone, 2), @"routes.yaml is gone; generation 2 keeps serving");
        insta::assert_snapshot!(super::report(&gone), @r"
        error: routes.yaml is gone
          = help: write it again, or stop the router if it is not wanted any more
        ");
    }

    #[test]
    fn a_file_name_forges_no_line() {
        let error = SourceError::Gone { file: "a\n10:00:00  generation 7 live".to_owned() };
        assert_eq!(unreadable(&error, 1).lines().count(), 1);
    }
}
