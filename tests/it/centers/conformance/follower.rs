//! Whoever follows a document.

use patchbay::source::center::open;
use patchbay::source::{Arrival, CenterAddress, CenterSource, SourceError};

use super::CenterStub;
use crate::wait::within_times;

/// A source on a center's document.
pub(super) struct Follower {
    source: CenterSource,
    /// How many times the usual time it waits.
    patience: u32,
}

/// A table whose only model is answered by an echo of this name.
pub(super) fn table(name: impl std::fmt::Display) -> String {
    format!("models: {{demo: \"echo://{name}\"}}\n")
}

impl Follower {
    /// Begins to follow.
    pub(super) fn of(stub: &impl CenterStub) -> Self {
        let address = CenterAddress::parse(&stub.url()).unwrap();
        Self { source: CenterSource::new(&address, open(address.clone()).unwrap(), None), patience: 1 }
    }

    /// Has it wait so many times as long, where the center moves much.
    pub(super) fn patient(self, patience: u32) -> Self {
        Self { patience, ..self }
    }

    /// Reads the document now.
    pub(super) async fn read(&mut self) -> String {
        text(within_times(self.patience, "the first read", self.source.read()).await).unwrap()
    }

    /// Waits for news, good or bad.
    pub(super) async fn next(&mut self) -> Result<String, SourceError> {
        text(within_times(self.patience, "news of the document", self.source.next()).await)
    }

    /// Waits for another text, and gives everything good that was told before it too.
    pub(super) async fn until(&mut self, wanted: &str) -> Vec<String> {
        let mut seen = Vec::new();
        within_times(self.patience, &format!("the text {wanted:?}"), async {
            while seen.last().map(String::as_str) != Some(wanted) {
                seen.extend(text(self.source.next().await).ok());
            }
        })
        .await;
        seen
    }
}

fn text(said: Result<Arrival, SourceError>) -> Result<String, SourceError> {
    said.map(|arrival| String::from_utf8(arrival.documents[0].content.to_vec()).unwrap())
}
