//! Nacos: long poll, poll and push; logins; writing by compare-and-swap.

mod foreign;
mod instances;
mod push;
mod push_stub;
pub(crate) mod stub;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use patchbay::config::Format;
use patchbay::source::CenterAddress;
use patchbay::source::center::{Center, CenterError, Revision, WriteError, open};

use self::stub::{DATA_ID, Generation, NacosStub, md5};
use crate::centers::stub::Manner;
use crate::wait::within;

const A: &str = "models: {}\n";
const B: &str = "models: { b: {} } # zwei\n";

fn center(url: &str) -> Box<dyn Center> {
    open(CenterAddress::parse(url).unwrap()).unwrap()
}

fn revision(text: &str) -> Revision {
    Revision::opaque(md5(text))
}

#[tokio::test]
async fn a_document_is_read_with_its_md5() {
    let stub = NacosStub::start(Generation::Second);
    stub.put(A);
    let fetched = center(&stub.url()).fetch().await.unwrap();
    assert_eq!(fetched.content, A);
    assert_eq!(fetched.format, Format::Routes);
    assert_eq!(fetched.revision, revision(A));
}

#[tokio::test]
async fn a_namespace_is_named_by_its_id_and_public_is_none() {
    let stub = NacosStub::with(Generation::Second, "dev-1", None);
    stub.put(A);
    let named = center(&format!("{}?namespace=dev-1", stub.url()));
    let fetched = named.fetch().await.unwrap();
    stub.put(B);
    within("the change", named.wait(&fetched.revision)).await.unwrap();
    let other = center(&format!("{}?namespace=public", stub.url()));
    assert!(other.fetch().await.is_err());
}

#[tokio::test]
async fn a_change_wakes_the_long_poll_and_none_gets_lost_before_it() {
    let stub = NacosStub::start(Generation::Second);
    stub.put(A);
    let center = center(&stub.url());
    let first = center.fetch().await.unwrap();
    stub.put(B);
    within("the change that came before the wait", center.wait(&first.revision)).await.unwrap();
    let second = center.fetch().await.unwrap();
    let asked = stub.server.count("/nacos/v1/cs/configs/listener");
    let change = async {
        crate::wait::until("the long poll", || stub.server.count("/nacos/v1/cs/configs/listener") > asked)
            .await;
        stub.put(A);
    };
    let (waited, ()) =
        within("the change", async { tokio::join!(center.wait(&second.revision), change) }).await;
    waited.unwrap();
    assert_eq!(stub.server.count("/nacos/v1/cs/configs/listener"), asked + 1, "it was not asked again");
}

#[tokio::test]
async fn a_server_that_never_holds_is_asked_once_a_second() {
    let stub = NacosStub::start(Generation::Second);
    stub.put(A);
    *stub.state.hold.lock().unwrap() = Duration::ZERO;
    let center = center(&stub.url());
    let fetched = center.fetch().await.unwrap();
    let began = Instant::now();
    within("the end of the hold", center.wait(&fetched.revision)).await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(900));
}

#[tokio::test]
async fn a_cut_long_poll_is_an_error() {
    let stub = NacosStub::start(Generation::Second);
    stub.put(A);
    let center = center(&stub.url());
    let fetched = center.fetch().await.unwrap();
    let asked = stub.server.count("/nacos/v1/cs/configs/listener");
    let cut = async {
        crate::wait::until("the long poll", || stub.server.count("/nacos/v1/cs/configs/listener") > asked)
            .await;
        stub.down().await;
    };
    let (waited, ()) =
        within("the broken wait", async { tokio::join!(center.wait(&fetched.revision), cut) }).await;
    assert!(matches!(waited, Err(CenterError::Unreachable(_))), "{waited:?}");
    assert!(matches!(center.fetch().await, Err(CenterError::Unreachable(_))));
    stub.up();
    assert_eq!(center.fetch().await.unwrap().content, A);
}

#[tokio::test]
async fn a_login_is_renewed_when_it_is_refused() {
    let stub = NacosStub::with(Generation::Second, "", Some(("reader", "sesame")));
    stub.put(A);
    let center = center(&stub.url_as("reader", "sesame"));
    let first = center.fetch().await.unwrap();
    center.fetch().await.unwrap();
    assert_eq!(stub.server.count("/nacos/v1/auth/login"), 1);
    stub.expire_logins();
    assert_eq!(center.fetch().await.unwrap(), first);
    assert_eq!(stub.server.count("/nacos/v1/auth/login"), 2);
    stub.expire_logins();
    stub.put(B);
    within("the change", center.wait(&first.revision)).await.unwrap();
    assert_eq!(stub.server.count("/nacos/v1/auth/login"), 3);
}

#[tokio::test]
async fn a_login_is_renewed_before_it_ends() {
    let stub = NacosStub::with(Generation::Second, "", Some(("reader", "sesame")));
    stub.put(A);
    stub.state.token_ttl.store(0, Ordering::SeqCst);
    let center = center(&stub.url_as("reader", "sesame"));
    center.fetch().await.unwrap();
    let logins = stub.server.count("/nacos/v1/auth/login");
    center.fetch().await.unwrap();
    assert!(stub.server.count("/nacos/v1/auth/login") > logins);
}

#[tokio::test]
async fn a_wrong_login_is_told_without_the_password() {
    for generation in [Generation::Second, Generation::Both, Generation::Third] {
        let stub = NacosStub::with(generation, "", Some(("reader", "sesame")));
        stub.put(A);
        for url in [stub.url(), stub.url_as("reader", "hunter2"), stub.url_as("nobody", "hunter2")] {
            let error = center(&url).fetch().await.unwrap_err();
            assert!(matches!(error, CenterError::Unauthorized(_)), "{generation:?}: {error:?}");
            assert!(!format!("{error} {error:?}").contains("hunter2"));
        }
    }
}

