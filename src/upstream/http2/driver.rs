//! The task of a connection: it moves the bytes, notices that the backend is gone, and ends what
//! nobody has used for a while.

use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use h2::client::Connection;
use h2::{Ping, PingPong};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{MissedTickBehavior, interval};

use super::Heard;
use super::seats::Seats;

/// How often it looks around.
const LOOK: Duration = Duration::from_secs(1);

/// So many looks without a word from the backend, while somebody waits for one, and it is pinged.
/// A model may think for minutes, but its server answers a ping at once.
const PING_AFTER: u32 = 5;

/// So many, and it is gone: ten seconds for the answer to a ping. Looks are counted and not time, so
/// that a machine that slept doesn't give its connections up.
const GONE_AFTER: u32 = 15;

/// How long it is kept without a stream, in looks. Servers keep theirs for a minute and more (nginx
/// 75 s), and say goodbye when they close one; so this need not be as short as for HTTP/1.1.
const IDLE_LOOKS: u32 = 60;

/// The same for one of several: they were needed at once, and mostly are no more.
const SURPLUS_LOOKS: u32 = 4;

/// Drives a connection until it ends, is given up or has been idle for too long.
pub(super) async fn drive<T: AsyncRead + AsyncWrite + Unpin>(
    mut connection: Connection<T, Bytes>,
    seats: Arc<Seats>,
    heard: Heard,
) {
    let mut pings = connection.ping_pong();
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut idle, mut silent) = (0, 0);
    loop {
        tokio::select! {
            ended = &mut connection => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "an HTTP/2 connection to a backend ended");
                }
                return;
            }
            _ = looks.tick() => {}
        }
        idle = if seats.was_used() { 0 } else { idle + 1 };
        let most = if seats.waits_longer() { IDLE_LOOKS } else { SURPLUS_LOOKS };
        if idle >= most && seats.close() {
            return;
        }
        silent = if heard.take() || !seats.any() { 0 } else { silent + 1 };
        if silent == PING_AFTER {
            ping(pings.as_mut());
        } else if silent >= GONE_AFTER {
            tracing::debug!("a backend doesn't answer pings; its HTTP/2 connection is given up");
            return;
        }
    }
}

/// Sends a ping. That its answer has come shows in what is heard; it is only taken off here, since
/// the next can't be sent before.
fn ping(pings: Option<&mut PingPong>) {
    let Some(pings) = pings else { return };
    let mut cx = Context::from_waker(Waker::noop());
    let _earlier = pings.poll_pong(&mut cx);
    let _under_way = pings.send_ping(Ping::opaque());
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// A connection to somebody who reads nothing and says nothing, driven until it is given up.
    /// Returns after how many looks that was.
    async fn looks_until_given_up(seats: Arc<Seats>) -> u64 {
        let (near, _far) = tokio::io::duplex(64 * 1024);
        let (_requests, connection) = h2::client::handshake(near).await.unwrap();
        let began = Instant::now();
        drive(connection, seats, Heard::default()).await;
        began.elapsed().as_secs() / LOOK.as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_backend_that_answers_no_ping_is_given_up_while_somebody_waits() {
        let (seats, _waiting) = Seats::with_first();
        let looks = looks_until_given_up(seats).await;
        assert!((14..=16).contains(&looks), "after {looks} looks");
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_nobody_uses_is_closed_and_gives_no_more_places() {
        let seats = Arc::new(Seats::default());
        let looks = looks_until_given_up(Arc::clone(&seats)).await;
        assert!((3..=5).contains(&looks), "after {looks} looks");
        assert!(seats.take(1).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn the_connection_that_is_kept_waits_a_minute() {
        let seats = Arc::new(Seats::default());
        seats.wait_longer();
        let looks = looks_until_given_up(seats).await;
        assert!((59..=61).contains(&looks), "after {looks} looks");
    }
}
