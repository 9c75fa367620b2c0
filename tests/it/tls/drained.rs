//! A stop tells clients of HTTP/2 that nothing more is taken, and ends nothing that has begun.

use super::client::piece;
use super::{Authority, client, encrypted};
use crate::fake::Fake;
use crate::wait::{until, within};

#[tokio::test]
async fn a_stop_lets_streams_finish_and_takes_nothing_new() {
    let authority = Authority::new("ports");
    let fake = Fake::streams(["a", "b"]).pausing_after(1);
    let bench = encrypted(&authority, "m: {a}").backend("a", fake).start().await;
    let mut busy = client(&authority, &bench).http2().await;
    let idle = client(&authority, &bench).http2().await;
    let mut body = busy.chat("m").await.into_body();
    assert!(String::from_utf8_lossy(&piece(&mut body).await.unwrap().unwrap()).contains("\"a\""));
    let finishing = async {
        // Told by GOAWAY, an idle client leaves.
        until("the idle client to leave", || idle.driver.is_finished()).await;
        within("no more streams", async {
            while let Ok(mut requests) = busy.requests.clone().ready().await {
                let _refused = requests.send_request(super::client::post("localhost", &[]), false);
                tokio::task::yield_now().await;
            }
        })
        .await;
        bench.backend("a").resume();
        let mut rest = String::new();
        while let Some(piece) = piece(&mut body).await {
            rest.push_str(&String::from_utf8_lossy(&piece.unwrap()));
        }
        rest
    };
    let (report, rest) = tokio::join!(bench.stop(), finishing);
    assert_eq!(report.cut, 0);
    assert!(rest.contains("\"b\"") && rest.contains("[DONE]"), "{rest}");
}

#[tokio::test]
async fn what_outlasts_the_grace_time_is_cut_visibly() {
    let authority = Authority::new("ports");
    let pair = authority.issue_here("localhost");
    let yaml = "models:\n  m: {a}\nserver: {grace: 150ms, tls: {cert: cert.pem, key: key.pem}}\n";
    let bench =
        crate::bench::Bench::new().yaml(yaml).backend("a", Fake::streams(["a", "b"]).pausing_after(1));
    let bench = bench.file("cert.pem", &pair.cert).file("key.pem", &pair.key).start().await;
    let mut http2 = client(&authority, &bench).http2().await;
    let mut body = http2.chat("m").await.into_body();
    piece(&mut body).await.unwrap().unwrap();
    assert_eq!(bench.stop().await.cut, 1);
    let ended = loop {
        match piece(&mut body).await {
            Some(Ok(_)) => {}
            other => break other,
        }
    };
    assert!(ended.is_some_and(|ended| ended.is_err()), "a cut answer looked whole");
    bench.backend("a").until_closed(1).await;
}
