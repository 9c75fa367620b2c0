//! A new binary takes the ports over while handshakes and streams are under way, and no client is
//! refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::future::join_all;
use tokio::task::JoinSet;

use super::client::{Client, Http2, piece, read};
use super::{Authority, Issued, table};
use crate::binary::{Home, Served};
use crate::fake::Fake;

fn home(pair: &Issued, models: &str) -> Home {
    let home = Home::new().with("routes.yaml", &table(models));
    home.with("cert.pem", &pair.cert).with("key.pem", &pair.key)
}

fn client_of(authority: &Authority, served: &Served) -> Client {
    Client::new(authority, served.api.strip_prefix("https://").unwrap().parse().unwrap())
}

/// Hands the ports to a new router; the old one ends well.
async fn handed_over(served: Served, home: &Home) -> Served {
    let next = home.take_over(&served).await;
    let (code, said) = served.stop().await;
    assert_eq!(code, 0, "{said}");
    assert!(!said.contains("requests were cut"), "{said}");
    next
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_client_is_refused_while_the_ports_change_hands() {
    let authority = Authority::new("ports");
    let pair = authority.issue_here("localhost");
    let homes = ["m: echo://old", "m: echo://new"].map(|models| home(&pair, models));
    let mut served = homes[0].serve(&[]).await;
    let client = client_of(&authority, &served);
    let is_over = Arc::new(AtomicBool::new(false));
    let mut askers = JoinSet::new();
    for _ in 0..4 {
        let (is_over, client) = (Arc::clone(&is_over), client.clone());
        askers.spawn(async move {
            let mut answered = 0;
            while !is_over.load(Ordering::SeqCst) {
                let asked = client.reqwest().post(client.url("/v1/chat/completions"));
                let asked = asked.body(r#"{"model":"m","messages":[]}"#).send();
                assert_eq!(asked.await.expect("no connection is refused").status(), 200);
                answered += 1;
            }
            answered
        });
    }
    for round in 0..4 {
        served = handed_over(served, &homes[(round + 1) % 2]).await;
    }
    is_over.store(true, Ordering::SeqCst);
    let answered: usize = askers.join_all().await.into_iter().sum();
    assert!(answered > 0);
}

/// How often each of the two routers has answered.
#[derive(Debug, Default)]
struct Answers {
    old: usize,
    new: usize,
}

impl Answers {
    fn add(&mut self, Self { old, new }: Self) {
        self.old += old;
        self.new += new;
    }
}

/// Asks on one stream after the other until told to go elsewhere; what has begun is answered.
async fn until_told_to_go(http2: &Http2, is_over: &AtomicBool) -> Answers {
    let mut answers = Answers::default();
    while !is_over.load(Ordering::SeqCst) {
        let Some(answer) = http2.chat_if_taken("m").await else { break };
        let answer = read(answer).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answers.old += usize::from(answer.text.contains("old"));
        answers.new += usize::from(answer.text.contains("new"));
    }
    answers
}

/// Asks on three streams of a connection, and on the next one where that takes no more.
async fn keep_asking(client: Client, is_over: Arc<AtomicBool>) -> (Answers, usize) {
    let (mut sum, mut connections) = (Answers::default(), 0);
    while !is_over.load(Ordering::SeqCst) {
        let http2 = client.http2().await;
        connections += 1;
        for answers in join_all((0..3).map(|_| until_told_to_go(&http2, &is_over))).await {
            sum.add(answers);
        }
    }
    (sum, connections)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_of_http2_go_on_with_the_new_router_and_their_streams_end_with_the_old_one() {
    const ASKERS: usize = 3;
    const ROUNDS: usize = 4;
    let authority = Authority::new("ports");
    let pair = authority.issue_here("localhost");
    let slow = Fake::streams(["a", "b"]).pausing_after(1);
    let backends = ["old", "new"].map(Fake::answers);
    let homes = backends
        .each_ref()
        .map(|backend| home(&pair, &format!("m: {}\n  slow: {}", backend.url(), slow.url())));
    let mut served = homes[0].serve(&[]).await;
    let client = client_of(&authority, &served);
    let is_over = Arc::new(AtomicBool::new(false));
    let mut sum = Answers::default();
    let mut askers = JoinSet::new();
    for _ in 0..ASKERS {
        askers.spawn(keep_asking(client.clone(), Arc::clone(&is_over)));
    }
    for round in 0..ROUNDS {
        let mut http2 = client.http2().await;
        let mut body = http2.chat("slow").await.into_body();
        let mut text = piece(&mut body).await.unwrap().unwrap().to_vec();
        let finishing = async {
            let answers = until_told_to_go(&http2, &is_over).await;
            slow.resume();
            while let Some(piece) = piece(&mut body).await {
                text.extend_from_slice(&piece.expect("what has begun comes to its end"));
            }
            (answers, String::from_utf8(text).unwrap())
        };
        let (next, (answers, text)) = tokio::join!(handed_over(served, &homes[(round + 1) % 2]), finishing);
        assert!(text.contains("\"b\"") && text.contains("[DONE]"), "{text}");
        sum.add(answers);
        served = next;
    }
    is_over.store(true, Ordering::SeqCst);
    for (answers, connections) in askers.join_all().await {
        assert!(answers.old > 0 && answers.new > 0, "{answers:?}");
        sum.add(answers);
        assert!(connections > ROUNDS, "{connections} connections in {ROUNDS} rounds");
    }
    let begun = backends.map(|backend| backend.count());
    assert_eq!(begun, [sum.old, sum.new], "a request was begun and not answered");
}
