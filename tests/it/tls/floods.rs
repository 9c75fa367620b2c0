//! A client that floods is held off, and nobody else notices.

use bytes::Bytes;
use h2::Reason;
use serde_json::json;

use super::client::post;
use super::{Authority, client, encrypted};
use crate::fake::{Fake, Reply};
use crate::wait::{until, within};

const FLOOD: usize = 20_000;

#[tokio::test]
async fn a_client_that_resets_what_it_asks_gets_no_more_while_others_do() {
    let authority = Authority::new("ports");
    let bench = encrypted(&authority, "m: {a}\n  slow: {b}").backend("a", Fake::answers("hello"));
    let bench = bench.backend("b", Fake::always(Reply::silence())).start().await;
    let client = client(&authority, &bench);
    let (flooder, mut other) = (client.http2().await, client.http2().await);
    let body = Bytes::from(json!({"model": "slow", "messages": []}).to_string());
    let mut sent = 0;
    within("the flood to be ended", async {
        while sent < FLOOD {
            let Ok(mut requests) = flooder.requests.clone().ready().await else { break };
            let Ok((_answer, mut sending)) = requests.send_request(post("localhost", &[]), false) else {
                break;
            };
            let _gone = sending.send_data(body.clone(), true);
            sending.send_reset(Reason::CANCEL);
            sent += 1;
            if sent % 200 == 0 {
                assert_eq!(other.says("m").await.status, 200);
            }
        }
    })
    .await;
    assert!(sent < FLOOD, "nothing ended the flood");
    assert_eq!(other.says("m").await.status, 200);
    until("nothing of the flood to be left", || bench.snapshot().in_flight.now() == 0).await;
}
