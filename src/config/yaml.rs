//! YAML text to tree. The only file that knows which YAML library we use.
//!
//! The library's parser gives events with byte ranges; the tree is ours, since only so every
//! problem of a document can be told at once, with the short forms of our grammar and both places
//! of a duplicate. What serde-saphyr's own budget would guard is guarded here.

use std::collections::HashMap;
use std::collections::hash_map::Entry::Vacant;
use std::ops::Range;
use std::sync::Arc;

use serde_saphyr::granit_parser::{
    self as granit, ErrorKind, Event, Parser, ScalarStyle, ScanError, StrInput, StructureStyle,
};

use super::node::{Anchor, Kind, Node, Shape, Style, Tree};
use super::place::Text;
use super::problem::Findings;
use super::{Place, code, trap};

/// Room for 10,000 models in their longest form; an alias bomb needs millions.
const MOST_NODES: usize = 500_000;
/// Our grammar needs 8.
const MOST_DEPTH: usize = 64;

/// Reads one document. Duplicates are found and reading goes on; `None` if it can't.
pub(super) fn parse(text: &Arc<Text>, findings: &mut Findings) -> Option<Node> {
    parse_tree(text, findings).map(|tree| tree.root)
}

/// Reads one document, and keeps where its aliases stand.
pub(super) fn parse_tree(text: &Arc<Text>, findings: &mut Findings) -> Option<Tree> {
    let options = granit::options! { emit_unresolved_aliases: true, emit_anchor_events: true };
    let parser = Parser::new_from_str_with_options(text.content.as_str(), options);
    let mut builder = Builder { parser, text, findings, anchors: HashMap::new(), uses: Vec::new(), nodes: 0 };
    let root = builder.document().ok()?;
    Some(Tree { root, uses: builder.uses })
}

/// The problem is told, and nothing more can be read.
struct Stopped;

struct Builder<'t> {
    parser: Parser<'t, StrInput<'t>>,
    text: &'t Arc<Text>,
    findings: &'t mut Findings,
    anchors: HashMap<usize, Node>,
    uses: Vec<(usize, Range<usize>)>,
    nodes: usize,
}

// === impl Builder ===

impl<'t> Builder<'t> {
    fn document(&mut self) -> Result<Node, Stopped> {
        loop {
            let (event, place) = self.event()?;
            match event {
                Event::StreamStart | Event::DocumentStart(..) => {}
                Event::StreamEnd => {
                    self.findings.error(code::NOT_A_TABLE, &place, "there is nothing in this document");
                    return Err(Stopped);
                }
                first => {
                    let root = self.node(first, place, 0)?;
                    self.end()?;
                    return Ok(root);
                }
            }
        }
    }

    fn end(&mut self) -> Result<(), Stopped> {
        loop {
            let (event, place) = self.event()?;
            match event {
                Event::DocumentStart(..) => {
                    self.findings
                        .error(code::NOT_A_TABLE, &place.first_line(), "a second document begins here")
                        .label("everything below this line would be ignored")
                        .help("keep one table in a file; remove the `---`");
                    return Err(Stopped);
                }
                Event::StreamEnd => return Ok(()),
                _ => {}
            }
        }
    }

    fn event(&mut self) -> Result<(Event<'t>, Place), Stopped> {
        match self.parser.next() {
            Some(Ok((event, span))) => {
                let range = span.byte_range().unwrap_or(0..0);
                Ok((event, Place::new(self.text, range.start, range.end)))
            }
            Some(Err(error)) => {
                self.syntax(&error);
                Err(Stopped)
            }
            None => Ok((Event::StreamEnd, Place::top(self.text))),
        }
    }

