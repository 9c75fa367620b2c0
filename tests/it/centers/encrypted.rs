//! Centers over TLS with an authority of their own.

use patchbay::source::center::{CenterAddress, CenterError, open};

use super::apollo::stub::ApolloStub;
use super::client::Client;
use super::config_map::stub::ConfigMapStub;
use super::conformance::CenterStub;
use super::consul::stub::ConsulStub;
use super::etcd::stub::EtcdStub;
use super::nacos::stub::{DATA_ID, Generation, NacosStub};
use super::plain_http::stub::HttpStub;
use super::redis_stub::RedisStub;
use super::tls_front::TlsFront;
use super::zookeeper_stub::ZookeeperStub;

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

    let client = Client::of(&with(&url, &[("ca", "authority.pem")]));
    let (text, revision) = client.text().await;
    assert_eq!(text, "1");
    client.wait_while(&revision, change("2")).await.unwrap();
    assert_eq!(client.text().await.0, "2");
}

/// The same, where the server wants to see a certificate, in a file with its key or beside it.
async fn only_with_a_certificate(
    address: impl Fn(&str) -> String,
    behind: String,
    change: impl AsyncFn(&'static str),
) {
    let front = TlsFront::demanding(behind).await;
    let url = with(&address(front.authority()), &[("ca", "authority.pem")]);
    change("1").await;

    let refused = Client::of(&url).fetch().await;
    assert!(matches!(refused, Err(CenterError::Unreachable(_))), "{url}: {refused:?}");

    let both = tempfile::NamedTempFile::new().unwrap();
    let pieces =
        ["client.key", "client.pem"].map(|name| std::fs::read_to_string(TlsFront::file(name)).unwrap());
    std::fs::write(both.path(), pieces.concat()).unwrap();
    let in_one = format!("{url}&cert={}", both.path().display());
    let apart = with(&url, &[("cert", "client.pem"), ("key", "client.key")]);
    let urls = if url.starts_with("https") { vec![apart] } else { vec![apart, in_one] };
    for url in urls {
        change("1").await;
        let client = Client::of(&url);
        let (text, revision) = client.text().await;
        assert_eq!(text, "1");
        client.wait_while(&revision, change("2")).await.unwrap();
        assert_eq!(client.text().await.0, "2");
    }
}

/// Adds parameters that name files beside the front's.
fn with(url: &str, files: &[(&str, &str)]) -> String {
    files.iter().fold(url.to_owned(), |url, (parameter, file)| {
        let mark = if url.contains('?') { '&' } else { '?' };
        format!("{url}{mark}{parameter}={}", TlsFront::file(file))
    })
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
async fn apollo() {
    let stub = ApolloStub::start();
    let url = stub.plain_url().replace("apollo://", "apollos://");
    let authority = stub.server.authority();
    let address = |at: &str| url.replace(&authority, at);
    only_with_its_authority(address, stub.server.authority(), async |text| stub.put_text(text)).await;
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
async fn etcd_that_wants_a_certificate() {
    let stub = EtcdStub::start();
    let address = |at: &str| format!("etcds://{at}/patchbay/routes.yaml");
    only_with_a_certificate(address, stub.server.authority(), async |text| stub.put(text)).await;
}

#[tokio::test]
async fn a_url_that_wants_a_certificate() {
    let stub = HttpStub::start();
    let address = |at: &str| format!("https://{at}/tables/routes.yaml?every=100ms");
    only_with_a_certificate(address, stub.server.authority(), async |text| stub.put(text)).await;
}

#[tokio::test]
async fn redis_that_wants_a_certificate() {
    let stub = RedisStub::start();
    let url = stub.url().replace("redis://", "rediss://");
    let address = |at: &str| url.replace(&stub.authority(), at);
    only_with_a_certificate(address, stub.authority(), async |text| stub.put(text).await).await;
}

#[tokio::test]
async fn nacos_and_its_push() {
    let stub = NacosStub::pushing(Generation::Third, None);
    let push = |authority: &str| {
        let (host, port) = authority.rsplit_once(':').unwrap();
        format!("{host}:{}", port.parse::<u16>().unwrap() + 1000)
    };
    let (front, _push_front) = loop {
        let front = TlsFront::demanding(stub.server.authority()).await;
        let Some(port) = front.port().checked_add(1000) else { continue };
        if let Some(of_push) = TlsFront::at(port, push(&stub.server.authority()), true).await {
            break (front, of_push);
        }
    };
    stub.put("1");
    let files = [("ca", "authority.pem"), ("cert", "client.pem"), ("key", "client.key")];
    let client = Client::of(&with(&format!("nacoss://{}/{DATA_ID}?mode=grpc", front.authority()), &files));
    let (text, revision) = client.text().await;
    assert_eq!(text, "1");
    client.wait_while(&revision, async { stub.put("2") }).await.unwrap();
    assert_eq!(client.text().await.0, "2");
}

#[tokio::test]
async fn a_file_that_is_of_no_use_is_told() {
    let cert = TlsFront::file("client.pem");
    for scheme in ["https", "rediss"] {
        for file in ["no/such/file.pem", file!()] {
            for files in
                [format!("ca={file}"), format!("cert={file}&key={file}"), format!("cert={cert}&key={file}")]
            {
                let address = CenterAddress::parse(&format!("{scheme}://localhost/x?{files}")).unwrap();
                let refused = open(address).unwrap_err().to_string();
                assert!(refused.contains(file), "{refused}");
            }
        }
    }
    let lone = CenterAddress::parse(&format!("etcds://localhost/x?key={cert}")).unwrap();
    let refused = open(lone).unwrap_err().to_string();
    assert!(refused.contains("has no `cert`"), "{refused}");
}

#[test]
fn a_key_in_a_url_of_somebody_else_is_theirs() {
    let address = CenterAddress::parse("https://localhost/x?key=abc&every=1s").unwrap();
    assert_eq!(address.path, "x?key=abc");
    let address = CenterAddress::parse("https://localhost/x?key=a.key&v=3&cert=a.pem").unwrap();
    assert_eq!((address.path.as_str(), address.parameter("key")), ("x?v=3", Some("a.key")));
}

#[tokio::test]
async fn redis() {
    let stub = RedisStub::start();
    let url = stub.url().replace("redis://", "rediss://");
    let address = |at: &str| url.replace(&stub.authority(), at);
    only_with_its_authority(address, stub.authority(), async |text| stub.put(text).await).await;
}

#[tokio::test]
async fn zookeeper() {
    let stub = ZookeeperStub::start();
    let url = stub.url().replace("zookeeper://", "zookeepers://");
    let address = |at: &str| url.replace(&stub.authority(), at);
    only_with_its_authority(address, stub.authority(), async |text| stub.put(text).await).await;
}
