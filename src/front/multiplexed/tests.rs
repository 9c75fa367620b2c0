//! Waits that end, with the clock in our hands.

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use h2::RecvStream;
use h2::client::{ResponseFuture, SendRequest};
use h2::{Reason, SendStream};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::*;
use crate::front::body;
use crate::front::body_room::BodyRoom;

/// A client, and its connection's end.
type Connected = (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>);

fn port() -> Port {
    Router::new()
        .route("/large", axum::routing::any(|| async { vec![b'x'; 1 << 20] }))
        .fallback(async |request: Request<Body>| {
            match body::read_pieces(&mut request.into_body(), 1000, &BodyRoom::new(1 << 20)).await {
                Ok(body) => (http::StatusCode::OK, body),
                Err(fault) => (fault.kind.status(), fault.json()),
            }
        })
        .into()
}

fn serve() -> (DuplexStream, JoinHandle<()>) {
    let (client, server) = duplex(1 << 20);
    (client, tokio::spawn(serve_multiplexed(server, None, port(), CancellationToken::new())))
}

async fn connect(builder: h2::client::Builder) -> Connected {
    let (client, _serving) = serve();
    let (requests, connection) = builder.handshake(client).await.unwrap();
    (requests, tokio::spawn(connection))
}

fn send(requests: &mut SendRequest<Bytes>, path: &str, is_end: bool) -> (ResponseFuture, SendStream<Bytes>) {
    let request = Request::post(format!("https://a{path}")).body(()).unwrap();
    requests.send_request(request, is_end).unwrap()
}

async fn answer(answer: ResponseFuture) -> (u16, RecvStream) {
    let (head, body) = answer.await.unwrap().into_parts();
    (head.status.as_u16(), body)
}

async fn whole(mut body: RecvStream) -> Result<usize, h2::Error> {
    let mut length = 0;
    while let Some(piece) = body.data().await {
        let some = piece?.len();
        body.flow_control().release_capacity(some)?;
        length += some;
    }
    Ok(length)
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_left_after_15_seconds() {
    let begun = Instant::now();
    let (mut client, serving) = serve();
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).await.unwrap();
    serving.await.unwrap();
    assert!((15..=17).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_head_that_never_ends_is_left_in_time() {
    let begun = Instant::now();
    let (mut client, serving) = serve();
    client.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    // A head on stream 1 that has no end, and no other frame may come before its end.
    client.write_all(b"\0\0\x01\x01\0\0\0\0\x01\x82").await.unwrap();
    let mut heard = Vec::new();
    client.read_to_end(&mut heard).await.unwrap();
    serving.await.unwrap();
    assert!(begun.elapsed().as_secs() <= 60, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_connection_may_be_idle_for_75_seconds_between_streams() {
    let (mut requests, ended) = connect(h2::client::Builder::new()).await;
    for _ in 0..2 {
        sleep(Duration::from_secs(14)).await;
        let (status, body) = answer(send(&mut requests, "/", true).0).await;
        assert_eq!((status, whole(body).await.unwrap()), (200, 0));
        sleep(Duration::from_secs(60)).await;
        assert!(!ended.is_finished());
    }
    let begun = Instant::now();
    ended.await.unwrap().unwrap();
    assert!((14..=17).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_body_that_stalls_is_cut_after_a_minute_while_others_are_answered() {
    let begun = Instant::now();
    let (mut requests, _ended) = connect(h2::client::Builder::new()).await;
    let (stalled, mut sending) = send(&mut requests, "/", false);
    sending.send_data(Bytes::from_static(b"some"), false).unwrap();
    sleep(Duration::from_secs(30)).await;
    assert_eq!(answer(send(&mut requests, "/", true).0).await.0, 200);
    assert_eq!(answer(stalled).await.0, 408);
    assert_eq!(begun.elapsed().as_secs(), 60);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_not_read_is_left_after_five_minutes_and_no_other_one() {
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(1000).initial_connection_window_size(1 << 24);
    let (mut requests, _ended) = connect(builder).await;
    let begun = Instant::now();
    let (status, mut unread) = answer(send(&mut requests, "/large", true).0).await;
    assert_eq!(status, 200);
    assert_eq!(unread.data().await.unwrap().unwrap().len(), 1000);
    let error = loop {
        match unread.data().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(error.reason(), Some(Reason::CANCEL));
    assert!((299..=601).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
    assert_eq!(answer(send(&mut requests, "/", true).0).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_slow_reader_is_not_left() {
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(1 << 17);
    let (mut requests, _ended) = connect(builder).await;
    let (status, mut body) = answer(send(&mut requests, "/large", true).0).await;
    assert_eq!(status, 200);
    let mut length = 0;
    while let Some(piece) = body.data().await {
        let some = piece.unwrap().len();
        length += some;
        sleep(Duration::from_secs(2)).await;
        body.flow_control().release_capacity(some).unwrap();
    }
    assert_eq!(length, 1 << 20);
}
