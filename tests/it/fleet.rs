//! Several routers on one config center: who lives, what each runs, and when all agree.

mod pushing;
mod ramping;
mod replica;
mod shown;
mod two_phase;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::centers::etcd::stub::EtcdStub;
use crate::wait::within;
use replica::Replica;
use shown::{LONG, other};

/// A table that sends `demo` to a backend of this name.
fn table(name: &str) -> String {
    format!("models:\n  demo: echo://{name}\n")
}

async fn three(etcd: &EtcdStub) -> Vec<Arc<Replica>> {
    let mut replicas = Vec::new();
    for _ in 0..3 {
        replicas.push(Arc::new(Replica::start(&etcd.url(), &[]).await));
    }
    replicas[0].until_fleet("three replicas", |fleet| fleet["replicas"].as_array().unwrap().len() == 3).await;
    replicas
}

#[tokio::test]
async fn after_a_wait_for_all_no_request_is_answered_by_the_old_backend() {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let replicas = three(&etcd).await;
    let floor = Arc::new(AtomicUsize::new(0));
    let is_over = Arc::new(AtomicBool::new(false));
    let mut load = JoinSet::new();
    for replica in &replicas {
        let (replica, floor, is_over) = (Arc::clone(replica), Arc::clone(&floor), Arc::clone(&is_over));
        load.spawn(async move {
            let mut asked = 0;
            while !is_over.load(Ordering::SeqCst) {
                let least = floor.load(Ordering::SeqCst);
                let number = replica.backend().await;
                assert!(number >= least, "backend b{number} answers after all were on b{least}");
                asked += 1;
            }
            asked
        });
    }
    for number in 1..=50 {
        etcd.put(&table(&format!("b{number}")));
        let asked = &replicas[number % 3];
        let (status, report) = asked.wait(&format!("generation={}&timeout=20s", number + 1)).await;
        assert_eq!(status, 200, "{report:#}");
        assert_eq!((report["running"].as_u64(), report["wanted"].as_u64()), (Some(3), Some(3)));
        floor.store(number, Ordering::SeqCst);
        for replica in &replicas {
            assert_eq!(replica.backend().await, number);
        }
    }
    is_over.store(true, Ordering::SeqCst);
    while let Some(asked) = load.join_next().await {
        assert!(asked.unwrap() > 50);
    }
}