    fn node(&mut self, event: Event<'t>, place: Place, depth: usize) -> Result<Node, Stopped> {
        self.count(1, depth, &place)?;
        let mut shape = Shape { end: place.end, ..Shape::default() };
        let (kind, tag) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let plain = matches!(style, ScalarStyle::Plain) && tag.is_none();
                shape.anchor = self.anchor(anchor)?;
                shape.style = scalar_style(style);
                if shape.style == Style::Literal {
                    shape.end = place.start + place.source().trim_end().len();
                }
                (Kind::Scalar { text: text.into_owned(), plain }, tag)
            }
            Event::SequenceStart(style, anchor, tag) => {
                shape.anchor = self.anchor(anchor)?;
                shape.style = structure_style(style);
                (self.list(depth, &mut shape)?, tag)
            }
            Event::MappingStart(style, anchor, tag) => {
                shape.anchor = self.anchor(anchor)?;
                shape.style = structure_style(style);
                (self.map(depth, &mut shape)?, tag)
            }
            Event::Alias(id) => return self.alias(id, depth, &place),
            Event::UnresolvedAlias(name) => {
                trap::unknown_alias(&name, &place, self.findings);
                return Err(Stopped);
            }
            _ => (Kind::Scalar { text: String::new(), plain: true }, None),
        };
        if tag.is_some_and(|tag| tag.is_custom()) {
            self.findings.error(code::SYNTAX, &place.first_line(), "tags such as `!name` mean nothing here");
            return Err(Stopped);
        }
        let node = Node { kind, place, shape };
        if let Some(anchor) = &node.shape.anchor {
            self.anchors.insert(anchor.id, node.clone());
        }
        Ok(node)
    }

    /// The parser tells of an anchor right behind what it is the anchor of.
    fn anchor(&mut self, id: usize) -> Result<Option<Anchor>, Stopped> {
        if id == 0 {
            return Ok(None);
        }
        let (_, place) = self.event()?;
        Ok(Some(Anchor { id, range: place.start..place.end }))
    }

    fn list(&mut self, depth: usize, shape: &mut Shape) -> Result<Kind, Stopped> {
        let mut items = Vec::new();
        loop {
            let (event, place) = self.event()?;
            if matches!(event, Event::SequenceEnd) {
                if shape.style == Style::Flow {
                    shape.end = place.end;
                }
                return Ok(Kind::List(items));
            }
            let item = self.node(event, place, depth + 1)?;
            shape.end = item.range().end;
            items.push(item);
        }
    }

    fn map(&mut self, depth: usize, shape: &mut Shape) -> Result<Kind, Stopped> {
        let mut entries: Vec<(Node, Node)> = Vec::new();
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut merges = Vec::new();
        loop {
            let (event, place) = self.event()?;
            if matches!(event, Event::MappingEnd) {
                if shape.style == Style::Flow {
                    shape.end = place.end;
                }
                break;
            }
            let key = self.node(event, place, depth + 1)?;
            let (event, place) = self.event()?;
            let value = self.node(event, place, depth + 1)?;
            shape.end = value.range().end.max(key.range().end);
            let Some(name) = key.text() else {
                self.findings
                    .error(
                        code::WRONG_TYPE,
                        &key.place.first_line(),
                        format!("{} can't be a key", key.what()),
                    )
                    .maybe_help(trap::flow_value(&key.place));
                continue;
            };
            if name == "<<" && matches!(key.kind, Kind::Scalar { plain: true, .. }) {
                shape.merge = Some(key.range().start..shape.end);
                merges.push(value);
            } else if let Some(&earlier) = seen.get(name) {
                let first: &Place = &entries[earlier].0.place;
                self.findings
                    .error(code::DUPLICATE, &key.place, format!("`{name}` is there twice"))
                    .label("again here")
                    .related(first, "first here");
            } else {
                seen.insert(name.to_owned(), entries.len());
                entries.push((key, value));
            }
        }
        shape.own = entries.len();
        for merge in merges {
            self.merge(merge, &mut entries, &mut seen);
        }
        Ok(Kind::Map(entries))
    }

    /// `<<: *base` brings in what the map doesn't have itself.
    fn merge(&mut self, from: Node, entries: &mut Vec<(Node, Node)>, seen: &mut HashMap<String, usize>) {
        match from.kind {
            Kind::Map(base) => {
                for (key, value) in base {
                    let name = key.text().unwrap_or_default().to_owned();
                    if let Vacant(free) = seen.entry(name) {
                        free.insert(entries.len());
                        entries.push((key, value));
                    }
                }
            }
            Kind::List(several) => several.into_iter().for_each(|one| self.merge(one, entries, seen)),
            Kind::Scalar { .. } => {
                self.findings
                    .error(code::WRONG_TYPE, &from.place, "`<<` takes a map")
                    .help("write `<<: *name`, where `&name` stands before a map further up");
            }
        }
    }

    fn alias(&mut self, id: usize, depth: usize, place: &Place) -> Result<Node, Stopped> {
        let Some(node) = self.anchors.get(&id) else {
            self.findings.error(code::CYCLE, place, "an anchor can't hold itself");
            return Err(Stopped);
        };
        let (mut node, size) = (node.clone(), node.size());
        self.count(size, depth, place)?;
        let range = place.start..place.end;
        self.uses.push((id, range.clone()));
        node.shape.anchor = None;
        node.shape.alias = Some(range);
        Ok(node)
    }

    fn count(&mut self, more: usize, depth: usize, place: &Place) -> Result<(), Stopped> {
        self.nodes = self.nodes.saturating_add(more);
        if depth > MOST_DEPTH {
            self.findings.error(
                code::TOO_LARGE,
                &place.first_line(),
                format!("nested deeper than {MOST_DEPTH} levels"),
            );
            return Err(Stopped);
        }
        if self.nodes > MOST_NODES {
            self.findings
                .error(code::TOO_LARGE, &place.first_line(), format!("more than {MOST_NODES} values"))
                .help("anchors and aliases count as often as they are used");
            return Err(Stopped);
        }
        Ok(())
    }

    fn syntax(&mut self, error: &ScanError) {
        let at = error.marker().byte_offset().unwrap_or(0);
        let place = Place::new(self.text, at, at + 1);
        if *error.kind() == ErrorKind::RecursionLimitExceeded {
            self.findings.error(code::TOO_LARGE, &place, format!("nested deeper than {MOST_DEPTH} levels"));
            return;
        }
        if trap::explain(&place, self.findings) {
            return;
        }
        if let Some((cause, help)) = in_plain_words(error.kind()) {
            self.findings.error(code::SYNTAX, &place, cause).help(help);
        } else {
            self.findings.error(code::SYNTAX, &place, format!("this isn't YAML: {}", error.kind()));
        }
    }
}

