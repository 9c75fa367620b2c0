//! One client's connection of HTTP/2.
pub(super) async fn serve_multiplexed<S>(_: S, _: Option<super::server::Ends>, _: axum::Router, _: tokio_util::sync::CancellationToken) {}
