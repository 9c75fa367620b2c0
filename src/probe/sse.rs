//! Server-sent events.

/// Returns the `data` of every event in a text, in order; comments and other fields are left out.
pub(super) fn payloads(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text).replace("\r\n", "\n").replace('\r', "\n");
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

    #[test]
    fn data_is_read_whatever_the_line_ends_and_comments() {
        let text = b": ping\n\ndata: 1\n\nevent: x\r\ndata:2\r\ndata: 3\r\n\r\ndata: [DONE]\n\n";
        assert_eq!(payloads(text), ["1", "2\n3", "[DONE]"]);
    }
}
