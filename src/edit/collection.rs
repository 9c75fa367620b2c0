//! Lists and maps of targets that get other members: those that stay keep their quotes, their
//! lines and what stands behind them.

use std::ops::Range;

use crate::config::{Kind, Outline, Style};

use super::lines;
use super::scalar::number;
use super::slot::{Slot, inner_spot};
use super::splice::Splice;
use super::value::{Value, item, share_entry};

/// One member as it is written.
struct Member<'t> {
    name: String,
    range: Range<usize>,
    /// Its share, in a map.
    share: Option<Slot<'t>>,
}

/// Writes a list or map of targets member by member; `None` if the value or what is written there
/// is neither, or is laid out in a way that has to be given up.
pub(super) fn rewritten(outline: &Outline<'_>, target: &Slot<'_>, value: &Value) -> Option<Vec<Splice>> {
    let members = members(outline, target)?;
    let wanted: Vec<(&str, Option<u32>)> = match value {
        Value::One(_) => return None,
        Value::List(names) => names.iter().map(|name| (name.as_str(), None)).collect(),
        Value::Shares(shares) => shares.iter().map(|(name, share)| (name.as_str(), Some(*share))).collect(),
    };
    let collection = Collection { target, members };
    if target.value.shape.style == Style::Flow && !target.source().contains(['\n', '#']) {
        return Some(collection.on_one_line(&wanted));
    }
    collection.by_lines(&wanted)
}

fn members<'t>(outline: &Outline<'_>, target: &Slot<'t>) -> Option<Vec<Member<'t>>> {
    let node = target.value;
    if node.shape.alias.is_some() || node.shape.merge.is_some() || target.check_inner(node).is_err() {
        return None;
    }
    let name = |text: Option<&str>| Some(outline.fill(text?)?.trim().to_owned());
    let members: Option<Vec<Member<'_>>> = match &node.kind {
        Kind::Scalar { .. } => None,
        Kind::List(items) => {
            let member = |node: &'t crate::config::Node| {
                Some(Member { name: name(node.text())?, range: node.range(), share: None })
            };
            items.iter().map(member).collect()
        }
        Kind::Map(entries) => {
            let member = |(key, value): &'t (_, _)| {
                let slot = Slot { tree: target.tree, key, value, spot: inner_spot(node) };
                let range = slot.key.range().start..slot.end();
                Some(Member { name: name(slot.key.text())?, range, share: Some(slot) })
            };
            entries.iter().map(member).collect()
        }
    };
    members.filter(|members| !members.is_empty())
}

struct Collection<'c, 't> {
    target: &'c Slot<'t>,
    members: Vec<Member<'t>>,
}

// === impl Collection ===

