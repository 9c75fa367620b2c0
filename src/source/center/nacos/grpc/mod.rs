//! The gRPC channel of 2.x and 3.x.

use super::access::Access;
use super::place::Place;
use crate::source::center::{CenterAddress, CenterError, Fetched};

#[derive(Debug)]
pub(super) struct Push;

impl Push {
    pub(super) fn new(_address: &CenterAddress) -> Self {
        Self
    }
    pub(super) async fn is_there(&self) -> bool {
        false
    }
    pub(super) async fn read(&self, _access: &Access, _place: &Place) -> Result<Fetched, CenterError> {
        Err(CenterError::Refused("no gRPC yet".to_owned()))
    }
    pub(super) async fn wait(&self, _a: &Access, _p: &Place, _md5: &str) -> Result<bool, CenterError> {
        Err(CenterError::Refused("no gRPC yet".to_owned()))
    }
    pub(super) async fn publish(
        &self,
        _access: &Access,
        _place: &Place,
        _text: &str,
        _expected: Option<&str>,
    ) -> Result<bool, CenterError> {
        Err(CenterError::Refused("no gRPC yet".to_owned()))
    }
}
