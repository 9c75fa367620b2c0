//! Whether the client is still there.

use std::future::Future;
use std::pin::Pin;

use tokio_util::sync::{CancellationToken, DropGuard};

use super::Asides;
use crate::table::OnDisconnect;

/// Tells a request that goes on by itself whether its client has left. A request that is dropped
/// with its client needs none.
#[derive(Debug, Clone, Default)]
pub(in crate::relay) struct Presence(Option<CancellationToken>);

// === impl Presence ===

impl Presence {
    /// Runs a request so that it outlives its client; `None` if the router stopped meanwhile.
    pub(in crate::relay) async fn outliving<F>(
        asides: &Asides,
        request: impl FnOnce(Self) -> F,
    ) -> Option<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let left = CancellationToken::new();
        let task = asides.spawn(request(Self(Some(left.clone()))));
        let _leaves_when_dropped: DropGuard = left.drop_guard();
        match task.await {
            Ok(outcome) => outcome,
            Err(error) => error.try_into_panic().map_or(None, |panic| std::panic::resume_unwind(panic)),
        }
    }

    /// Waits for a step of the request; `None` if the client left and the step ends with it. The step
    /// stays where it is: each hand that it went through would keep room for it.
    pub(in crate::relay) async fn during<T>(
        &self,
        then: OnDisconnect,
        step: Pin<&mut impl Future<Output = T>>,
    ) -> Option<T> {
        match (&self.0, then) {
            (None, _) | (_, OnDisconnect::Finish) => Some(step.await),
            (Some(left), OnDisconnect::Cancel) => left.run_until_cancelled(step).await,
        }
    }
}
