//! Server-sent events.

use memchr::memmem;

/// Returns the `data` of every event in a text, in order; comments and other fields are left out.
pub(super) fn payloads(text: &[u8]) -> Vec<String> {
    let mut events = EventReader::default();
    let mut payloads = events.take(text);
    payloads.extend(events.rest());
    payloads
}

/// Takes a stream of events as it comes, and gives the `data` of each that is complete.
#[derive(Debug, Default)]
pub struct EventReader {
    held: Vec<u8>,
}

// === impl EventReader ===

impl EventReader {
    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        // A line may end with \r\n; within JSON there is no bare \r.
        self.held.extend(bytes.iter().filter(|&&byte| byte != b'\r'));
        let Some(end) = memmem::rfind(&self.held, b"\n\n") else { return Vec::new() };
        let whole: Vec<u8> = self.held.drain(..end + 2).collect();
        data_in(&whole)
    }

    /// Takes what is left at the end as an event.
    pub fn rest(&mut self) -> Vec<String> {
        data_in(&std::mem::take(&mut self.held))
    }
}

fn data_in(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let data = |event: &str| {
        let lines = event.lines().filter_map(|line| line.strip_prefix("data:"));
        let lines: Vec<&str> = lines.map(|data| data.strip_prefix(' ').unwrap_or(data)).collect();
        (!lines.is_empty()).then(|| lines.join("\n"))
    };
    text.split("\n\n").filter_map(data).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = ": ping\n\ndata: é\n\nevent: x\r\ndata:2\r\ndata: 3\r\n\r\ndata: [DONE]".as_bytes();

    #[test]
    fn data_is_read_whatever_the_line_ends_and_comments() {
        assert_eq!(payloads(TEXT), ["é", "2\n3", "[DONE]"]);
    }

    #[test]
    fn the_pieces_may_end_anywhere() {
        for at in 0..=TEXT.len() {
            let mut events = EventReader::default();
            let mut all = events.take(&TEXT[..at]);
            all.extend(events.take(&TEXT[at..]));
            all.extend(events.rest());
            assert_eq!(all, payloads(TEXT), "cut at {at}");
        }
    }
}
