//! Centers over TLS with an authority of their own.

use patchbay::source::center::{CenterAddress, CenterError, open};

use super::client::Client;
use super::config_map::stub::ConfigMapStub;
use super::consul::stub::ConsulStub;
use super::etcd::stub::EtcdStub;
use super::plain_http::stub::HttpStub;
use super::tls_front::TlsFront;

/// Reads and hears a change through TLS if the authority is named, and not a byte if it isn't.
async fn only_with_its_authority(
    address: impl Fn(&str) -> String,
    behind: String,
    change: impl AsyncFn(&'static str),
) {
    let front = TlsFront::before(behind).await;
    let url = address(front.authority());
    change("1").await;

    let refused = Client::of(&url).fetch().await;
    assert!(matches!(refused, Err(CenterError::Unreachable(_))), "{url}: {refused:?}");

    let mark = if url.contains('?') { '&' } else { '?' };
    let client = Client::of(&format!("{url}{mark}ca={}", TlsFront::ca().display()));
    let (text, revision) = client.text().await;
    assert_eq!(text, "1");
    client.wait_while(&revision, change("2")).await.unwrap();
    assert_eq!(client.text().await.0, "2");
}

#[tokio::test]
async fn etcd() {
    let stub = EtcdStub::start();
    let address = |at: &str| format!("etcds://{at}/patchbay/routes.yaml");
    only_with_its_authority(address, stub.server.authority(), async |text| stub.put(text)).await;
}

#[tokio::test]
async fn consul() {
    let stub = ConsulStub::start();
    let address = |at: &str| format!("consuls://{at}/patchbay/routes.yaml");
    only_with_its_authority(address, stub.server.authority(), async |text| stub.put(text)).await;
}

#[tokio::test]
async fn a_url() {
    let stub = HttpStub::start();
    let address = |at: &str| format!("https://{at}/tables/routes.yaml?every=100ms");
    only_with_its_authority(address, stub.server.authority(), async |text| stub.put(text)).await;
}

#[tokio::test]
async fn a_config_map() {
    let stub = ConfigMapStub::start();
    let address = |at: &str| format!("configmap://models/patchbay/routes.yaml?server=https://{at}");
    only_with_its_authority(address, stub.server.authority(), async |text| stub.put(text)).await;
}

#[tokio::test]
async fn an_authority_that_is_none_is_told() {
    for file in ["no/such/file.pem", file!()] {
        let address = CenterAddress::parse(&format!("https://localhost/x?ca={file}")).unwrap();
        let refused = open(address).unwrap_err().to_string();
        assert!(refused.contains(file), "{refused}");
    }
}
