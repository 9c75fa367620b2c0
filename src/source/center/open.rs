//! Which code speaks which protocol.

use super::{
    Apollo, Center, CenterAddress, CenterError, ConfigMap, Consul, Etcd, Nacos, PlainHttp, Redis, Scheme,
    Zookeeper,
};

/// Prepares to speak with a center. Nothing is sent yet.
pub fn open(address: CenterAddress) -> Result<Box<dyn Center>, CenterError> {
    match address.scheme {
        Scheme::Nacos => Ok(Box::new(Nacos::new(address)?)),
        Scheme::Apollo => Ok(Box::new(Apollo::new(address)?)),
        Scheme::Etcd => Ok(Box::new(Etcd::new(address)?)),
        Scheme::Consul => Ok(Box::new(Consul::new(address)?)),
        Scheme::Zookeeper => Ok(Box::new(Zookeeper::new(address)?)),
        Scheme::Redis => Ok(Box::new(Redis::new(address)?)),
        Scheme::Http => Ok(Box::new(PlainHttp::new(address)?)),
        Scheme::ConfigMap => Ok(Box::new(ConfigMap::new(address)?)),
    }
}