impl<'t> Collection<'_, 't> {
    fn text(&self) -> &'t str {
        self.target.text()
    }

    fn find(&self, name: &str) -> Option<&Member<'t>> {
        self.members.iter().find(|member| member.name == name)
    }

    fn is_map(&self) -> bool {
        self.members.iter().any(|member| member.share.is_some())
    }

    /// Writes a member as it is written already, or anew.
    fn body(&self, (name, share): (&str, Option<u32>)) -> String {
        match (share, self.find(name)) {
            (None, Some(Member { share: None, range, .. })) => self.text()[range.clone()].to_owned(),
            (None, _) => item(name),
            (Some(share), Some(Member { share: Some(slot), range, .. })) => {
                let behind_key = &self.text()[range.start..slot.value.range().start];
                let is_bare = slot.value.shape.alias.is_none() && slot.value.shape.anchor.is_none();
                if is_bare && !behind_key.contains('\n') {
                    format!("{behind_key}{}", number(share, slot.value.shape.style))
                } else {
                    share_entry(name, share)
                }
            }
            (Some(share), _) => share_entry(name, share),
        }
    }

    fn on_one_line(&self, wanted: &[(&str, Option<u32>)]) -> Vec<Splice> {
        let bodies: Vec<String> = wanted.iter().map(|wanted| self.body(*wanted)).collect();
        let source = self.target.source();
        let pad = if source[1..].starts_with(' ') { " " } else { "" };
        let (open, close) = brackets(wanted);
        let new = format!("{open}{pad}{}{pad}{close}", bodies.join(", "));
        vec![Splice::narrowed(self.target.value.range(), source, &new)]
    }

    /// Writes members that stand on lines of their own; `None` if they don't.
    fn by_lines(&self, wanted: &[(&str, Option<u32>)]) -> Option<Vec<Splice>> {
        let text = self.text();
        let is_flow = self.target.value.shape.style == Style::Flow;
        let lines: Vec<Line<'_>> =
            self.members.iter().map(|member| Line::of(text, &member.range)).collect::<Option<_>>()?;
        let apart = lines.windows(2).all(|two| two[0].range.end < two[1].range.start);
        let has_dashes = !is_flow && !self.is_map();
        let plain = lines.iter().all(|line| line.is_item == has_dashes && (is_flow || !line.has_comma));
        let (first, last) = (lines.first()?, lines.last()?);
        let becomes_map = wanted.iter().any(|(_, share)| share.is_some());
        let outer = self.target.key.range().start;
        let is_deeper = first.indent.len() > outer - lines::start(text, outer);
        if !apart || !plain || (becomes_map && !is_flow && !is_deeper) {
            return None;
        }
        let mut new = Vec::new();
        let mut leads = self.leads(&lines);
        for (n, (name, share)) in wanted.iter().enumerate() {
            let found = self.members.iter().position(|member| member.name == *name);
            if let Some(found) = found {
                new.extend(leads[found].take());
            }
            let old = found.map(|found| &lines[found]);
            let dash = if is_flow || becomes_map { "" } else { "- " };
            let is_last = n + 1 == wanted.len();
            let comma = if is_flow && (!is_last || last.has_comma) { "," } else { "" };
            let tail = old.map_or("", |line| line.tail);
            let prefix = match old {
                Some(line) if becomes_map == self.is_map() => line.prefix.to_owned(),
                _ => format!("{}{dash}", first.indent),
            };
            new.push(format!("{prefix}{}{comma}{tail}", self.body((name, *share))));
        }
        new.extend(leads.into_iter().flatten());
        let range = first.range.start..last.range.end;
        let mut splices = vec![Splice::narrowed(range.clone(), &text[range], &new.join("\n"))];
        if is_flow && becomes_map != self.is_map() {
            let (open, close) = brackets(wanted);
            let all = self.target.value.range();
            splices.push(Splice::new(all.start..all.start + 1, open));
            splices.push(Splice::new(all.end - 1..all.end, close));
        }
        Some(splices)
    }

    /// The lines between members, which hold comments: those above a member that stays go where it
    /// goes, the others to the end.
    fn leads(&self, lines: &[Line<'_>]) -> Vec<Option<String>> {
        let between = lines.windows(2).map(|two| {
            let between = &self.text()[two[0].range.end..two[1].range.start];
            let lead = between.strip_prefix('\n')?.strip_suffix('\n')?;
            Some(lead.to_owned())
        });
        std::iter::once(None).chain(between).collect()
    }
}

fn brackets(wanted: &[(&str, Option<u32>)]) -> (&'static str, &'static str) {
    if wanted.iter().any(|(_, share)| share.is_some()) { ("{", "}") } else { ("[", "]") }
}

/// A line that holds one member.
struct Line<'t> {
    range: Range<usize>,
    indent: &'t str,
    /// Everything before the member.
    prefix: &'t str,
    /// Whether a `-` stands before it.
    is_item: bool,
    has_comma: bool,
    /// A comment, with the blanks before it.
    tail: &'t str,
}

// === impl Line ===

impl<'t> Line<'t> {
    fn of(text: &'t str, member: &Range<usize>) -> Option<Self> {
        let range = lines::start(text, member.start)..lines::end(text, member.end);
        let (prefix, tail) = (&text[range.start..member.start], &text[member.end..range.end]);
        let indent = &prefix[..prefix.len() - prefix.trim_start_matches(' ').len()];
        let mark = prefix.trim();
        let behind = tail.trim_start().strip_prefix(',');
        let tail = behind.unwrap_or(tail);
        let is_one_line = !text[member.clone()].contains('\n');
        let is_alone = matches!(mark, "" | "-") && (tail.trim().is_empty() || tail.trim().starts_with('#'));
        (is_one_line && is_alone).then_some(Self {
            range,
            indent,
            prefix,
            is_item: mark == "-",
            has_comma: behind.is_some(),
            tail,
        })
    }
}
