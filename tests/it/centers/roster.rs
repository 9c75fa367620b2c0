//! The list of replicas, the same for every center that keeps one.

use std::time::Duration;

use patchbay::source::center::{Center, Roster};

use super::client::Client;
use super::conformance::CenterStub;
use super::consul::stub::ConsulStub;
use super::etcd::stub::EtcdStub;
use super::nacos::stub::{Generation, NacosStub};
use super::redis_stub::RedisStub;
use super::zookeeper_stub::ZookeeperStub;
use crate::wait::{until_so, until_so_times, within};

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_secs(1);

/// One replica's own client.
struct Replica(Client);

impl Replica {
    fn of(url: &str) -> Self {
        Self(Client::of(url))
    }

    fn roster(&self) -> &dyn Roster {
        let center: &dyn Center = &*self.0.0;
        center.roster().unwrap()
    }

    async fn shows(&self, id: &str, card: &str, ttl: Duration) {
        within("an announcement", self.roster().announce(id, card, ttl)).await.unwrap();
    }

    async fn withdraws(&self, id: &str) {
        within("a withdrawal", self.roster().withdraw(id)).await.unwrap();
    }

    async fn cards(&self) -> Vec<String> {
        let mut cards = within("the cards", self.roster().cards()).await.unwrap();
        cards.sort();
        cards
    }

    /// Some centers show a moment later what was announced.
    async fn until_cards(&self, expected: &[&str]) {
        until_so(&format!("the cards {expected:?}"), async || self.cards().await == expected).await;
    }
}

pub(super) async fn cards_are_shown_replaced_and_taken_away(url: &str) {
    let (a, b) = (Replica::of(url), Replica::of(url));
    // A router that stopped before may not have been heard when it took its card away.
    a.until_cards(&[]).await;
    a.shows("a", "a1", LONG).await;
    b.shows("b", "{\"b\": \"ü \\r\\n\"}", LONG).await;
    b.until_cards(&["a1", "{\"b\": \"ü \\r\\n\"}"]).await;
    b.shows("b", "b2", LONG).await;
    b.shows("b", "b2", LONG).await;
    a.until_cards(&["a1", "b2"]).await;
    b.withdraws("b").await;
    a.until_cards(&["a1"]).await;
    // Whoever starts again has another name.
    b.shows("c", "c1", LONG).await;
    a.until_cards(&["a1", "c1"]).await;
    for (replica, id) in [(&a, "a"), (&b, "c")] {
        replica.withdraws(id).await;
    }
    a.until_cards(&[]).await;
}

pub(super) async fn a_card_that_is_not_renewed_goes_away(url: &str) {
    let (alive, dead) = (Replica::of(url), Replica::of(url));
    alive.shows("alive", "alive", SHORT).await;
    dead.shows("dead", "dead", SHORT).await;
    alive.until_cards(&["alive", "dead"]).await;
    // Some centers take up to 20 s.
    until_so_times(3, "the card of the dead to go away", async || {
        alive.shows("alive", "alive", SHORT).await;
        alive.cards().await == ["alive"]
    })
    .await;
    // Whoever was only away for too long shows itself again.
    dead.shows("dead", "dead", SHORT).await;
    alive.shows("alive", "alive", SHORT).await;
    alive.until_cards(&["alive", "dead"]).await;
}

#[tokio::test]
async fn etcd_shows_cards() {
    let stub = EtcdStub::start();
    cards_are_shown_replaced_and_taken_away(&stub.url()).await;
}

#[tokio::test]
async fn etcd_drops_the_cards_of_the_dead() {
    let stub = EtcdStub::start();
    a_card_that_is_not_renewed_goes_away(&stub.url()).await;
}

#[tokio::test]
async fn etcd_writes_a_card_once_however_often_it_is_renewed() {
    let stub = EtcdStub::start();
    let replica = Replica::of(&stub.url());
    replica.shows("a", "a1", LONG).await;
    let revision = stub.state().revision;
    replica.shows("a", "a1", LONG).await;
    assert_eq!(stub.state().revision, revision);
    // Somebody else's keys are not taken for cards, nor is the document.
    stub.put("models: {}");
    stub.put_other();
    assert_eq!(replica.cards().await, ["a1"]);
}

#[tokio::test]
async fn a_lost_lease_is_replaced_at_the_next_announcement() {
    let stub = EtcdStub::start();
    let replica = Replica::of(&stub.url());
    replica.shows("a", "a1", LONG).await;
    stub.state().leases.end_all();
    assert_eq!(replica.cards().await, [""; 0]);
    replica.shows("a", "a1", LONG).await;
    assert_eq!(replica.cards().await, ["a1"]);
}

