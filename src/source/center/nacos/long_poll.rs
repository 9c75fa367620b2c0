//! The HTTP API of 1.x and 2.x, with its long poll.

use std::time::{Duration, Instant};

use reqwest::{StatusCode, header::CONTENT_TYPE};

use super::access::Access;
use super::place::Place;
use crate::source::center::form::{FORM, encoded};
use crate::source::center::{Answer, CenterError, Fetched};
use crate::table::percent_decoded;

/// How long the server may hold a question.
const HOLD: Duration = Duration::from_secs(25);

/// An answer that tells no change and comes sooner than this is no long poll.
const SOONEST: Duration = Duration::from_secs(1);

/// The md5 of no text, as good as surely.
const NO_MD5: &str = "00000000000000000000000000000000";

/// Tells whether the server has a long poll, by asking what it has to answer at once.
pub(super) async fn is_there(access: &Access, place: &Place) -> Result<bool, CenterError> {
    let answer = listen(access, place, NO_MD5, true).await?;
    if answer.status.is_server_error() {
        return Err(access.refusal(&answer));
    }
    Ok(answer.status == StatusCode::OK && names(place, &answer.body))
}

/// Reads the document; `None` while the server is about to change it.
pub(super) async fn read(access: &Access, place: &Place) -> Result<Option<Fetched>, CenterError> {
    let query = pairs(place);
    let answer = access
        .ask(access.limit(), |client, base, login| {
            client.get(format!("{base}/nacos/v1/cs/configs?{query}&{login}"))
        })
        .await?;
    match answer.status {
        StatusCode::OK => Ok(Some(place.document(answer.body))),
        StatusCode::CONFLICT => Ok(None),
        StatusCode::NOT_FOUND => Err(CenterError::Missing),
        _ => Err(access.refusal(&answer)),
    }
}

/// Waits until the server says that the text no longer has this md5, or holds no longer.
/// Tells whether it said so.
pub(super) async fn wait(access: &Access, place: &Place, md5: &str) -> Result<bool, CenterError> {
    let began = Instant::now();
    let answer = listen(access, place, md5, false).await?;
    if answer.status != StatusCode::OK {
        return Err(access.refusal(&answer));
    }
    if answer.body.trim_ascii().is_empty() {
        tokio::time::sleep(SOONEST.saturating_sub(began.elapsed())).await;
        return Ok(false);
    }
    if !names(place, &answer.body) {
        return Err(CenterError::Nonsense("a change of something else".to_owned()));
    }
    Ok(true)
}

/// Publishes a text; `false` if the server refused to, since what it has is not `expected`.
pub(super) async fn publish(
    access: &Access,
    place: &Place,
    text: &str,
    expected: Option<&str>,
) -> Result<bool, CenterError> {
    let form = format!("{}&{}", pairs(place), encoded(&[("type", place.kind()), ("content", text)]));
    let answer = access.publish("/nacos/v1/cs/configs", &form, expected).await?;
    match answer.status {
        StatusCode::OK => Ok(answer.body.trim_ascii() == b"true"),
        // 2.x and 3.x answer a lost comparison with an error.
        StatusCode::INTERNAL_SERVER_ERROR | StatusCode::CONFLICT if expected.is_some() => Ok(false),
        _ => Err(access.refusal(&answer)),
    }
}

async fn listen(access: &Access, place: &Place, md5: &str, at_once: bool) -> Result<Answer, CenterError> {
    let limit = if at_once { access.limit() } else { HOLD + Duration::from_secs(10) };
    let form = encoded(&[("Listening-Configs", &question(place, md5))]);
    access
        .ask(limit, |client, base, login| {
            let request = client
                .post(format!("{base}/nacos/v1/cs/configs/listener?{login}"))
                .header(CONTENT_TYPE, FORM)
                .header("Long-Pulling-Timeout", HOLD.as_millis().to_string())
                .body(form.clone());
            if at_once { request.header("Long-Pulling-Timeout-No-Hangup", "true") } else { request }
        })
        .await
}

/// What is listened to: fields end with 0x02, documents with 0x01. A server that is asked with
/// other bytes answers at once, again and again, that nothing has changed.
fn question(place: &Place, md5: &str) -> String {
    let Place { data_id, group, tenant, .. } = place;
    if tenant.is_empty() {
        format!("{data_id}\u{2}{group}\u{2}{md5}\u{1}")
    } else {
        format!("{data_id}\u{2}{group}\u{2}{md5}\u{2}{tenant}\u{1}")
    }
}

/// Tells whether an answer names this document as changed.
pub(super) fn names(place: &Place, body: &[u8]) -> bool {
    let text = percent_decoded(String::from_utf8_lossy(body).trim());
    text.split('\u{1}').any(|changed| {
        let mut fields = changed.split('\u{2}');
        fields.next() == Some(&place.data_id) && fields.next() == Some(&place.group)
    })
}

fn pairs(place: &Place) -> String {
    let Place { data_id, group, tenant, .. } = place;
    let mut pairs = vec![("dataId", data_id.as_str()), ("group", group)];
    if !tenant.is_empty() {
        pairs.push(("tenant", tenant));
    }
    encoded(&pairs)
}

#[cfg(test)]
mod tests {
    use super::{names, question};
    use crate::source::center::CenterAddress;
    use crate::source::center::nacos::place::Place;

    fn place(address: &str) -> Place {
        Place::of(&CenterAddress::parse(address).unwrap())
    }

    #[test]
    fn a_question_is_separated_as_the_protocol_has_it() {
        let public = place("nacos://h/routes.yaml?namespace=public");
        assert_eq!(question(&public, "abc"), "routes.yaml\u{2}DEFAULT_GROUP\u{2}abc\u{1}");
        let named = place("nacos://h/routes.yaml?group=G&namespace=dev-1");
        assert_eq!(question(&named, "abc"), "routes.yaml\u{2}G\u{2}abc\u{2}dev-1\u{1}");
    }

    #[test]
    fn an_answer_is_read_as_the_protocol_has_it() {
        let place = place("nacos://h/routes.yaml?namespace=dev-1");
        assert!(names(&place, b"routes.yaml%02DEFAULT_GROUP%02dev-1%01\n"));
        assert!(names(&place, b"other%02G%01routes.yaml%02DEFAULT_GROUP%01"));
        for other in ["", "routes.yaml", "<html>routes.yaml DEFAULT_GROUP</html>", "routes.yaml%02G%01"] {
            assert!(!names(&place, other.as_bytes()), "{other}");
        }
    }
}
