//! Ramps as work that one replica does for all: in the words of a list in the config center.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::control::{Ramp, RampElsewhere, Ramps};
use crate::fleet::{Hand, Worker};

/// The ramps of this router, for the fleet.
pub(super) struct RampDuties(pub(super) Arc<Ramps>);

impl Worker for RampDuties {
    fn in_hand(&self) -> BoxFuture<'_, Vec<String>> {
        Box::pin(async {
            let ramps = self.0.driven().await;
            ramps.iter().filter_map(|ramp| serde_json::to_string(ramp).ok()).collect()
        })
    }

    fn hear<'w>(&'w self, me: &'w str, others: &'w [Hand]) -> BoxFuture<'w, ()> {
        let told = others.iter().flat_map(|hand| {
            let ramps = hand.duties.iter().filter_map(|duty| serde_json::from_str(duty).ok());
            let told = |ramp| (RampElsewhere { at: hand.address.clone(), ramp }, hand.id.as_str() < me);
            ramps.map(told)
        });
        Box::pin(self.0.hear(told.collect()))
    }

    fn take_up<'w>(&'w self, duty: &'w str) -> BoxFuture<'w, ()> {
        Box::pin(async move {
            match serde_json::from_str::<Ramp>(duty) {
                Ok(ramp) => self.0.take_up(ramp).await,
                Err(error) => tracing::warn!(%error, "another version's ramp can't be gone on with"),
            }
        })
    }
}
