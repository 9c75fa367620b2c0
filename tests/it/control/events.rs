//! `GET /admin/v1/events`: what becomes of changes, as it happens.

use serde_json::Value;

use super::{TABLE, green, verb};
use crate::binary::{Home, Served};
use crate::wait::within;

/// A listener.
struct Listener {
    answer: reqwest::Response,
    heard: String,
}

impl Listener {
    async fn at(served: &Served) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("{}/admin/v1/events", served.admin);
        let answer = within("the events", client.get(url).send()).await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self { answer, heard: String::new() }
    }

    /// The name and data of the next event.
    async fn any(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.heard.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.heard = rest;
                // A line that says nothing keeps the connection open.
                let Some((name, data)) = event.split_once("\ndata: ") else { continue };
                let name = name.strip_prefix("event: ").unwrap().to_owned();
                return (name, serde_json::from_str(data).unwrap());
            }
            let piece = within("an event", self.answer.chunk()).await.unwrap().unwrap();
            self.heard.push_str(std::str::from_utf8(&piece).unwrap());
        }
    }

    /// The data of the next event, which has this name.
    async fn next(&mut self, name: &str) -> Value {
        let (found, data) = self.any().await;
        assert_eq!(found, name, "{data}");
        data
    }

    /// Passes over events until one of this name says this.
    async fn until(&mut self, name: &str, says: impl Fn(&Value) -> bool) {
        loop {
            let (found, data) = self.any().await;
            if found == name && says(&data) {
                return;
            }
        }
    }
}

#[tokio::test]
async fn every_change_is_told_as_it_happens() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let mut listener = Listener::at(&served).await;
    assert_eq!(listener.next("live").await["generation"], 1);
    assert_eq!(verb(&home, &served, &["switch", "demo", "green", "-m", "night"]).code, 0);
    let applied = listener.next("applied").await;
    assert_eq!((&applied["generation"], &applied["changes"][0]), (&2.into(), &"demo: blue -> green".into()));
    assert_eq!((&applied["by"]["how"], &applied["by"]["why"]), (&"switch".into(), &"night".into()));
    home.write("routes.yaml", "models: {demo: nowhere}\n");
    let refused = listener.next("refused").await;
    assert!(refused["report"].as_str().unwrap().contains("routes.yaml:1:16"), "{refused}");
    home.write("routes.yaml", &green().replace("other: blue", "other: green"));
    assert_eq!(listener.next("applied").await["generation"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_center_that_goes_and_comes_is_told() {
    let etcd = crate::centers::etcd::stub::EtcdStub::start();
    etcd.put(TABLE);
    let served = Home::new().serve(&["--source", &etcd.url()]).await;
    let mut listener = Listener::at(&served).await;
    listener.next("live").await;
    etcd.delete();
    listener.until("center", |center| center["up"] == false).await;
    etcd.put(TABLE);
    listener.until("center", |center| center["up"] == true).await;
}

#[tokio::test]
async fn a_listener_does_not_hold_up_a_stop() {
    let home = Home::new().with("routes.yaml", TABLE);
    let served = home.serve(&[]).await;
    let mut listener = Listener::at(&served).await;
    listener.next("live").await;
    assert_eq!(served.stop().await.0, 0);
}
