//! Redis's wire format, RESP2. Pure.

use bytes::{Buf, Bytes, BytesMut};

use crate::source::center::CenterError;
use crate::source::center::watcher::MOST_BYTES;

/// The longest line, such as an error.
const LONGEST_LINE: usize = 64 * 1024;

/// The longest list: that of all replicas.
const LONGEST_LIST: usize = 4096;

/// The most bytes of a whole reply; a list may promise more than anybody should hold.
const LARGEST: usize = 2 * MOST_BYTES;

/// The deepest list.
const DEEPEST: usize = 3;

/// What a server answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reply {
    /// A text, short or long.
    Text(Bytes),
    /// A refusal.
    Error(String),
    /// A number.
    Number(i64),
    /// Nothing: no such key, or a transaction that was called off.
    Nothing,
    /// Several.
    List(Vec<Reply>),
}

/// Writes a command.
pub(super) fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        bytes.extend_from_slice(word);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// Takes a reply off the front of what has come, if it is there whole.
pub(super) fn take(buffer: &mut BytesMut) -> Result<Option<Reply>, CenterError> {
    let mut at = 0;
    let reply = parse(buffer, &mut at, 0)?;
    match reply {
        Some(_) => buffer.advance(at),
        None if buffer.len() > LARGEST => return Err(CenterError::TooLarge(LARGEST)),
        None => {}
    }
    Ok(reply)
}

fn parse(bytes: &[u8], at: &mut usize, depth: usize) -> Result<Option<Reply>, CenterError> {
    let Some((kind, line)) = line(bytes, at)? else { return Ok(None) };
    Ok(Some(match kind {
        b'+' => Reply::Text(Bytes::copy_from_slice(line)),
        b'-' => Reply::Error(String::from_utf8_lossy(line).into_owned()),
        b':' => Reply::Number(number(line)?),
        b'$' => match length(line, MOST_BYTES)? {
            None => Reply::Nothing,
            Some(length) => {
                let Some(text) = bytes.get(*at..*at + length + 2) else { return Ok(None) };
                *at += length + 2;
                if !text.ends_with(b"\r\n") {
                    return Err(strange());
                }
                Reply::Text(Bytes::copy_from_slice(&text[..length]))
            }
        },
        b'*' if depth < DEEPEST => match length(line, LONGEST_LIST)? {
            None => Reply::Nothing,
            Some(length) => {
                let mut members = Vec::with_capacity(length);
                for _ in 0..length {
                    let Some(member) = parse(bytes, at, depth + 1)? else { return Ok(None) };
                    members.push(member);
                }
                Reply::List(members)
            }
        },
        _ => return Err(strange()),
    }))
}

/// Takes a line without its end; the first byte is what it tells of.
fn line<'b>(bytes: &'b [u8], at: &mut usize) -> Result<Option<(u8, &'b [u8])>, CenterError> {
    let rest = &bytes[*at..];
    let Some((kind, rest)) = rest.split_first() else { return Ok(None) };
    if !b"+-:$*".contains(kind) {
        return Err(strange());
    }
    match memchr::memchr(b'\r', rest) {
        Some(end) if end > LONGEST_LINE => Err(strange()),
        Some(end) => match rest.get(end + 1) {
            None => Ok(None),
            Some(b'\n') => {
                *at += end + 3;
                Ok(Some((*kind, &rest[..end])))
            }
            Some(_) => Err(strange()),
        },
        None if rest.len() > LONGEST_LINE => Err(strange()),
        None => Ok(None),
    }
}

fn length(line: &[u8], most: usize) -> Result<Option<usize>, CenterError> {
    match number(line)? {
        -1 => Ok(None),
        length => match usize::try_from(length) {
            Ok(length) if length <= most => Ok(Some(length)),
            Ok(_) => Err(CenterError::TooLarge(most)),
            Err(_) => Err(strange()),
        },
    }
}

fn number(line: &[u8]) -> Result<i64, CenterError> {
    std::str::from_utf8(line).ok().and_then(|text| text.parse().ok()).ok_or_else(strange)
}

fn strange() -> CenterError {
    CenterError::Nonsense("not Redis's protocol".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(bytes: &[u8]) -> Result<Option<Reply>, CenterError> {
        take(&mut BytesMut::from(bytes))
    }

    #[test]
    fn a_reply_is_read_wherever_it_was_cut() {
        let whole = b"*3\r\n$7\r\nmessage\r\n$-1\r\n*2\r\n:-7\r\n-ERR no\r\n+OK\r\n";
        let expected = Reply::List(vec![
            Reply::Text(Bytes::from_static(b"message")),
            Reply::Nothing,
            Reply::List(vec![Reply::Number(-7), Reply::Error("ERR no".to_owned())]),
        ]);
        let mut buffer = BytesMut::new();
        let first = whole.len() - 5;
        for byte in &whole[..first - 1] {
            buffer.extend_from_slice(&[*byte]);
            assert_eq!(take(&mut buffer).unwrap(), None);
        }
        buffer.extend_from_slice(&whole[first - 1..]);
        assert_eq!(take(&mut buffer).unwrap(), Some(expected));
        assert_eq!(take(&mut buffer).unwrap(), Some(Reply::Text(Bytes::from_static(b"OK"))));
        assert_eq!(take(&mut buffer).unwrap(), None);
    }

    #[test]
    fn what_is_not_redis_or_too_large_is_a_fault_at_once() {
        let nonsense = [
            "HTTP/1.1 400 Bad Request\r\n",
            "<html>",
            "$abc\r\n",
            "$-2\r\n",
            "$3\r\nabcde",
            "+a\rb",
            "*1\r\n*1\r\n*1\r\n*1\r\n",
        ];
        for bytes in nonsense {
            let error = taken(bytes.as_bytes()).unwrap_err();
            assert!(matches!(error, CenterError::Nonsense(_)), "{bytes:?}: {error}");
        }
        assert_eq!(taken(b"$52428800\r\n"), Err(CenterError::TooLarge(MOST_BYTES)));
        assert!(taken(&vec![b'+'; LONGEST_LINE + 2]).is_err());
        assert!(taken(b"*1000000\r\n").is_err());
        let promised =
            [&b"*3\r\n"[..], &[b"$4194304\r\n", &vec![b'x'; MOST_BYTES][..], b"\r\n"].concat().repeat(2)]
                .concat();
        assert_eq!(taken(&promised), Err(CenterError::TooLarge(LARGEST)));
    }

    #[test]
    fn a_command_is_counted_bytes() {
        assert_eq!(command(&[b"GET", "k\u{e9}".as_bytes()]), b"*2\r\n$3\r\nGET\r\n$3\r\nk\xc3\xa9\r\n");
    }
}
