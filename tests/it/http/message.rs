//! Reads messages strictly: whatever two parsers could read in two ways is a fault.

use memchr::memmem;

/// A head, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    pub(super) start: String,
    /// In the order and spelling of the wire.
    pub(super) fields: Vec<(String, String)>,
    pub(super) faults: Vec<String>,
}

/// Where a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Length(u64),
    Chunks,
    /// Nothing says.
    Unsaid,
}

/// A body as far as it has come.
pub(super) enum Body {
    /// Whole: its bytes, and how many of the wire's they took.
    Whole(Vec<u8>, usize),
    More,
    Fault(String),
}

fn latin(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

fn is_token(text: &str) -> bool {
    let odd = "!#$%&'*+-.^_`|~";
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || odd.contains(c))
}

// === impl Head ===

impl Head {
    /// Reads a head from the front of the bytes; gives its length as well. `None` if more must come.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let (end, mut head) = match memmem::find(bytes, b"\r\n\r\n") {
            Some(at) => (at + 4, Self::default()),
            None => (memmem::find(bytes, b"\n\n")? + 2, Self::default()),
        };
        let text = latin(&bytes[..end]);
        let body = text.strip_suffix("\r\n\r\n").unwrap_or_else(|| {
            head.faults.push("a head without CRLF CRLF".to_owned());
            text.trim_end()
        });
        let mut lines = body.split("\r\n");
        lines.next().unwrap_or_default().clone_into(&mut head.start);
        head.look("start line", &head.start.clone());
        for line in lines {
            head.field(line);
        }
        Some((head, end))
    }

    fn field(&mut self, line: &str) {
        if line.starts_with([' ', '\t']) {
            self.faults.push(format!("a folded line {line:?}"));
        }
        let Some((name, value)) = line.split_once(':') else {
            self.faults.push(format!("no field: {line:?}"));
            return;
        };
        if !is_token(name) {
            self.faults.push(format!("no name: {name:?}"));
        }
        self.look(name, value);
        self.fields.push((name.trim().to_owned(), value.trim_matches([' ', '\t']).to_owned()));
    }

    fn look(&mut self, what: &str, text: &str) {
        if text.chars().any(|c| c.is_ascii_control() && c != '\t') {
            self.faults.push(format!("control characters in {what}: {text:?}"));
        }
    }

    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        let named = self.fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// Finds what frames the body; what is ambiguous is a fault.
    pub(super) fn framing(&mut self) -> Framing {
        let lengths: Vec<String> = self.values("content-length").iter().map(|v| (*v).to_owned()).collect();
        let codings: Vec<String> = self.values("transfer-encoding").iter().map(|v| (*v).to_owned()).collect();
        if !lengths.is_empty() && !codings.is_empty() {
            self.faults.push("a length beside chunks".to_owned());
        }
        if lengths.len() > 1 || codings.len() > 1 {
            self.faults.push(format!("framed twice: {lengths:?} {codings:?}"));
        }
        if let Some(coding) = codings.first() {
            if !coding.eq_ignore_ascii_case("chunked") {
                self.faults.push(format!("transfer-encoding: {coding}"));
            }
            return Framing::Chunks;
        }
        let Some(length) = lengths.first() else { return Framing::Unsaid };
        let digits = !length.is_empty() && length.chars().all(|c| c.is_ascii_digit());
        let Some(length) = length.parse().ok().filter(|_| digits) else {
            self.faults.push(format!("content-length: {length}"));
            return Framing::Length(0);
        };
        Framing::Length(length)
    }

    /// Adds what a request must have besides.
    pub(super) fn check_request(&mut self) {
        let words: Vec<&str> = self.start.split(' ').collect();
        let version = words.last().copied().unwrap_or_default().to_owned();
        let good = words.len() == 3
            && is_token(words[0])
            && words[1].chars().all(|c| c.is_ascii_graphic() && c != '#')
            && ["HTTP/1.1", "HTTP/1.0"].contains(&words[2]);
        if !good {
            self.faults.push(format!("request line {:?}", self.start));
        }
        let hosts = self.values("host").len();
        if hosts > 1 || (hosts == 0 && version == "HTTP/1.1") {
            self.faults.push(format!("{hosts} hosts"));
        }
        if version == "HTTP/1.0" && !self.values("transfer-encoding").is_empty() {
            self.faults.push("chunks in HTTP/1.0".to_owned());
        }
    }
}

/// Reads a body from the front of the bytes.
pub(super) fn body(framing: Framing, bytes: &[u8]) -> Body {
    match framing {
        Framing::Length(length) => {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            bytes.get(..length).map_or(Body::More, |body| Body::Whole(body.to_vec(), length))
        }
        Framing::Chunks => chunks(bytes),
        Framing::Unsaid => Body::Whole(Vec::new(), 0),
    }
}

fn chunks(bytes: &[u8]) -> Body {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let Some(end) = memmem::find(&bytes[at..], b"\r\n") else {
            let bad = bytes[at..].iter().take(20).find(|byte| !byte.is_ascii_graphic() && **byte != b'\r');
            return bad.map_or(Body::More, |_| Body::Fault("a chunk's size line".to_owned()));
        };
        let line = latin(&bytes[at..at + end]);
        let digits = line.split(';').next().unwrap_or_default();
        let plain = !digits.is_empty() && digits.len() <= 15 && digits.chars().all(|c| c.is_ascii_hexdigit());
        if !plain || line.contains('\n') {
            return Body::Fault(format!("a chunk's size line {line:?}"));
        }
        let Ok(size) = usize::from_str_radix(digits, 16) else {
            return Body::Fault(format!("a chunk's size line {line:?}"));
        };
        at += end + 2;
        if size == 0 {
            let Some(end) = memmem::find(&bytes[at - 2..], b"\r\n\r\n") else { return Body::More };
            return Body::Whole(body, at + end + 2);
        }
        let Some(data) = bytes.get(at..at + size + 2) else { return Body::More };
        if !data.ends_with(b"\r\n") {
            return Body::Fault("a chunk without its end".to_owned());
        }
        body.extend_from_slice(&data[..size]);
        at += size + 2;
    }
}
