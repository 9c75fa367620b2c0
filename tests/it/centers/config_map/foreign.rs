//! Our client on an API server that others have written.

use patchbay::source::center::{CenterError, WriteError};
use serde_json::json;
use tokio::join;

use crate::centers::client::Client;
use crate::centers::foreign::Foreign;

#[tokio::test]
async fn our_client_understands_a_foreign_api_server() {
    let args = ["models", "patchbay", "routes.yaml"];
    let Some(mut theirs) = Foreign::start("PATCHBAY_KMOCK_PYTHON", "kmock_api.py", &args) else { return };
    let server = theirs.says("ready").await;
    let url = format!("configmap://models/patchbay/routes.yaml?server=http://{}", server.as_str().unwrap());
    let ours = Client::of(&url);
    assert_eq!(ours.fetch().await, Err(CenterError::Missing));

    let first = ours.replace(None, "one").await.unwrap();
    assert_eq!(ours.text().await, ("one".to_owned(), first.clone()));
    let present = Some(first.clone());
    assert_eq!(ours.replace(None, "two").await, Err(WriteError::Conflict { present }));

    // It begins each watch with the object as it is, which is no change.
    let change = json!({"do": "put", "text": "three"});
    let (waited, ()) = join!(ours.wait(&first), theirs.tell(&change));
    waited.unwrap();
    theirs.says("done").await;
    let (text, third) = ours.text().await;
    assert_eq!(text, "three");

    theirs.tell(&json!({"do": "hide"})).await;
    theirs.says("done").await;
    let present = Some(third.clone());
    assert_eq!(ours.replace(None, "four").await, Err(WriteError::Conflict { present }), "a 409");

    theirs.tell(&json!({"do": "expire"})).await;
    theirs.says("done").await;
    let change = json!({"do": "delete"});
    let (waited, ()) = join!(ours.wait(&third), theirs.tell(&change));
    waited.unwrap();
    theirs.says("done").await;
    assert_eq!(ours.fetch().await, Err(CenterError::Missing));
}
