//! The two ports, for whoever brings one of them a request.

use std::convert::Infallible;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Request, Response};
use tower::ServiceExt;

use super::data::DataPort;
use super::port_body::PortBody;
use super::request_body::RequestBody;

/// What a port's connections give their requests to.
#[derive(Debug, Clone)]
pub enum Port {
    /// What clients ask models. It has one handler, and every request pays its way to it, so there is
    /// no router before it.
    Data(Arc<DataPort>),
    /// What the router's owner asks.
    Admin(Router),
}

/// An answer to come. It is in a box of its own, which goes when the answer's head does: what only the
/// way to an answer needs would be held by every open stream else.
pub(super) type Answering = Pin<Box<dyn Future<Output = Result<Response<PortBody>, Infallible>> + Send>>;

/// Gives an answer that is there already.
pub(super) fn answered(response: Response<PortBody>) -> Answering {
    Box::pin(ready(Ok(response)))
}

// === impl Port ===

impl Port {
    pub(super) fn answer(&self, request: Request<RequestBody>) -> Answering {
        match self {
            Self::Data(port) => port.answer(request),
            Self::Admin(router) => {
                let answer = router.clone().oneshot(request.map(Body::new));
                Box::pin(async { Ok(answer.await?.map(PortBody::Admin)) })
            }
        }
    }
}

impl From<DataPort> for Port {
    fn from(port: DataPort) -> Self {
        Self::Data(Arc::new(port))
    }
}

impl From<Router> for Port {
    fn from(router: Router) -> Self {
        Self::Admin(router)
    }
}
