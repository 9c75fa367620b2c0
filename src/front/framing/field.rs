//! The few fields that frame a body, and which bytes names and values may have.

/// What a field is to the framing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Length,
    Coding,
    Expect,
    Lookalike,
    Other,
}

const LENGTH: &[u8] = b"content-length";
const CODING: &[u8] = b"transfer-encoding";
const EXPECT: &[u8] = b"expect";

static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0u8;
    while byte < 128 {
        table[byte as usize] = byte.is_ascii_alphanumeric()
            || matches!(
                byte,
                b'!' | b'#'
                    | b'$'
                    | b'%'
                    | b'&'
                    | b'\''
                    | b'*'
                    | b'+'
                    | b'-'
                    | b'.'
                    | b'^'
                    | b'_'
                    | b'`'
                    | b'|'
                    | b'~'
            );
        byte += 1;
    }
    table
};

/// Tells whether a byte may stand in a method or a field's name (RFC 9110, section 5.6.2).
pub(super) fn is_token(byte: u8) -> bool {
    TOKEN[usize::from(byte)]
}

/// Tells whether all bytes may. Looks at all of them, as [`is_control`] does.
pub(super) fn are_token(bytes: &[u8]) -> bool {
    bytes.iter().filter(|&&byte| !is_token(byte)).count() == 0
}

/// Tells whether a value has a control character other than a tab. Looks at all of it, since
/// that is faster than looking for the first.
pub(super) fn is_control(value: &[u8]) -> bool {
    value.iter().filter(|&&byte| (byte < b' ' && byte != b'\t') || byte == 0x7f).count() > 0
}

// === impl Field ===

impl Field {
    pub(super) fn of(name: &[u8]) -> Self {
        // Nearly every name differs in its length already.
        let (known, field) = match name.len() {
            6 => (EXPECT, Self::Expect),
            14 => (LENGTH, Self::Length),
            17 => (CODING, Self::Coding),
            _ => return Self::Other,
        };
        if name.eq_ignore_ascii_case(known) {
            return field;
        }
        // Servers that make variables of headers can't tell the two apart.
        let plain = |byte: &u8| if *byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
        if name.iter().map(plain).eq(known.iter().copied()) { Self::Lookalike } else { Self::Other }
    }
}