fn scalar_style(style: ScalarStyle) -> Style {
    match style {
        ScalarStyle::Plain => Style::Plain,
        ScalarStyle::SingleQuoted => Style::Single,
        ScalarStyle::DoubleQuoted => Style::Double,
        ScalarStyle::Literal | ScalarStyle::Folded => Style::Literal,
    }
}

fn structure_style(style: StructureStyle) -> Style {
    match style {
        StructureStyle::Block => Style::Block,
        StructureStyle::Flow => Style::Flow,
    }
}

/// The common mistakes, said without the words of the YAML specification.
fn in_plain_words(kind: &ErrorKind) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        ErrorKind::MappingValueNotAllowed | ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => (
            "this `:` can't stand here",
            "does the line above lack its `: `, or begin in another column than this one?",
        ),
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
            ("this line begins in a column of its own", "lines of one block begin in the same column")
        }
        ErrorKind::ExpectedBlockSequenceEntry => {
            ("a list and a map are mixed here", "either every line of a block begins with `- `, or none")
        }
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::UnexpectedEofFlowMapping => {
            ("a `,` or `}` is missing before this", "entries within `{…}` are separated by commas")
        }
        ErrorKind::ExpectedFlowSequenceSeparator | ErrorKind::UnexpectedEofFlowSequence => {
            ("a `,` or `]` is missing before this", "items within `[…]` are separated by commas")
        }
        ErrorKind::UnclosedFlowCollection { .. } => {
            ("this bracket is never closed", "was the file saved whole?")
        }
        ErrorKind::UnclosedQuotedScalar => ("this quote is never closed", "was the file saved whole?"),
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => (
            "this stands behind a closing quote",
            "put the whole value within the quotes; a `'` within single ones is written twice",
        ),
        ErrorKind::MisplacedFlowCollectionEnd | ErrorKind::MismatchedFlowCollectionEnd { .. } => {
            ("this bracket closes nothing", "remove it, or put the text in quotes")
        }
        ErrorKind::UnexpectedCharacter { .. } => {
            ("a text can't begin with this character in YAML", "put the text in quotes")
        }
        ErrorKind::BlockSequenceEntryNotAllowed => {
            ("a list can't begin on the line of its key", "begin a new line, or write [a, b]")
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            ("double quotes hold an unknown escape", "use single quotes, in which `\\` is itself")
        }
        _ => return None,
    })
}
