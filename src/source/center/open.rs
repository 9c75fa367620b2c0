//! Which code speaks which protocol.

use super::{Center, CenterAddress, CenterError, Consul, Etcd, Scheme};

/// Prepares to speak with a center. Nothing is sent yet.
pub fn open(address: CenterAddress) -> Result<Box<dyn Center>, CenterError> {
    match address.scheme {
        Scheme::Nacos => unbuilt(),
        Scheme::Apollo => unbuilt(),
        Scheme::Etcd => Ok(Box::new(Etcd::new(address)?)),
        Scheme::Consul => Ok(Box::new(Consul::new(address)?)),
        Scheme::Zookeeper => unbuilt(),
        Scheme::Redis => unbuilt(),
        Scheme::Http => unbuilt(),
        Scheme::ConfigMap => unbuilt(),
    }
}

fn unbuilt() -> Result<Box<dyn Center>, CenterError> {
    Err(CenterError::Nonsense("this version does not speak it".to_owned()))
}
