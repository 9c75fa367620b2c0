//! Random files with comments everywhere, as people and their editors leave them.

use std::fmt::Write;

use proptest::prelude::*;
use proptest::sample::select;

/// A file, and who is in it.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) models: Vec<Model>,
    pub(super) backends: Vec<&'static str>,
}

/// A model of the file.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) name: String,
    /// Whether its target stands on one line.
    pub(super) is_one_line: bool,
}

const BACKENDS: [&str; 6] = ["blue", "qwen:7b", "yes", "1.5", "深 蓝", "it's"];

/// What stands between lines.
fn above() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "",
        "\n",
        "# a: b\n",
        "  # 注 – “x”\n",
        "\n# {&a: *b}\n\n",
        "      # far\tright\n",
        "#\n",
    ])
}

/// What stands behind a value.
fn behind() -> impl Strategy<Value = &'static str> {
    select(vec!["", "", " ", "  # note", " # 蓝 -> 绿", " #\tto: x, [y]", "\t# it's \"q\" &a *b"])
}

/// How a text is quoted: not, `'`, or `"`.
fn quoted(text: &str, style: u8) -> String {
    let needs = ["qwen:7b", "yes", "1.5", "it's"].contains(&text);
    match style % 3 {
        0 if !needs => text.to_owned(),
        1 => format!("'{}'", text.replace('\'', "''")),
        _ => format!("\"{text}\""),
    }
}

/// What a model is written by.
#[derive(Debug, Clone)]
struct Spec {
    form: u8,
    style: u8,
    targets: Vec<&'static str>,
    gap: &'static str,
    above: [&'static str; 3],
    behind: [&'static str; 4],
}

fn spec() -> impl Strategy<Value = Spec> {
    let targets = proptest::sample::subsequence(BACKENDS.to_vec(), 2..4).prop_shuffle();
    let gap = select(vec![" ", " ", "   "]);
    (
        any::<u8>(),
        any::<u8>(),
        targets,
        gap,
        [above(), above(), above()],
        [behind(), behind(), behind(), behind()],
    )
        .prop_map(|(form, style, targets, gap, above, behind)| Spec {
            form,
            style,
            targets,
            gap,
            above,
            behind,
        })
}

impl Spec {
    fn name(&self, n: usize) -> String {
        format!("{}{n}", ["m", "模型 ", "gpt-4o:", "it's-"][usize::from(self.style / 3 % 4)])
    }

    fn target(&self, n: usize) -> String {
        quoted(self.targets[n], self.style / 12)
    }

    /// Writes the value, with the blank before it and the line's end behind it.
    fn value(&self, n: usize, anchors: &[usize]) -> (String, bool) {
        let Self { gap, above: [_, two, three], behind: [b1, b2, b3, b4], .. } = self;
        let (one, two_targets) = (self.target(0), format!("{}, {}", self.target(0), self.target(1)));
        let key = |n: usize| quoted(self.targets[n], 1);
        let shares = format!("{{{}: 9{gap}, {} : '1'}}", key(0), key(1));
        let line = |value: String| (format!("{gap}{value}{b1}\n"), true);
        match self.form % 16 {
            0..=2 => line(one),
            3 => line(format!("{{{}to: {one} , retry: 1}}", &gap[1..])),
            4 => line(format!("[{two_targets}]")),
            5 => line(shares),
            6 => line(format!("&a{n} {one}")),
            7 if !anchors.is_empty() => line(format!("*a{}", anchors[n % anchors.len()])),
            8 => line(format!("{{fallback: [{}], to: {shares}}}", self.target(1))),
            9 => (
                format!(
                    "{b1}\n{two}    retry: 2{b2}\n{three}    to:{gap}{one}{b3}\n    alias: [al-{n}]{b4}\n"
                ),
                true,
            ),
            10 => (
                format!("{b1}\n{two}    to:{b2}\n      - {}{b3}\n{three}      - {one}{b4}\n", self.target(1)),
                false,
            ),
            11 => (format!("{b1}\n{two}    {}: 3{b2}\n{three}    {}:{gap}4{b3}\n", key(0), key(1)), false),
            12 => (
                format!("{b1}\n{two}  -{gap}{}{b2}\n{three}  - {}{b3}\n", self.target(0), self.target(1)),
                false,
            ),
            13 => (format!("{b1}\n{two}    to:{gap}http://h{n}:1/v1{b2}\n"), true),
            14 => (format!("{b1}\n{two}      {one}{b2}\n"), true),
            _ => line(format!("\"http://h{n}:1/v1\"")),
        }
    }
}

/// A file. Every file makes a table.
pub(super) fn written() -> impl Strategy<Value = Written> {
    let head = select(vec!["", "---\n", "# yaml-language-server: $schema=x\n\n", "%YAML 1.2\n---\n"]);
    let ends = (any::<bool>(), any::<bool>(), any::<bool>());
    (head, proptest::collection::vec(spec(), 1..6), above(), ends).prop_map(
        |(head, specs, between, (has_mark, is_windows, is_open))| {
            let mut text = format!("{head}{between}models:\n");
            let mut anchors = Vec::new();
            let mut models = Vec::new();
            for (n, spec) in specs.iter().enumerate() {
                let name = spec.name(n);
                let (value, is_one_line) = spec.value(n, &anchors);
                write!(text, "{}  {}:{value}", spec.above[0], quoted(&name, 1 + spec.style % 2)).unwrap();
                if value.contains(&format!("&a{n} ")) {
                    anchors.push(n);
                }
                models.push(Model { name, is_one_line });
            }
            writeln!(text, "{between}backends:").unwrap();
            for (n, backend) in BACKENDS.iter().enumerate() {
                let spec = &specs[n % specs.len()];
                let [b1, b2, ..] = spec.behind;
                let value = match (usize::from(spec.form / 16) + usize::from(spec.style) + n) % 4 {
                    0 => format!(" {{url: 'http://b{n}', weight: 1}}{b1}\n"),
                    1 => format!("{b1}\n{}    url: http://b{n}{b2}\n    cloud: true{b1}\n", spec.above[1]),
                    2 => format!(" echo://b{n}{b1}\n"),
                    _ => format!(" \"http://b{n}, http://c{n}*2\"{b1}\n"),
                };
                write!(text, "{}  {}:{value}", spec.above[2], quoted(backend, 1)).unwrap();
            }
            if is_open {
                text.truncate(text.trim_end_matches('\n').len());
            }
            if is_windows {
                text = text.replace('\n', "\r\n");
            }
            // A mark goes first, and a directive must.
            let mark = if has_mark { "\u{feff}" } else { "" };
            Written { text: format!("{mark}{text}"), models, backends: BACKENDS.to_vec() }
        },
    )
}
