//! A new binary takes the ports over while handshakes are under way, and no client is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::JoinSet;

use super::client::Client;
use super::{Authority, Issued, table};
use crate::binary::Home;

fn home(pair: &Issued, model: &str) -> Home {
    let home = Home::new().with("routes.yaml", &table(&format!("m: echo://{model}")));
    home.with("cert.pem", &pair.cert).with("key.pem", &pair.key)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_client_is_refused_while_the_ports_change_hands() {
    let authority = Authority::new("ports");
    let pair = authority.issue_here("localhost");
    let homes = [home(&pair, "old"), home(&pair, "new")];
    let mut served = homes[0].serve(&[]).await;
    let client = Client::new(&authority, served.api.strip_prefix("https://").unwrap().parse().unwrap());
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
        let next = homes[(round + 1) % 2].take_over(&served).await;
        let (code, said) = served.stop().await;
        assert_eq!(code, 0, "{said}");
        assert!(!said.contains("requests were cut"), "{said}");
        served = next;
    }
    is_over.store(true, Ordering::SeqCst);
    let answered: usize = askers.join_all().await.into_iter().sum();
    assert!(answered > 0);
}
