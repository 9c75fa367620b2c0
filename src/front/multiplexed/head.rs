//! What a head has to say, and mustn't, whichever version of HTTP brings it.

use http::{Method, Request};

use crate::front::framing::refusal_of_fields;
use crate::front::host;
use crate::relay::{Fault, FaultKind};

/// Has a request name its host as one of HTTP/1.1 does, or tells why it is refused.
pub(super) fn settle<B>(request: &mut Request<B>) -> Result<(), Fault> {
    if request.method() == Method::CONNECT {
        return Err(Fault::new(FaultKind::MethodNotAllowed, "no tunnel is opened here"));
    }
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    if let Some(refusal) = refusal_of_fields(target, request.headers()) {
        return Err(refusal.fault());
    }
    let target = request.uri().clone();
    host::settle(&target, request.headers_mut())
}
