//! What the tests of single centers ask of every client.

use std::time::Duration;

use futures_util::future::join;
use patchbay::source::center::{Center, CenterAddress, CenterError, Fetched, Revision, WriteError, open};

use crate::wait::within;

/// A client of what an address names.
pub(crate) struct Client(pub(crate) Box<dyn Center>);

impl Client {
    pub(crate) fn of(url: &str) -> Self {
        Self(open(CenterAddress::parse(url).unwrap()).unwrap())
    }

    pub(crate) async fn fetch(&self) -> Result<Fetched, CenterError> {
        within("a document, or why there is none", self.0.fetch()).await
    }

    /// Reads a document that is there.
    pub(crate) async fn text(&self) -> (String, Revision) {
        let fetched = self.fetch().await.unwrap();
        (String::from_utf8(fetched.content.to_vec()).unwrap(), fetched.revision)
    }

    pub(crate) async fn wait(&self, since: &Revision) -> Result<(), CenterError> {
        within("a hint", self.0.wait(since)).await
    }

    /// Begins to wait, then lets something happen, and waits on.
    pub(crate) async fn wait_while(
        &self,
        since: &Revision,
        happens: impl Future<Output = ()>,
    ) -> Result<(), CenterError> {
        within("a hint", join(self.0.wait(since), happens)).await.0
    }

    /// Tells whether nothing is heard for a while.
    pub(crate) async fn is_quiet(&self, since: &Revision, time: Duration) -> bool {
        tokio::time::timeout(time, self.0.wait(since)).await.is_err()
    }

    pub(crate) async fn replace(
        &self,
        expected: Option<&Revision>,
        text: &str,
    ) -> Result<Revision, WriteError> {
        within("an answer to a write", self.0.replace(expected, text)).await
    }
}
