//! Crowds are told to come again, and nothing dies of them.

use crate::bench::{Bench, RunningBench};
use crate::fake::{Fake, Reply, chunk};
use crate::wait::{until, until_so, until_still};

const REQUEST: &str =
    "POST /v1/chat/completions HTTP/1.1\r\nhost: router\r\ncontent-length: 13\r\n\r\n{\"model\":\"m\"}";

async fn limited(limits: &str, fake: Fake) -> RunningBench {
    let yaml = format!("models:\n  m: {{a}}\nserver:\n  limits: {{{limits}}}\n");
    Bench::new().backend("a", fake).yaml(&yaml).start().await
}

#[tokio::test]
async fn a_client_too_many_is_told_to_come_again_and_the_admin_port_answers() {
    let bench = limited("connections: 2", Fake::answers("hello")).await;
    let mut inside = [bench.connect().await, bench.connect().await];
    for raw in &mut inside {
        raw.send(REQUEST).await;
        assert_eq!(raw.answer().await.status, 200);
    }
    let mut outside = bench.connect().await;
    outside.send(REQUEST).await;
    let answer = outside.answer().await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert!(answer.whole && answer.lossy().contains("overloaded"), "{}", answer.lossy());
    assert_eq!(bench.admin("/healthz").send().await.status, 200);
    assert_eq!(bench.backend("a").count(), 2);

    drop(inside);
    until_so("room", async || {
        let mut raw = bench.connect().await;
        raw.send(REQUEST).await;
        raw.answer().await.status == 200
    })
    .await;
}

#[tokio::test]
async fn a_request_too_many_is_told_to_come_again() {
    let bench = limited("in_flight: 1", Fake::streams(["a", "b"]).pausing_after(1)).await;
    let mut stream = bench.chat("m").stream().await;
    assert_eq!(stream.next().await, "a");

    let answer = bench.chat("m").send().await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    assert_eq!(answer.code(), "overloaded");
    assert_eq!(bench.get("/v1/models").send().await.status, 200);
    assert_eq!(bench.backend("a").count(), 1);

    bench.backend("a").resume();
    assert_eq!(stream.rest().await, "b");
    until_so("room", async || bench.chat("m").send().await.status == 200).await;
}

/// A request whose body has so many bytes.
fn sized(bytes: usize) -> (String, String) {
    let body = format!("{:bytes$}", r#"{"model":"m"}"#);
    let head =
        format!("POST /v1/chat/completions HTTP/1.1\r\nhost: router\r\ncontent-length: {bytes}\r\n\r\n");
    (head, body)
}

#[tokio::test]
async fn bodies_that_would_not_fit_are_told_to_come_again_before_they_are_read() {
    let bench = limited("max_body: 1000, buffered: 1000", Fake::always(Reply::text("hello").held())).await;
    let (head, body) = sized(700);
    let mut inside = bench.connect().await;
    inside.send(head.clone() + &body).await;
    until("the first request", || bench.backend("a").busy() == 1).await;

    let mut outside = bench.connect().await;
    outside.send(&head).await;
    let answer = outside.answer().await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert!(answer.lossy().contains("server.limits.buffered"), "{}", answer.lossy());
    let mut chunked = bench.connect().await;
    let head = head.replace("content-length: 700", "transfer-encoding: chunked");
    chunked.send(format!("{head}2bc\r\n{body}")).await;
    assert_eq!(chunked.answer().await.status, 503);
    assert_eq!(bench.backend("a").count(), 1);

    bench.backend("a").let_go(100);
    assert_eq!(inside.answer().await.status, 200);
    until_so("room", async || {
        let (head, body) = sized(1000);
        let mut raw = bench.connect().await;
        raw.send_while_taken(head + &body).await;
        raw.status().await == Some(200)
    })
    .await;
}

#[tokio::test]
async fn a_length_that_is_only_announced_keeps_nobody_out() {
    let bench = limited("max_body: 1000, buffered: 1000", Fake::answers("hello")).await;
    let (head, body) = sized(1000);
    let mut idle = bench.connect().await;
    idle.send(&head).await;
    for _ in 0..3 {
        let answer = bench.exchange(head.clone() + &body).await;
        assert_eq!(answer.status, 200, "{}", answer.lossy());
    }
    idle.send(&body).await;
    assert_eq!(idle.answer().await.status, 200);
}

#[cfg(target_os = "linux")]
mod real {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    use tokio::net::TcpStream;

    use super::{Fake, Reply, chunk, until, until_so, until_still};
    use crate::bench::Raw;
    use crate::binary::{Home, Served};

    const MEGABYTE: usize = 1 << 20;

    fn proc(served: &Served, name: &str) -> std::path::PathBuf {
        format!("/proc/{}/{name}", served.id()).into()
    }

    fn descriptors(served: &Served) -> usize {
        std::fs::read_dir(proc(served, "fd")).unwrap().count()
    }

    fn resident(served: &Served) -> usize {
        let status = std::fs::read_to_string(proc(served, "status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap() * 1024
    }

    #[tokio::test]
    async fn a_router_without_descriptors_accepts_again_once_it_has_some() {
        let home = Home::new().with("routes.yaml", "models:\n  m: echo://here\n");
        let served = home.serve(&["run"]).await;
        served.until_says("m", "here").await;
        let most = descriptors(&served) as u64 + 3;
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        let pid = Pid::from_raw(served.id().try_into().unwrap());
        prlimit(pid, Resource::Nofile, limit).unwrap();

        let address = served.api.trim_start_matches("http://").to_owned();
        let mut crowd = Vec::new();
        for _ in 0..20 {
            crowd.push(TcpStream::connect(&address).await.unwrap());
        }
        until("a word about it", || served.talk().contains("can't accept connections")).await;
        drop(crowd);
        until_so("an answer", async || served.chat("m").await.0 == 200).await;
    }

    #[tokio::test]
    async fn a_router_takes_as_many_descriptors_as_the_hard_limit_allows() {
        let home = Home::new().with("routes.yaml", "models:\n  m: echo://here\n");
        let served = home.serve_below(100).await;
        let limits = std::fs::read_to_string(proc(&served, "limits")).unwrap();
        let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        assert!(words[3] == words[4] && words[3] != "100", "{line}");
    }

    #[tokio::test]
    async fn a_client_that_reads_nothing_holds_16_megabytes_at_most() {
        let piece = Reply::stream_open(["first"]).then_times(200, chunk(vec![b'x'; MEGABYTE]));
        let fake = Fake::always(piece.then_hold());
        let home = Home::new().with("routes.yaml", &format!("models:\n  m: {}\n", fake.url()));
        let served = home.serve(&["run"]).await;
        let before = resident(&served);
        let mut client = Raw::connect(served.api.trim_start_matches("http://").parse().unwrap()).await;
        client.send(super::REQUEST).await;
        client.until(b"first").await;
        let sent = until_still("the backend", || fake.sent()).await;
        let grown = resident(&served).saturating_sub(before);
        assert!(sent < 200 * MEGABYTE, "all of the stream was taken for a client that reads nothing");
        assert!(grown < 16 * MEGABYTE, "{} MB are held for it", grown / MEGABYTE);
    }
}
