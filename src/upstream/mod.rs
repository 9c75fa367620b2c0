//! Connections to backends: connect, encrypt, send, keep idle, retire.
//!
//! The room below `live`: a backend's connections belong to the snapshots that name it, and close
//! when the last of them is gone. An HTTP/1.1 connection has no task. It is driven by the request
//! that uses it, so dropping the request's future or body closes its connection at once, and an idle
//! connection costs nothing but a file descriptor. One of HTTP/2 is shared: see `http2`.

mod body;
mod call;
mod connect;
mod failure;
mod heard;
mod http1;
mod http2;
mod pieces;
mod pool;
mod refusal;
mod stream;
mod tls;
mod trust;

pub use body::UpstreamBody;
pub use call::Call;
pub use connect::Connector;
pub use failure::{Failure, WireError};
pub use http1::Http1Error;
pub use pieces::Pieces;
pub use pool::{IDLE_LIMIT, Upstream};
pub use stream::Stream;
pub use tls::Offer;
