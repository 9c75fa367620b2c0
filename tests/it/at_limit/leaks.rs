//! However an exchange ends, its slot is free again.

use super::{crowd, until_waiting};
use crate::bench::Bench;
use crate::fake::{Fake, Reply};
use crate::wait::until;

const LIMIT: usize = 4;

#[tokio::test]
async fn five_hundred_mixed_endings_leak_no_slot() {
    let endings = || {
        [
            Reply::text("fine"),
            Reply::stream(["one", "two"]),
            Reply::stream_open(["one"]).then_reset(),
            Reply::stream_open(["one"]).then_fin(),
            Reply::close(),
            Reply::reset(),
            Reply::error(500, "out of memory"),
            Reply::error(429, "busy"),
            Reply::raw("HTTP/1.1 200 OK\r\ncontent-").then_fin(),
            Reply::stream_open(["one"]).then_hold(),
            Reply::silence(),
        ]
    };
    let yaml = format!(
        "backends:\n  a:\n    url: '{{a}}'\n    max_in_flight: {{limit: {LIMIT}, queue: 20, wait: 20ms}}\n    \
         timeout: {{first_byte: 30ms, idle: 30ms}}\nmodels: {{m: {{to: a, retry: 1}}}}\n"
    );
    let cycle: Vec<Reply> = endings().into_iter().cycle().take(2000).collect();
    let bench = Bench::new().backend("a", Fake::in_turn(cycle)).yaml(&yaml).start().await;
    for round in 0..20 {
        let asking: Vec<_> = (0..20).map(|_| tokio::spawn(bench.chat("m").send())).collect();
        let mut gone = Vec::new();
        for _ in 0..5 {
            gone.push(bench.begin_stream("m").await);
        }
        if round % 2 == 0 {
            gone.clear();
        }
        for asking in asking {
            asking.await.unwrap();
        }
    }
    until("all slots to be free", || crowd(&bench).taken == 0).await;
    until_waiting(&bench, 0).await;
    let full = || bench.snapshot().upstreams()[0].tally.slots.is_full();
    assert!(!full());
    let slots: Vec<_> = (0..LIMIT)
        .filter_map(|_| bench.snapshot().upstreams()[0].tally.slots.enter(std::time::Instant::now()))
        .collect();
    assert_eq!((slots.len(), full()), (LIMIT, true), "the full limit works");
}