#[tokio::test]
async fn nacos_shows_cards_whichever_api_it_has() {
    for generation in [Generation::Second, Generation::Third] {
        let stub = NacosStub::start(generation);
        cards_are_shown_replaced_and_taken_away(&stub.url()).await;
    }
}

#[tokio::test]
async fn nacos_drops_the_cards_of_the_dead() {
    for generation in [Generation::Second, Generation::Third] {
        let stub = NacosStub::start(generation);
        a_card_that_is_not_renewed_goes_away(&stub.url()).await;
    }
}

#[tokio::test]
async fn nacos_takes_the_longest_card_that_it_is_said_to_take() {
    let stub = NacosStub::with(Generation::Third, "", Some(("reader", "sesame")));
    let replica = Replica::of(&stub.url_as("reader", "sesame"));
    let longest = "x".repeat(replica.roster().most_bytes());
    replica.shows("0123456789abcdef", &longest, Duration::from_secs(9_000)).await;
    stub.expire_logins();
    assert_eq!(replica.cards().await, [longest]);
    let too_long = "x".repeat(1024);
    let error = replica.roster().announce("a", &too_long, LONG).await.unwrap_err();
    assert!(error.to_string().contains("400"), "{error}");
}

#[tokio::test]
async fn redis_shows_cards() {
    let stub = RedisStub::start();
    cards_are_shown_replaced_and_taken_away(&stub.url()).await;
}

#[tokio::test]
async fn redis_drops_the_cards_of_the_dead() {
    let stub = RedisStub::start();
    a_card_that_is_not_renewed_goes_away(&stub.url()).await;
}

#[tokio::test]
async fn redis_shows_cards_again_after_a_cut() {
    let stub = RedisStub::start();
    let replica = Replica::of(&stub.url());
    replica.shows("a", "a1", LONG).await;
    stub.cut().await;
    assert_eq!(replica.cards().await, ["a1"]);
    replica.shows("a", "a2", LONG).await;
    assert_eq!(replica.cards().await, ["a2"]);
}

#[tokio::test]
async fn consul_shows_cards() {
    let stub = ConsulStub::start();
    cards_are_shown_replaced_and_taken_away(&stub.url()).await;
}

#[tokio::test]
async fn consul_drops_the_cards_of_the_dead() {
    let stub = ConsulStub::start();
    let (alive, dead) = (Replica::of(&stub.url()), Replica::of(&stub.url()));
    alive.shows("alive", "alive", SHORT).await;
    dead.shows("dead", "dead", SHORT).await;
    assert_eq!(alive.cards().await, ["alive", "dead"]);
    stub.state().sessions.hurry();
    alive.shows("alive", "alive", SHORT).await;
    until_so("the card of the dead to go away", async || alive.cards().await == ["alive"]).await;
    // Whoever was only away for too long shows itself again.
    dead.shows("dead", "dead", SHORT).await;
    assert_eq!(alive.cards().await, ["alive", "dead"]);
}

#[tokio::test]
async fn a_lost_session_is_replaced_at_the_next_announcement() {
    let stub = ConsulStub::start();
    let replica = Replica::of(&stub.url());
    replica.shows("a", "a1", LONG).await;
    stub.state().sessions.end_all();
    assert_eq!(replica.cards().await, [""; 0]);
    replica.shows("a", "a1", LONG).await;
    assert_eq!(replica.cards().await, ["a1"]);
}

#[tokio::test]
async fn zookeeper_shows_cards() {
    let stub = ZookeeperStub::start();
    cards_are_shown_replaced_and_taken_away(&stub.url()).await;
}

#[tokio::test]
async fn zookeeper_drops_the_cards_of_the_dead() {
    let stub = ZookeeperStub::start();
    a_card_that_is_not_renewed_goes_away(&stub.url()).await;
}

#[tokio::test]
async fn zookeeper_takes_away_what_a_lost_session_has_shown() {
    let stub = ZookeeperStub::start();
    let (leaving, other) = (Replica::of(&stub.url()), Replica::of(&stub.url()));
    leaving.shows("a", "a1", LONG).await;
    assert!(stub.expire_logins().await);
    assert_eq!(other.cards().await, ["a1"]);
    leaving.withdraws("a").await;
    assert_eq!(other.cards().await, [""; 0]);
}