#[tokio::test]
async fn a_killed_replica_is_gone_within_its_time() {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let mut replicas = three(&etcd).await;
    let began = Instant::now();
    Arc::into_inner(replicas.pop().unwrap()).unwrap().kill();
    let gone = |fleet: &serde_json::Value| fleet["replicas"].as_array().unwrap().len() == 2;
    replicas[0].until_fleet("the dead to be gone", gone).await;
    assert!(began.elapsed() < Duration::from_secs(11), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_stopped_replica_is_gone_at_once() {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let mut replicas = three(&etcd).await;
    Arc::into_inner(replicas.pop().unwrap()).unwrap().stop().await;
    assert_eq!(replicas[0].fleet().await["replicas"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_replica_that_refuses_is_named_with_its_reason() {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let able = Replica::start(&etcd.url(), &[("TARGET", "echo://b1")]).await;
    let unable = Replica::start(&etcd.url(), &[]).await;
    able.until_fleet("both", |fleet| fleet["replicas"].as_array().unwrap().len() == 2).await;
    etcd.put("models:\n  demo: ${TARGET}\n");
    able.until_fleet("the refusal", |fleet| fleet["replicas"].to_string().contains("E113")).await;
    let (status, report) = able.wait("generation=2&timeout=300ms").await;
    assert_eq!((status, report["reached"].as_bool()), (408, Some(false)));
    assert_eq!((report["running"].as_u64(), report["wanted"].as_u64()), (Some(1), Some(2)));
    let problem = report["problem"].as_str().unwrap().replace(&unable.address(), "ADDRESS");
    assert_eq!(problem, "ADDRESS refused: error[E113]: `TARGET` is not set");
    let (status, _) = able.wait("generation=2&replicas=1&timeout=300ms").await;
    assert_eq!(status, 200);
    assert_eq!(able.fleet().await["agrees"], false);
    // The one that refused serves as before, and is one with the others after the next good table.
    assert_eq!(unable.backend().await, 0);
    etcd.put(&table("b2"));
    let (status, report) = able.wait("generation=3&timeout=20s").await;
    assert_eq!(status, 200, "{report:#}");
    assert_eq!(able.fleet().await["agrees"], true);
}

#[tokio::test]
async fn replicas_of_different_age_agree_by_digest() {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let old = Replica::start(&etcd.url(), &[]).await;
    etcd.put(&table("b1"));
    assert_eq!(old.wait("generation=2&timeout=20s").await.0, 200);
    let young = Replica::start(&etcd.url(), &[]).await;
    old.until_fleet("the young one", |fleet| fleet["replicas"].as_array().unwrap().len() == 2).await;
    let (status, report) = old.wait("generation=2&timeout=20s").await;
    assert_eq!((status, report["running"].as_u64()), (200, Some(2)));
    let digest = report["digest"].as_str().unwrap();
    assert_eq!(young.wait(&format!("digest={digest}&timeout=20s")).await.0, 200);
    // The young one counts for itself: it has had one generation only.
    let (status, report) = young.wait("generation=2&timeout=100ms").await;
    assert_eq!((status, &report["digest"]), (408, &serde_json::Value::Null));
    assert_eq!(report["problem"], "this router runs generation 1, and not generation 2 yet");
}

#[tokio::test]
async fn a_replica_that_has_yet_to_read_a_change_and_its_way_back_is_waited_for() {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let replica = Replica::start(&etcd.url(), &[]).await;
    let slow = other(&etcd, &replica).await;
    let roster = slow.center.roster().unwrap();
    let before = slow.revision().await;
    roster.announce("slow", &slow.card(&before), LONG).await.unwrap();
    let query = format!("digest={}", slow.digest);
    assert_eq!(replica.wait(&format!("{query}&timeout=20s")).await.0, 200);

    etcd.put(&table("b1"));
    etcd.put(&table("b0"));
    let after = slow.revision().await;
    let told = format!(r#""revision":"{after}""#);
    replica.until_fleet("the way back", |fleet| fleet["replicas"].to_string().contains(&told)).await;
    let (status, report) = replica.wait(&format!("{query}&timeout=100ms")).await;
    assert_eq!((status, report["running"].as_u64(), report["wanted"].as_u64()), (408, Some(1), Some(2)));
    let problem = format!("slow:1 runs it as of revision {before}; the center holds {after}");
    assert_eq!(report["problem"], problem);
    roster.announce("slow", &slow.card(&after), LONG).await.unwrap();
    let (status, report) = replica.wait(&format!("{query}&timeout=20s")).await;
    assert_eq!((status, report["running"].as_u64()), (200, Some(2)), "{report:#}");
}

#[tokio::test]
async fn another_text_for_the_same_table_is_agreed_on_too() {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let replicas = three(&etcd).await;
    etcd.put(&format!("# the same\n{}", table("b0")));
    let (status, report) = replicas[0].wait("generation=1&timeout=20s").await;
    assert_eq!((status, report["running"].as_u64()), (200, Some(3)), "{report:#}");
    let revisions = |replica: &serde_json::Value| replica["revision"].as_str().map(str::to_owned);
    let revisions: Vec<_> = report["fleet"]["replicas"].as_array().unwrap().iter().map(revisions).collect();
    let present = other(&etcd, &replicas[0]).await.revision().await;
    assert_eq!(revisions, vec![Some(present); 3]);
}

#[tokio::test]
async fn with_the_center_down_nobody_says_that_all_agree() {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let replicas = three(&etcd).await;
    etcd.server.down().await;
    let (status, report) = replicas[0].wait("generation=1&timeout=200ms").await;
    assert_eq!(status, 408, "{report:#}");
    let problem = report["problem"].as_str().unwrap();
    assert!(problem.starts_with("the others can't be seen: etcd://"), "{problem}");
    for replica in &replicas {
        assert_eq!(replica.backend().await, 0);
    }
    etcd.server.up();
    let (status, report) = replicas[0].wait("generation=1&timeout=20s").await;
    assert_eq!((status, report["running"].as_u64()), (200, Some(3)), "{report:#}");
}

#[tokio::test]
async fn a_wait_says_what_it_does_not_understand() {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let replica = Replica::start(&etcd.url(), &[]).await;
    for query in [
        "",
        "generation=x",
        "generation=1&digest=d",
        "generation=1&replicas=0",
        "generation=1&replicas=some",
        "generation=1&timeout=11m",
        "generation=1&timeout=5",
        "generation=1&replica=all",
    ] {
        let (status, report) = within("a refusal", replica.wait(query)).await;
        assert_eq!(status, 400, "{query}: {report:#}");
        assert!(!report["error"]["message"].as_str().unwrap().is_empty());
    }
}
