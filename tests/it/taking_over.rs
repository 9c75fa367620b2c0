//! A new binary takes the ports over, and no client is refused.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use tokio::task::JoinSet;

use crate::binary::{Home, Served};

const OLD: &str = "models: {demo: echo://old}\n";
const NEW: &str = "models: {demo: echo://new}\n";

/// Asks on a new connection each time until told to stop; returns how many of the answers were
/// the old router's and how many the new one's. Every request must be answered.
struct Load {
    is_over: Arc<AtomicBool>,
    askers: JoinSet<(usize, usize)>,
}

impl Load {
    fn on(served: &Served) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let mut askers = JoinSet::new();
        for _ in 0..8 {
            let (is_over, url) = (Arc::clone(&is_over), format!("{}/v1/chat/completions", served.api));
            askers.spawn(async move {
                let (mut old, mut new) = (0, 0);
                while !is_over.load(Ordering::SeqCst) {
                    let client =
                        reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
                    let body = json!({"model": "demo", "messages": [{"role": "user", "content": "hi"}]});
                    let answer =
                        client.post(&url).json(&body).send().await.expect("no connection is refused");
                    let text = answer.text().await.unwrap();
                    old += usize::from(text.contains("old:"));
                    new += usize::from(text.contains("new:"));
                }
                (old, new)
            });
        }
        Self { is_over, askers }
    }

    async fn end(mut self) -> (usize, usize) {
        self.is_over.store(true, Ordering::SeqCst);
        let mut sum = (0, 0);
        while let Some(asked) = self.askers.join_next().await {
            let (old, new) = asked.unwrap();
            sum = (sum.0 + old, sum.1 + new);
        }
        sum
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_router_takes_the_ports_over_under_load_and_nobody_is_refused() {
    let (old_home, new_home) = (Home::new().with("routes.yaml", OLD), Home::new().with("routes.yaml", NEW));
    let mut served = old_home.serve(&[]).await;
    let load = Load::on(&served);
    for round in 0..6 {
        let home = if round % 2 == 0 { &new_home } else { &old_home };
        let next = home.take_over(&served).await;
        assert_eq!((&next.api, &next.admin), (&served.api, &served.admin));
        let (code, said) = served.stop().await;
        assert_eq!(code, 0, "{said}");
        assert!(!said.contains("requests were cut"), "{said}");
        served = next;
        assert!(served.says("demo").await.starts_with(if round % 2 == 0 { "new:" } else { "old:" }));
    }
    let (old, new) = load.end().await;
    assert!(old > 0 && new > 0, "{old} by the old router, {new} by the new one");
}

#[tokio::test]
async fn a_port_that_is_taken_is_not_shared_by_accident() {
    let home = Home::new().with("routes.yaml", OLD);
    let served = home.serve(&[]).await;
    let port = served.api.strip_prefix("http://").unwrap();
    let second = home.run(&["--listen", port, "--admin", "127.0.0.1:0"]);
    assert_eq!(second.code, 1, "{}", second.stderr);
    assert!(second.stderr.contains("does another patchbay run?"), "{}", second.stderr);
    assert!(second.stderr.contains("--take-over"), "{}", second.stderr);
}

#[tokio::test]
async fn what_systemd_has_opened_is_served_on_over_a_restart() {
    let home = Home::new().with("routes.yaml", OLD);
    let open = || TcpListener::bind("127.0.0.1:0").unwrap();
    let (data, admin) = (open(), open());
    let own = |listener: &TcpListener| listener.try_clone().unwrap();
    let served = home.serve_given(own(&data), own(&admin)).await;
    assert_eq!(served.api, format!("http://{}", data.local_addr().unwrap()));
    assert_eq!(served.admin, format!("http://{}", admin.local_addr().unwrap()));
    let load = Load::on(&served);
    home.write("routes.yaml", NEW);
    served.until_says("demo", "new:").await;
    assert_eq!(served.stop().await.0, 0);
    // Who asks now waits in the queue of a socket that nobody serves.
    home.write("routes.yaml", OLD);
    let again = home.serve_given(own(&data), own(&admin)).await;
    assert!(again.says("demo").await.starts_with("old:"));
    let (old, new) = load.end().await;
    assert!(old > 0 && new > 0, "{old} and {new}");
}

#[tokio::test]
async fn a_given_socket_off_loopback_needs_keys_all_the_same() {
    let home = Home::new().with("routes.yaml", OLD);
    let refused = home.run_given(TcpListener::bind("0.0.0.0:0").unwrap(), &[]);
    assert_eq!(refused.code, 78, "{}", refused.stderr);
    assert!(refused.stderr.contains("off loopback"), "{}", refused.stderr);
}
