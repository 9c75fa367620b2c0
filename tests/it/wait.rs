//! Waiting that always ends.

use std::future::Future;
use std::time::{Duration, Instant};

/// How long a test waits for what must happen; much longer than it ever takes.
const DEADLINE: Duration = Duration::from_secs(20);

/// Waits until something holds; fails with its name if it never does.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < DEADLINE, "waited {DEADLINE:?} for {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Waits for a future; fails with its name if it takes too long.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(DEADLINE, future).await;
    waited.unwrap_or_else(|_elapsed| panic!("waited {DEADLINE:?} for {what}"))
}
