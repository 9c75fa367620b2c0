//! Where a model of a `.env` points to.

use crate::config::{Outline, Variable};

use super::change::Draft;
use super::splice::Splice;
use super::value::Value;
use super::{EditError, dotenv_line};

/// Thinks out how a model comes to point elsewhere.
pub(super) fn drafts(outline: &Outline<'_>, model: usize, value: &Value) -> Vec<Result<Draft, EditError>> {
    let file = outline.dotenv.as_ref();
    let target = outline.models[model].target.as_ref();
    let (Some(file), Some(target)) = (file, target) else { return vec![Err(EditError::NotFaithful)] };
    let holds = |line: &&Variable| line.place.start <= target.start && target.end <= line.place.end;
    let Some(line) = file.lines.iter().find(holds) else { return vec![Err(EditError::NotFaithful)] };
    let draft = |splices| Draft { document: file.document, splices };
    if line.place == *target {
        let new = rewritten(&line.value, value);
        return vec![Ok(draft(vec![dotenv_line::set(line, &new)]))];
    }
    // An item of a list: `name=urls`.
    let source = target.source();
    let Some(equals) = source.find('=') else { return vec![Err(EditError::NotFaithful)] };
    let urls = &source[equals + 1..];
    let start = target.start + equals + 1 + (urls.len() - urls.trim_start().len());
    let new = rewritten(urls.trim(), value);
    vec![Ok(draft(vec![Splice::new(start..target.end, new)]))]
}

/// Writes addresses as a comma list. Where only shares change, all else stays as it is.
fn rewritten(old: &str, value: &Value) -> String {
    let wanted = value.addresses();
    let mut pieces = Vec::new();
    for piece in old.split(',') {
        let core = piece.trim();
        let url = core.rsplit_once('*').map_or(core, |(url, _)| url.trim());
        let Some((_, share)) = wanted.iter().find(|(wanted, _)| wanted == url) else { continue };
        let blank = piece.len() - piece.trim_start().len();
        let tail = &piece[blank + core.len()..];
        pieces.push((url, format!("{}{}{tail}", &piece[..blank], address(url, *share))));
    }
    let same = pieces.iter().map(|(url, _)| *url).eq(wanted.iter().map(|(url, _)| url.as_str()));
    if same && old.split(',').filter(|piece| !piece.trim().is_empty()).count() == wanted.len() {
        return pieces.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(",");
    }
    wanted.iter().map(|(url, share)| address(url, *share)).collect::<Vec<_>>().join(",")
}

fn address(url: &str, share: u32) -> String {
    if share == 1 { url.to_owned() } else { format!("{url}*{share}") }
}
