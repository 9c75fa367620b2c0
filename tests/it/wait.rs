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

/// Waits until something that has to be asked for holds.
pub(crate) async fn until_so(what: &str, holds: impl AsyncFn() -> bool) {
    until_so_times(1, what, holds).await;
}

/// Waits so many times as long.
pub(crate) async fn until_so_times(times: u32, what: &str, holds: impl AsyncFn() -> bool) {
    within_times(times, what, async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// Waits until a value has stopped to change for a while, and gives it.
pub(crate) async fn until_still<T: PartialEq>(what: &str, value: impl Fn() -> T) -> T {
    let began = Instant::now();
    let (mut last, mut since) = (value(), began);
    while since.elapsed() < Duration::from_millis(300) {
        assert!(began.elapsed() < DEADLINE, "waited {DEADLINE:?} for {what} to stand still");
        tokio::time::sleep(Duration::from_millis(5)).await;
        let now = value();
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
    last
}

/// Waits for a future; fails with its name if it takes too long.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    within_times(1, what, future).await
}

/// Waits so many times as long: for what is many times the work of other tests.
pub(crate) async fn within_times<T>(times: u32, what: &str, future: impl Future<Output = T>) -> T {
    let deadline = DEADLINE * times;
    let waited = tokio::time::timeout(deadline, future).await;
    waited.unwrap_or_else(|_elapsed| panic!("waited {deadline:?} for {what}"))
}