#[tokio::test]
async fn the_third_generation_is_read_by_its_own_api() {
    let stub = NacosStub::with(Generation::Third, "", Some(("reader", "sesame")));
    stub.put(A);
    let center = center(&stub.url_as("reader", "sesame"));
    let fetched = center.fetch().await.unwrap();
    assert_eq!(fetched.content, A);
    assert_eq!(fetched.revision, revision(A));
    stub.put(B);
    within("the change that came before the wait", center.wait(&fetched.revision)).await.unwrap();
    assert_eq!(center.replace(Some(&revision(B)), A).await.unwrap(), revision(A));
    stub.delete();
    assert_eq!(center.fetch().await.unwrap_err(), CenterError::Missing);
}

#[tokio::test]
async fn a_read_while_the_document_is_being_changed_is_no_fault() {
    for stub in [NacosStub::start(Generation::Second), NacosStub::pushing(Generation::Third, None)] {
        stub.put(A);
        let center = center(&stub.url());
        center.fetch().await.unwrap();
        stub.state.busy_reads.store(3, Ordering::SeqCst);
        assert_eq!(center.fetch().await.unwrap().content, A);
        assert_eq!(stub.state.busy_reads.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn a_properties_data_id_is_read_as_variables() {
    let stub = NacosStub::start(Generation::Second);
    let url = stub.url().replace(DATA_ID, "dbgpt.properties?mode=http");
    stub.put("LLM_MODEL=qwen\n");
    assert_eq!(center(&url).fetch().await.unwrap().format, Format::Dotenv);
}

#[tokio::test]
async fn what_is_no_document_is_a_fault_of_its_own_kind() {
    let stub = NacosStub::start(Generation::Second);
    let center = center(&stub.url());
    assert_eq!(center.fetch().await.unwrap_err(), CenterError::Missing);
    stub.put(A);
    center.fetch().await.unwrap();
    stub.server.behave(Manner::Huge(50_000_000));
    assert!(matches!(center.fetch().await, Err(CenterError::TooLarge(_))));
    stub.server.behave(Manner::Status(503, "server is STARTING now".to_owned()));
    assert!(matches!(center.fetch().await, Err(CenterError::Refused(_))));
    stub.server.behave(Manner::Text("<html>welcome to the hotel wifi</html>".to_owned()));
    assert!(matches!(center.fetch().await, Err(CenterError::Nonsense(_))));
    stub.server.behave(Manner::Cuts);
    assert!(matches!(center.fetch().await, Err(CenterError::Unreachable(_))));
    stub.server.behave(Manner::Well);
    assert_eq!(center.fetch().await.unwrap().content, A);
}

#[tokio::test]
async fn a_silent_server_is_left_for_the_next_one() {
    let (mute, stub) = (NacosStub::start(Generation::Second), NacosStub::start(Generation::Second));
    mute.server.behave(Manner::Mute);
    stub.put(A);
    let url = format!("nacos://{},{}/{DATA_ID}", mute.server.authority(), stub.server.authority());
    let center = center(&url);
    let began = Instant::now();
    assert_eq!(center.fetch().await.unwrap().content, A);
    assert!(began.elapsed() < Duration::from_secs(10));
    stub.down().await;
    assert!(center.fetch().await.is_err());
}

#[tokio::test]
async fn a_write_compares_and_the_loser_writes_nothing() {
    for generation in [Generation::Second, Generation::Third] {
        let stub = NacosStub::start(generation);
        stub.put(A);
        let center = center(&stub.url());
        assert_eq!(center.replace(Some(&revision(A)), B).await.unwrap(), revision(B));
        let lost = WriteError::Conflict { present: Some(revision(B)) };
        assert_eq!(center.replace(Some(&revision(A)), "x").await.unwrap_err(), lost);
        assert_eq!(center.replace(None, "x").await.unwrap_err(), lost);
        *stub.state.rival_before.lock().unwrap() = Some(A.to_owned());
        let lost = WriteError::Conflict { present: Some(revision(A)) };
        assert_eq!(center.replace(Some(&revision(B)), "x").await.unwrap_err(), lost);
        assert_eq!(stub.current().as_deref(), Some(A), "{generation:?}");
    }
}

#[tokio::test]
async fn a_first_write_creates_the_document() {
    let stub = NacosStub::start(Generation::Second);
    let center = center(&stub.url());
    let gone = WriteError::Conflict { present: None };
    assert_eq!(center.replace(Some(&revision(A)), B).await.unwrap_err(), gone);
    assert_eq!(center.replace(None, A).await.unwrap(), revision(A));
}

#[tokio::test]
async fn a_write_to_a_server_that_compares_nothing_is_checked_by_reading() {
    let stub = NacosStub::start(Generation::Second);
    stub.put(A);
    stub.state.ignores_cas.store(true, Ordering::SeqCst);
    let center = center(&stub.url());
    *stub.state.rival_after.lock().unwrap() = Some("rival".to_owned());
    let replaced = WriteError::Replaced { present: Some(revision("rival")) };
    assert_eq!(center.replace(Some(&revision(A)), B).await.unwrap_err(), replaced);
}

#[tokio::test]
async fn a_write_is_done_when_the_server_shows_it() {
    let stub = NacosStub::start(Generation::Second);
    stub.put(A);
    stub.state.lag.store(4, Ordering::SeqCst);
    let asked = stub.server.count("/nacos/v1/cs/configs");
    assert_eq!(center(&stub.url()).replace(Some(&revision(A)), B).await.unwrap(), revision(B));
    assert!(stub.server.count("/nacos/v1/cs/configs") >= asked + 7, "it was read until it showed the text");
}
