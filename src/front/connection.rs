//! One client's connection of HTTP/1.1: hyper between the guard and a port.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http::{Request, Response, header};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::framing::Refusal;
use super::guarded::{Guarded, REFUSED, Verdict};
use super::handed::handed;
use super::idle_timer::IdleTimer;
use super::port::{Port, answered};
use super::port_body::PortBody;
use super::request_body::RequestBody;
use super::request_id;
use super::server::Ends;
use crate::record::{End, Entry};
use crate::relay::Fault;

/// How long a connection may be idle between two requests. Clients close theirs after 5 to 60 s,
/// and whoever closes first loses no request.
pub(super) const IDLE_LIMIT: Duration = Duration::from_secs(75);

/// How long a new connection may take to send its first request once the port is given up. Whoever
/// connects speaks at once, unless the machine is overloaded.
pub(super) const FIRST_REQUEST: Duration = Duration::from_secs(2);

/// Serves a connection's requests, one after the other, until either side ends it; the last is the
/// one in flight when the port is given up.
pub(super) async fn serve_connection<S>(stream: S, ends: Option<Ends>, port: Port, ending: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let requests = AtomicU64::new(0);
    let guarded = Guarded::new(stream);
    let (verdict, shelf) = (guarded.verdict(), guarded.shelf());
    let service = service_fn(|mut request: Request<Incoming>| {
        let number = requests.fetch_add(1, Ordering::Relaxed) + 1;
        if let Some(refusal) = refusal(&request, &verdict) {
            return answered(refused(&refusal.fault()));
        }
        let sized = shelf.body_of(number);
        if sized.is_some() {
            // It says what hyper was told.
            request.headers_mut().remove(header::CONTENT_LENGTH);
        }
        let body = |hypers| sized.map_or(RequestBody::Pieces(hypers), RequestBody::Sized);
        handed(request.map(body), ends, &port)
    });
    let mut connection = pin!(
        http1::Builder::new()
            .timer(IdleTimer::default())
            .header_read_timeout(IDLE_LIMIT)
            .serve_connection(TokioIo::new(guarded), service)
    );
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = ending.cancelled() => None,
    };
    // hyper closes a connection that has had no request yet, though one may be on its way.
    let ended = match ended {
        None if requests.load(Ordering::Relaxed) == 0 => {
            timeout(FIRST_REQUEST, connection.as_mut()).await.ok()
        }
        ended => ended,
    };
    let ended = if let Some(ended) = ended {
        ended
    } else {
        connection.as_mut().graceful_shutdown();
        connection.await
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Returns why a request is refused, if it is the one that stands for a refused one.
fn refusal(request: &Request<Incoming>, verdict: &Verdict) -> Option<Refusal> {
    if request.method().as_str() == REFUSED { verdict.get().copied() } else { None }
}

/// Answers a request that no port gets to see.
pub(super) fn refused(fault: &Fault) -> Response<PortBody> {
    let id = request_id::made();
    let mut entry = Entry::new(id.to_str().unwrap_or_default().to_owned(), String::new(), Instant::now());
    entry.status = fault.kind.status().as_u16();
    entry.end = End::Refused(fault.kind.code(), fault.message.clone());
    let mut response = fault.response().map(PortBody::from);
    response.headers_mut().insert(request_id::REQUEST_ID, id);
    response
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::{Instant, sleep};

    use super::*;

    const GOOD: &[u8] = b"POST /1 HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi";

    fn connect() -> DuplexStream {
        let router = Router::new().fallback(async |request: Request<Body>| {
            let path = request.uri().path().to_owned();
            match axum::body::to_bytes(request.into_body(), 1000).await {
                Ok(body) => format!("{path} {}", String::from_utf8_lossy(&body)),
                Err(_broken) => format!("{path} broken"),
            }
        });
        let (client, server) = duplex(1 << 20);
        drop(tokio::spawn(serve_connection(server, None, router.into(), CancellationToken::new())));
        client
    }

    async fn all(mut client: DuplexStream) -> String {
        let mut heard = Vec::new();
        client.read_to_end(&mut heard).await.unwrap();
        String::from_utf8(heard).unwrap()
    }

    async fn answer(client: &mut DuplexStream) -> String {
        let mut heard = vec![0; 4096];
        let some = client.read(&mut heard).await.unwrap();
        String::from_utf8(heard[..some].to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_refused_head_is_answered_behind_all_that_came_before() {
        let bad = b"POST /2 HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nhiPOST /3";
        for piece in [1, 7, 1000] {
            let mut client = connect();
            for bytes in [GOOD, bad].concat().chunks(piece) {
                client.write_all(bytes).await.unwrap();
                tokio::task::yield_now().await;
            }
            let heard = all(client).await;
            let statuses: Vec<&str> = heard.matches("HTTP/1.1 ").collect();
            assert_eq!(statuses.len(), 2, "{heard}");
            let (first, second) = heard.split_at(heard.rfind("HTTP/1.1 ").unwrap());
            assert!(first.contains(" 200 ") && first.ends_with("/1 hi"), "{first}");
            assert!(second.contains(" 400 ") && second.contains("is there twice"), "{second}");
            assert!(second.contains("connection: close"), "{second}");
            assert!(second.contains("x-request-id: "), "{second}");
        }
    }

    #[tokio::test]
    async fn a_refused_body_breaks_its_own_request() {
        let mut client = connect();
        client.write_all(GOOD).await.unwrap();
        let chunks = b"POST /2 HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n-1\r\n";
        client.write_all(chunks).await.unwrap();
        let heard = all(client).await;
        assert!(heard.contains("/1 hi") && heard.ends_with("/2 broken"), "{heard}");
    }

    #[tokio::test]
    async fn a_client_may_use_the_method_that_stands_for_refused_requests() {
        let mut client = connect();
        client.write_all(b"REFUSED /1 HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
        assert!(answer(&mut client).await.ends_with("/1 "));
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_head_is_cut_after_15_seconds_while_others_answer() {
        let begun = Instant::now();
        let mut slow = connect();
        slow.write_all(b"POST /1 HTTP/1.1\r\n").await.unwrap();
        let (mut read, mut write) = tokio::io::split(slow);
        let trickle = tokio::spawn(async move {
            while write.write_all(b"x-a: 1\r\n").await.is_ok() {
                sleep(Duration::from_secs(1)).await;
            }
        });
        sleep(Duration::from_secs(7)).await;
        let mut other = connect();
        other.write_all(GOOD).await.unwrap();
        assert!(answer(&mut other).await.ends_with("/1 hi"));
        let mut heard = String::new();
        read.read_to_string(&mut heard).await.unwrap();
        assert!(heard.contains(" 408 ") && heard.contains("took too long"), "{heard}");
        let taken = begun.elapsed();
        assert!(taken >= Duration::from_secs(15) && taken <= Duration::from_secs(17), "{taken:?}");
        trickle.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_says_nothing_is_left_after_15_seconds() {
        let begun = Instant::now();
        assert_eq!(all(connect()).await, "");
        assert_eq!(begun.elapsed().as_secs(), 15);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_may_be_idle_for_75_seconds_between_requests() {
        let mut client = connect();
        client.write_all(GOOD).await.unwrap();
        answer(&mut client).await;
        sleep(Duration::from_secs(74)).await;
        client.write_all(GOOD).await.unwrap();
        answer(&mut client).await;
        let begun = Instant::now();
        assert_eq!(all(client).await, "");
        assert_eq!(begun.elapsed().as_secs(), 75);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_takes_nothing_is_left_after_five_minutes() {
        let router = Router::new().fallback(async || vec![b'x'; 1 << 20]);
        let (mut client, server) = duplex(1000);
        let serving = tokio::spawn(serve_connection(server, None, router.into(), CancellationToken::new()));
        client.write_all(GOOD).await.unwrap();
        let begun = Instant::now();
        serving.await.unwrap();
        assert_eq!(begun.elapsed().as_secs(), 300);
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_still_sending_gets_to_read_why_nobody_listens() {
        let mut client = connect();
        client.write_all(b"nonsense\r\n").await.unwrap();
        let begun = Instant::now();
        let heard = all(client).await;
        assert!(heard.contains(" 400 "), "{heard}");
        assert!(begun.elapsed() <= Duration::from_secs(1));
    }
}
