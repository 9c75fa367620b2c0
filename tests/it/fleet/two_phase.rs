//! Replicas are asked before a table is written, and one that refuses keeps it from all.

use std::time::Duration;

use patchbay::source::CenterAddress;
use patchbay::source::center::open;
use serde_json::json;

use super::pushing::{BESIDE, PROPOSALS, Pusher, ended, is_as_before, proposal, undecided};
use super::replica::Replica;
use super::shown::{LONG, other};
use super::{table, three};
use crate::centers::etcd::stub::EtcdStub;
use crate::centers::nacos::stub::{Generation, NacosStub};
use crate::failover::nobody;
use crate::wait::{until, within};

/// A fleet of one on a table.
async fn one() -> (EtcdStub, Replica) {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let replica = Replica::start(&etcd.url(), &[]).await;
    (etcd, replica)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_all_agree_on_is_written_and_goes_live() {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let replicas = three(&etcd).await;
    let output = Pusher::with(&table("b1")).pushes(&etcd.url(), &[]).await;
    assert_eq!(output.code, 0, "{}", output.stderr);
    let revision = other(&etcd, &replicas[0]).await.revision().await;
    assert_eq!(output.stdout, format!("{}: revision {revision}, agreed by 3 replicas\n", etcd.url()));
    assert_eq!(etcd.current(), Some(table("b1")));
    assert_eq!(etcd.keys_below(PROPOSALS), [""; 0]);
    let (status, report) = replicas[2].wait("generation=2&timeout=20s").await;
    assert_eq!((status, report["running"].as_u64()), (200, Some(3)), "{report:#}");
    // What is over is forgotten.
    let forgotten =
        |fleet: &serde_json::Value| fleet["replicas"].to_string().matches(r#""votes":[]"#).count() == 3;
    replicas[0].until_fleet("the votes to be gone", forgotten).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_refuses_keeps_it_from_all() {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let able = Replica::start(&etcd.url(), &[("TARGET", "echo://b1")]).await;
    let unable = Replica::start(&etcd.url(), &[]).await;
    able.until_fleet("both", |fleet| fleet["replicas"].as_array().unwrap().len() == 2).await;
    let text = "models:\n  demo: ${TARGET}\n";
    for more in [&["--no-check"][..], &["--no-check", "--replicas", "1"]] {
        let output = Pusher::with(text).pushes(&etcd.url(), more).await;
        let expected = format!(
            "error: 1 of 2 replicas refused; nothing was written to {}\n  \
             {} refused: error[E113]: `TARGET` is not set\n",
            etcd.url(),
            unable.address()
        );
        assert_eq!((output.code, output.stderr.as_str()), (1, expected.as_str()));
        is_as_before(&etcd, &table("b0"), &output);
    }
    let (status, report) = able.wait("generation=1&timeout=20s").await;
    assert_eq!((status, report["fleet"]["agrees"].as_bool()), (200, Some(true)), "{report:#}");
    let refusals =
        report["fleet"]["replicas"].as_array().unwrap().iter().filter(|card| !card["refused"].is_null());
    assert_eq!(refusals.count(), 0, "a refused proposal is no refused change: {report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_backend_is_connected_to_and_one_that_serves_already_is_not() {
    let (etcd, replica) = one().await;
    let (_port, nobody) = nobody();
    let text = |more: &str| format!("models:\n  demo: echo://b1\n  far: http://{nobody}/v1\n{more}");
    let output = Pusher::with(&text("")).pushes(&etcd.url(), &[]).await;
    assert_eq!(output.code, 1, "{}", output.stderr);
    let reason = format!("  {} refused: backend `", replica.address());
    assert!(output.stderr.contains(&reason) && output.stderr.contains("refused"), "{}", output.stderr);
    is_as_before(&etcd, &table("b0"), &output);

    etcd.put(&text(""));
    assert_eq!(replica.wait("generation=2&timeout=20s").await.0, 200);
    let output = Pusher::with(&text("  near: echo://b2\n")).pushes(&etcd.url(), &[]).await;
    assert_eq!(output.code, 0, "{}", output.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_from_before_there_were_votes_is_named_and_can_be_left_out() {
    let (etcd, replica) = one().await;
    let old = other(&etcd, &replica).await;
    old.center.roster().unwrap().announce("slow", &old.card_with(&json!({})), LONG).await.unwrap();
    let pusher = Pusher::with(&table("b1"));
    let output = pusher.pushes(&etcd.url(), &[]).await;
    let expected = format!(
        "error: {} slow:1 (patchbay 0.1.0) can't vote; nothing was written\n  \
         = help: upgrade them, or say with --replicas K how many of the others have to agree\n",
        etcd.url()
    );
    assert_eq!((output.code, output.stderr.as_str()), (1, expected.as_str()));
    is_as_before(&etcd, &table("b0"), &output);
    let output = pusher.pushes(&etcd.url(), &["--replicas", "1"]).await;
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stdout.ends_with(", agreed by 1 replica\n"), "{}", output.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_dies_is_no_longer_asked() {
    let (etcd, replica) = one().await;
    let dying = other(&etcd, &replica).await;
    undecided(&dying).await;
    let push = Pusher::with(&table("b1")).begins(&etcd.url(), &[]);
    proposal(&etcd).await;
    dying.center.roster().unwrap().withdraw("slow").await.unwrap();
    let output = ended(push).await;
    assert_eq!(output.code, 0, "{}", output.stderr);
    assert!(output.stdout.ends_with(", agreed by 1 replica\n"), "{}", output.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_joins_meanwhile_is_asked_too() {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let able = Replica::start(&etcd.url(), &[("TARGET", "echo://b1")]).await;
    let slow = other(&etcd, &able).await;
    undecided(&slow).await;
    let push = Pusher::with("models:\n  demo: ${TARGET}\n").begins(&etcd.url(), &["--no-check"]);
    proposal(&etcd).await;
    let joined = Replica::start(&etcd.url(), &[]).await;
    let output = ended(push).await;
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(output.stderr.contains(&format!("{} refused: ", joined.address())), "{}", output.stderr);
    is_as_before(&etcd, &table("b0"), &output);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_vote_in_time_is_named() {
    let (etcd, replica) = one().await;
    undecided(&other(&etcd, &replica).await).await;
    let pusher = Pusher::with(&table("b1"));
    let output = pusher.pushes(&etcd.url(), &["--timeout", "100ms", "--replicas", "2"]).await;
    assert_eq!(output.code, 5, "{}", output.stderr);
    assert!(output.stderr.starts_with("timed out after "), "{}", output.stderr);
    assert!(output.stderr.contains("slow:1 has not voted"), "{}", output.stderr);
    is_as_before(&etcd, &table("b0"), &output);
    let output = pusher.pushes(&etcd.url(), &["--timeout", "100ms", "--replicas", "9"]).await;
    assert_eq!(output.code, 5, "{}", output.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_of_two_proposers_is_refused() {
    let (etcd, replica) = one().await;
    let slow = other(&etcd, &replica).await;
    undecided(&slow).await;
    let first = Pusher::with(&table("b1")).begins(&etcd.url(), &[]);
    proposal(&etcd).await;
    let second = Pusher::with(&table("b2"));
    let output = second.pushes(&etcd.url(), &[]).await;
    assert_eq!((output.code, output.stdout.as_str()), (4, ""));
    let begin =
        format!("error: {} has another push that is not decided yet; nothing was written", etcd.url());
    assert!(output.stderr.starts_with(&begin), "{}", output.stderr);
    slow.center.roster().unwrap().withdraw("slow").await.unwrap();
    assert_eq!(ended(first).await.code, 0);
    assert_eq!(etcd.current(), Some(table("b1")));
    assert_eq!(second.pushes(&etcd.url(), &[]).await.code, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_proposer_s_proposal_dies_too() {
    let (etcd, _replica) = one().await;
    let beside = CenterAddress::parse(&etcd.url()).unwrap().proposals();
    let dead = open(beside).unwrap();
    let entry = json!({"id": "dead", "text": table("b9")}).to_string();
    dead.roster().unwrap().announce("dead", &entry, Duration::from_secs(1)).await.unwrap();
    let pusher = Pusher::with(&table("b1"));
    within("the dead one's proposal to die", async {
        while pusher.pushes(&etcd.url(), &[]).await.code != 0 {
            assert_eq!(etcd.current(), Some(table("b0")));
        }
    })
    .await;
    assert_eq!(etcd.current(), Some(table("b1")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_else_writes_meanwhile_is_not_overwritten() {
    let (etcd, replica) = one().await;
    let slow = other(&etcd, &replica).await;
    undecided(&slow).await;
    let push = Pusher::with(&table("b1")).begins(&etcd.url(), &[]);
    proposal(&etcd).await;
    etcd.put(&table("b2"));
    slow.center.roster().unwrap().withdraw("slow").await.unwrap();
    let output = ended(push).await;
    assert_eq!(output.code, 4, "{}", output.stderr);
    is_as_before(&etcd, &table("b2"), &output);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_too_long_for_the_list_is_judged_from_a_document_beside_it() {
    let (etcd, replica) = one().await;
    let filling = "# a line of a long table\n".repeat(40_000);
    let output = Pusher::with(&format!("{}{filling}", table("b1"))).pushes(&etcd.url(), &[]).await;
    assert_eq!(output.code, 0, "{}", output.stderr);
    until("the table", || etcd.current().is_some_and(|text| text.len() > filling.len())).await;
    assert_eq!(replica.wait("generation=2&timeout=20s").await.0, 200);
    assert_eq!(etcd.key(BESIDE).as_deref(), Some("# no proposal\n"));
    // And one that is refused, over what the last one has left there.
    let wrong = format!("models:\n  demo: ${{TARGET}}\n{filling}");
    let output = Pusher::with(&wrong).pushes(&etcd.url(), &["--no-check"]).await;
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(output.stderr.contains("`TARGET` is not set"), "{}", output.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_on_nacos_are_asked_too() {
    let nacos = NacosStub::start(Generation::Second);
    nacos.put(&table("b0"));
    let able = Replica::start(&nacos.url(), &[("TARGET", "echo://b1")]).await;
    let unable = Replica::start(&nacos.url(), &[]).await;
    able.until_fleet("both", |fleet| fleet["replicas"].as_array().unwrap().len() == 2).await;
    let pusher = Pusher::with("models:\n  demo: ${TARGET}\n");
    let output = pusher.pushes(&nacos.url(), &["--no-check"]).await;
    let refusal = format!("  {} refused: error[E113]: `TARGET` is not set\n", unable.address());
    assert!(output.code == 1 && output.stderr.ends_with(&refusal), "{}", output.stderr);
    assert_eq!(nacos.current(), Some(table("b0")));
    // Far more than an instance can tell.
    let text = format!("{}{}", table("b2"), "# a line of a long table\n".repeat(200));
    let output = Pusher::with(&text).pushes(&nacos.url(), &[]).await;
    assert!(output.code == 0 && output.stdout.ends_with(", agreed by 2 replicas\n"), "{}", output.stderr);
    let (status, report) = able.wait("generation=2&timeout=20s").await;
    assert_eq!((status, report["running"].as_u64()), (200, Some(2)), "{report:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_to_ask_is_no_consent() {
    let etcd = EtcdStub::start();
    etcd.put(&table("b0"));
    let pusher = Pusher::with(&table("b1"));
    let output = pusher.pushes(&etcd.url(), &[]).await;
    assert_eq!(output.code, 1, "{}", output.stderr);
    assert!(output.stderr.contains("has no replicas that could be asked"), "{}", output.stderr);
    is_as_before(&etcd, &table("b0"), &output);
    let output = pusher.pushes(&etcd.url(), &["--replicas", "0"]).await;
    assert_eq!(output.code, 2, "{}", output.stderr);
}
