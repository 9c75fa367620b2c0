//! What keeps a request with those that it belongs to.

use http::HeaderMap;

use super::scan::{items_of, members, members_of};
use crate::table::{StickyBy, StickyKey};

/// How much of a text that isn't a conversation counts.
const TEXT: usize = 1024;

/// Makes the key by which a request sticks to a backend: by its header or its conversation, else by
/// who calls. `None` if nothing tells.
pub(super) fn sticky_key(
    by: &StickyBy,
    headers: &HeaderMap,
    caller: Option<&str>,
    body: Option<&[u8]>,
) -> Option<StickyKey> {
    let own = match by {
        StickyBy::Header(name) => headers.get(name).map(|value| StickyKey::of([value.as_bytes()])),
        StickyBy::Caller => None,
        StickyBy::Prompt => body.and_then(beginning),
    };
    own.or_else(|| caller.map(|name| StickyKey::of([name.as_bytes()])))
}

/// Hashes what stays the same while a conversation grows: its messages up to the first of the user.
/// Their bytes count as they stand there, since that is what a client sends again.
fn beginning(body: &[u8]) -> Option<StickyKey> {
    let is_prompt = |name: &str| matches!(name, "messages" | "input" | "prompt");
    let prompt = members(body).ok()?.filter_map(Result::ok).find(|member| is_prompt(&member.name))?;
    let mut turns = Vec::new();
    for at in items_of(body, prompt.value_at.clone()).into_iter().flatten() {
        let turn = &body[at.ok()?];
        turns.push(turn);
        if is_users(turn) {
            return Some(StickyKey::of(turns));
        }
    }
    let text = &body[prompt.value_at];
    Some(StickyKey::of([&text[..text.len().min(TEXT)]]))
}

fn is_users(turn: &[u8]) -> bool {
    let role = members_of(turn, 0..turn.len());
    let role = role.ok().and_then(|all| all.filter_map(Result::ok).find(|member| member.name == "role"));
    role.is_some_and(|role| &turn[role.value_at] == b"\"user\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(body: &str) -> Option<StickyKey> {
        beginning(body.as_bytes())
    }

    const FIRST: &str = r#"{"role":"system","content":"be brief"}, {"content":"hi","role":"user"}"#;

    #[test]
    fn a_conversation_keeps_its_key_while_it_grows() {
        let begun = key(&format!(r#"{{"model":"m","messages":[{FIRST}]}}"#));
        let answered = r#"{"role":"assistant","content":"hello"},{"role":"user","content":"and?"}"#;
        assert!(begun.is_some());
        assert_eq!(
            begun,
            key(&format!(r#"{{"stream":true, "messages": [ {FIRST} ,{answered}],"model":"n"}}"#))
        );
        assert_eq!(begun, key(&format!(r#"{{"input":[{FIRST}]}}"#)));
        assert_ne!(begun, key(&format!(r#"{{"messages":[{}]}}"#, FIRST.replace("hi", "ho"))));
        assert_ne!(begun, key(&format!(r#"{{"messages":[{}]}}"#, FIRST.replace("brief", "kind"))));
    }

    #[test]
    fn a_prompt_is_known_by_its_first_bytes() {
        let long = "x".repeat(2 * TEXT);
        assert_eq!(key(&format!(r#"{{"prompt":"{long}a"}}"#)), key(&format!(r#"{{"prompt":"{long}bc"}}"#)));
        assert_ne!(key(r#"{"prompt":"a"}"#), key(r#"{"prompt":"b"}"#));
        assert_ne!(key(r#"{"input":[1,2]}"#), key(r#"{"input":[1,3]}"#));
        assert_ne!(key(r#"{"messages":[{"role":"system"}]}"#), key(r#"{"messages":[]}"#));
    }

    #[test]
    fn a_body_without_any_has_no_key_of_its_own() {
        for body in ["", "{}", "[]", r#"{"model":"m"}"#, r#"{"messages":"#, r#"{"messages":[{]}"#] {
            assert_eq!(key(body), None, "{body}");
        }
        let caller = |name| sticky_key(&StickyBy::Prompt, &HeaderMap::new(), name, Some(b"{}"));
        assert_eq!(caller(None), None);
        assert!(caller(Some("alice")).is_some());
        assert_ne!(caller(Some("alice")), caller(Some("bob")));
    }
}
