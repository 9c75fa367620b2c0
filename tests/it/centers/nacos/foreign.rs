//! The official SDK and our client, side by side on one stub.

use serde_json::json;

use super::stub::{DATA_ID, Generation, NacosStub, md5};
use super::{A, B, center, revision};
use crate::centers::foreign::Foreign;
use crate::wait::within;

#[tokio::test]
async fn the_official_sdk_and_our_client_understand_the_same_stub() {
    let stub = NacosStub::pushing(Generation::Both, Some(("reader", "sesame")));
    let args = [&stub.server.authority(), "reader", "sesame", DATA_ID];
    let Some(mut theirs) = Foreign::start("PATCHBAY_NACOS_SDK_PYTHON", "nacos_sdk.py", &args) else { return };
    let ours = center(&stub.url_as("reader", "sesame"));
    theirs.says("ready").await;

    theirs.tell(&json!({"do": "publish", "content": A})).await;
    assert_eq!(theirs.says("published").await, true);
    let fetched = ours.fetch().await.unwrap();
    assert_eq!((fetched.content.as_ref(), &fetched.revision), (A.as_bytes(), &revision(A)));

    theirs.tell(&json!({"do": "get"})).await;
    assert_eq!(theirs.says("got").await, A);
    theirs.tell(&json!({"do": "listen"})).await;
    theirs.says("listening").await;
    ours.replace(Some(&fetched.revision), B).await.unwrap();
    while theirs.says("heard").await != B {}

    let command = json!({"do": "publish", "content": A, "cas": md5(B)});
    let change = theirs.tell(&command);
    let since = revision(B);
    let (waited, ()) = within("a hint", async { tokio::join!(ours.wait(&since), change) }).await;
    waited.unwrap();
    assert_eq!(theirs.says("published").await, true);
    assert_eq!(ours.fetch().await.unwrap().content, A);

    theirs.tell(&json!({"do": "publish", "content": "lost", "cas": md5(B)})).await;
    theirs.says("error").await;
    assert_eq!(stub.current().as_deref(), Some(A));
}
