//! The stubs of all centers, as the checks want them.

use std::sync::atomic::Ordering;

use super::super::apollo::stub::ApolloStub;
use super::super::config_map::stub::ConfigMapStub;
use super::super::consul::stub::ConsulStub;
use super::super::etcd::stub::EtcdStub;
use super::super::nacos::stub::{Generation, NacosStub};
use super::super::plain_http::stub::HttpStub;
pub(super) use super::super::redis_stub::RedisStub;
pub(super) use super::super::zookeeper_stub::ZookeeperStub;
use super::CenterStub;
use crate::wait::until;

const USER: &str = "patch";
const PASSWORD: &str = "s3cret";

/// Apollo with an access key.
pub(super) fn apollo() -> ApolloStub {
    ApolloStub::with("routes.yaml", Some("df23df3f59884980844ff3dada30fa97"))
}

/// etcd that wants a login.
pub(super) fn etcd() -> EtcdStub {
    let stub = EtcdStub::start();
    stub.state().login = Some((USER, PASSWORD));
    stub
}

/// Consul.
pub(super) fn consul() -> ConsulStub {
    ConsulStub::start()
}

/// Nacos 1.x and 2.x that wants a login.
pub(super) fn nacos_long_poll() -> NacosStub {
    NacosStub::with(Generation::Second, "", Some((USER, PASSWORD)))
}

/// Nacos 3.x that wants a login.
pub(super) fn nacos_poll() -> NacosStub {
    NacosStub::with(Generation::Third, "", Some((USER, PASSWORD)))
}

/// Nacos 3.x with its gRPC port, that wants a login.
pub(super) fn nacos_push() -> NacosStub {
    NacosStub::pushing(Generation::Third, Some((USER, PASSWORD)))
}

/// A file behind a URL.
pub(super) fn plain_http() -> HttpStub {
    HttpStub::start()
}

/// A `ConfigMap` behind the API of Kubernetes.
pub(super) fn config_map() -> ConfigMapStub {
    ConfigMapStub::start()
}

/// What is the same in all stubs that stand on the stub server.
macro_rules! common {
    () => {
        async fn put(&self, text: &str) {
            self.put(text);
        }

        async fn delete(&self) {
            self.delete();
        }

        async fn current(&self) -> Option<String> {
            self.current()
        }
    };
}

/// What is so for every stub that is one server of HTTP.
macro_rules! served_by_http {
    () => {
        async fn down(&self) {
            self.server.down().await;
        }

        async fn up(&self) {
            self.server.up();
        }
    };
}

impl CenterStub for NacosStub {
    common! {}

    async fn down(&self) {
        self.down().await;
    }

    async fn up(&self) {
        self.up();
    }

    fn url(&self) -> String {
        self.url_as(USER, PASSWORD)
    }

    async fn expire_logins(&self) -> bool {
        self.expire_logins();
        true
    }

    async fn lag(&self) -> bool {
        self.state.lag.store(2, Ordering::SeqCst);
        true
    }
}

impl CenterStub for EtcdStub {
    common! {}
    served_by_http! {}

    fn url(&self) -> String {
        self.url().replace("etcd://", &format!("etcd://{USER}:{PASSWORD}@"))
    }

    async fn expire_logins(&self) -> bool {
        self.state().tokens.clear();
        true
    }

    async fn step_back(&self, text: &str) -> bool {
        self.state().revision -= 2;
        self.put(text);
        true
    }
}

impl CenterStub for ConsulStub {
    common! {}
    served_by_http! {}

    fn url(&self) -> String {
        self.url()
    }

    async fn step_back(&self, text: &str) -> bool {
        until("a question that is held", || {
            self.server.asked().last().is_some_and(|asked| asked.query.contains_key("index"))
        })
        .await;
        self.restore(text);
        true
    }
}

impl CenterStub for HttpStub {
    common! {}
    served_by_http! {}

    fn url(&self) -> String {
        self.url()
    }
}

impl CenterStub for ConfigMapStub {
    common! {}
    served_by_http! {}

    fn url(&self) -> String {
        self.url()
    }
}
