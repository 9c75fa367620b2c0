//! Headers that a backend gets with every request, its key among them.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::table::Address;

use super::code;
use super::problem::Findings;
use super::raw::{RawHeader, RawKey};

/// Headers that belong to the connection or to the body's framing: ours to set, nobody else's.
const OURS: [&str; 11] = [
    "host",
    "content-length",
    "connection",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
];

/// Checks configured headers; those of `defaults` stand behind the backend's own.
pub(super) fn checked(own: &[RawHeader], defaults: &[RawHeader], findings: &mut Findings) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for (name, value) in own {
        add(&mut headers, (name, value), findings);
    }
    for (name, value) in defaults {
        let own = own.iter().any(|(own, _)| own.value.eq_ignore_ascii_case(&name.value));
        if !own {
            add(&mut headers, (name, value), findings);
        }
    }
    headers
}

type HeaderRef<'a> = (&'a super::place::At<String>, &'a super::place::At<String>);

fn add(headers: &mut HeaderMap, (name, value): HeaderRef<'_>, findings: &mut Findings) {
    let Ok(header) = HeaderName::from_bytes(name.value.trim().as_bytes()) else {
        findings
            .error(code::BAD_HEADER, &name.place, format!("`{}` can't be the name of a header", name.value))
            .help("names are letters, digits and `-`");
        return;
    };
    if OURS.contains(&header.as_str()) {
        findings
            .error(code::BAD_HEADER, &name.place, format!("the header `{header}` can't be set"))
            .label("the router sets it for each connection");
        return;
    }
    if headers.contains_key(&header) {
        findings.error(code::DUPLICATE, &name.place, format!("the header `{header}` is there twice"));
        return;
    }
    let Some(mut text) = visible(&value.value) else {
        let what = format!("the value of the header `{header}`");
        not_visible(&what, &value.value, &value.place, findings);
        return;
    };
    text.set_sensitive(true);
    headers.insert(header, text);
}

/// Adds the key in the header that the address wants it in.
pub(super) fn add_key(headers: &mut HeaderMap, key: &RawKey, address: &Address, findings: &mut Findings) {
    let azure = matches!(address, Address::Http(endpoint) if endpoint.is_azure());
    let (header, text) = if azure {
        (HeaderName::from_static("api-key"), key.value.clone())
    } else {
        (header::AUTHORIZATION, format!("Bearer {}", key.value))
    };
    let Some(mut value) = visible(&text) else {
        not_visible("this key", &key.value, &key.place, findings);
        return;
    };
    if headers.contains_key(&header) {
        findings
            .error(
                code::DUPLICATE,
                &key.place.first_line(),
                format!("`key` and the header `{header}` are the same thing"),
            )
            .help("keep one of them");
        return;
    }
    value.set_sensitive(true);
    headers.insert(header, value);
}

/// Takes visible ASCII only: anything else can't be sent, or could begin another header.
pub(super) fn visible(text: &str) -> Option<HeaderValue> {
    let visible = text.bytes().all(|byte| (0x20..0x7f).contains(&byte));
    if visible { HeaderValue::from_str(text).ok() } else { None }
}

/// Says which character is at fault, without showing the rest.
pub(super) fn not_visible(what: &str, text: &str, place: &super::Place, findings: &mut Findings) {
    let wrong = text.chars().find(|c| !(' '..='~').contains(c)).unwrap_or_default();
    let help = match wrong {
        '\r' | '\n' => "a line break in it would begin another header; is there one at the end?",
        _ => "only visible ASCII can be sent",
    };
    findings
        .error(code::BAD_HEADER, &place.first_line(), format!("{what} holds the character {wrong:?}"))
        .help(help);
}
