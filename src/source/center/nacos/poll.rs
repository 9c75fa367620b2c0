//! The HTTP API of 3.x. It has no way to wait for a change.

use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::access::Access;
use super::place::Place;
use crate::source::center::form::encoded;
use crate::source::center::{Answer, CenterError, Fetched, WriteError};

/// Between two looks.
const EVERY: Duration = Duration::from_secs(5);

/// How long one wait looks.
const HOLD: Duration = Duration::from_secs(30);

/// "resource not found".
const NOT_FOUND: i64 = 20004;

/// What every answer is wrapped in.
#[derive(Deserialize)]
struct Wrapped {
    code: i64,
    data: Option<Value>,
}

/// Tells whether the server has this API.
pub(super) async fn is_there(access: &Access, place: &Place) -> Result<bool, CenterError> {
    match read(access, place).await {
        Ok(_) | Err(CenterError::Missing | CenterError::TooLarge(_)) => Ok(true),
        Err(CenterError::Nonsense(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Reads the document.
pub(super) async fn read(access: &Access, place: &Place) -> Result<Fetched, CenterError> {
    let query = pairs(place);
    let answer = access
        .ask(access.limit(), |client, base, login| {
            client.get(format!("{base}/nacos/v3/client/cs/config?{query}&{login}"))
        })
        .await?;
    fetched(access, place, &answer)
}

/// Reads the answer to a question for the document.
pub(super) fn fetched(access: &Access, place: &Place, answer: &Answer) -> Result<Fetched, CenterError> {
    let Wrapped { code, data } = unwrapped(access, answer)?;
    let content = data.as_ref().and_then(|data| data.get("content")).and_then(Value::as_str);
    match (code, content) {
        (0, Some(content)) => Ok(place.document(Bytes::copy_from_slice(content.as_bytes()))),
        (NOT_FOUND, _) => Err(CenterError::Missing),
        (0, None) => Err(CenterError::Nonsense("a document without content".to_owned())),
        (code, _) => Err(CenterError::Refused(format!("code {code}"))),
    }
}

/// Looks now and then whether the text still has this md5. Tells whether it hasn't.
pub(super) async fn wait(access: &Access, place: &Place, md5: &str) -> Result<bool, CenterError> {
    let began = Instant::now();
    while began.elapsed() < HOLD {
        if read(access, place).await?.revision.text != md5 {
            return Ok(true);
        }
        tokio::time::sleep(EVERY).await;
    }
    Ok(false)
}

/// Publishes a text; `false` if the server refused to, since what it has is not `expected`.
pub(super) async fn publish(
    access: &Access,
    place: &Place,
    text: &str,
    expected: Option<&str>,
) -> Result<bool, WriteError> {
    let form = format!("{}&{}", pairs(place), encoded(&[("type", place.kind()), ("content", text)]));
    let answer = access.publish("/nacos/v3/admin/cs/config", &form, expected).await?;
    match answer.status {
        StatusCode::OK => {
            let Wrapped { code, data } = unwrapped(access, &answer)?;
            Ok(code == 0 && data == Some(Value::Bool(true)))
        }
        StatusCode::INTERNAL_SERVER_ERROR | StatusCode::CONFLICT if expected.is_some() => Ok(false),
        StatusCode::NOT_FOUND | StatusCode::GONE => {
            Err(WriteError::ReadOnly("this server shows neither its admin API nor its gRPC port here"))
        }
        _ => Err(access.refusal(&answer).into()),
    }
}

fn unwrapped(access: &Access, answer: &Answer) -> Result<Wrapped, CenterError> {
    let wrapped = serde_json::from_slice::<Wrapped>(&answer.body);
    match wrapped {
        Ok(wrapped) => Ok(wrapped),
        Err(_) if answer.status.is_server_error() => Err(access.refusal(answer)),
        Err(_) => Err(CenterError::Nonsense("no answer of the API of Nacos 3".to_owned())),
    }
}

fn pairs(place: &Place) -> String {
    let Place { data_id, group, tenant, .. } = place;
    let mut pairs = vec![("dataId", data_id.as_str()), ("groupName", group)];
    if !tenant.is_empty() {
        pairs.push(("namespaceId", tenant));
    }
    encoded(&pairs)
}
