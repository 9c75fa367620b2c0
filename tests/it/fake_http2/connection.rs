//! One connection of the backend, and its streams.

use std::future::poll_fn;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use h2::server::{Builder, SendResponse};
use h2::{RecvStream, SendStream};
use http::{HeaderMap, HeaderName, Response};
use rustls::ServerConfig;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::turn::{Step, Turn};
use super::{Order, Request, Shared};

pub(super) async fn accept(listener: TcpListener, config: ServerConfig, shared: Arc<Shared>) {
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let mut connections = JoinSet::new();
    loop {
        let (tcp, _peer) = listener.accept().await.unwrap();
        tcp.set_nodelay(true).unwrap();
        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
        connections.spawn(async move {
            // A client that does not trust the certificate goes away.
            let Ok(stream) = acceptor.accept(tcp).await else { return };
            let number = {
                let mut book = shared.book();
                book.accepted += 1;
                book.open += 1;
                book.accepted
            };
            serve(stream, number, &shared).await;
            shared.book().open -= 1;
        });
    }
}

async fn serve(mut stream: TlsStream<TcpStream>, number: usize, shared: &Arc<Shared>) {
    if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
        let Some(http1) = &shared.manners.http1 else { return };
        let mut behind = TcpStream::connect(http1.authority()).await.unwrap();
        let _cut = tokio::io::copy_bidirectional(&mut stream, &mut behind).await;
        return;
    }
    let mut orders = shared.orders.subscribe();
    let mut builder = Builder::new();
    if let Some(most) = shared.manners.most_streams {
        builder.max_concurrent_streams(most);
    }
    if let Some(window) = shared.manners.window {
        builder.initial_window_size(window);
    }
    let Ok(mut connection) = builder.handshake::<_, Bytes>(stream).await else { return };
    let mut streams = JoinSet::new();
    loop {
        tokio::select! {
            accepted = connection.accept() => {
                let Some(Ok((request, respond))) = accepted else { return };
                let nth = {
                    let mut book = shared.book();
                    book.begun += 1;
                    book.begun
                };
                streams.spawn(answer((shared.choose)(nth), request, respond, number, Arc::clone(shared)));
            }
            order = orders.recv() => match order.unwrap() {
                Order::Leave => connection.graceful_shutdown(),
                Order::Die => return,
            }
        }
    }
}

async fn answer(
    turn: Turn,
    request: http::Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    connection: usize,
    shared: Arc<Shared>,
) {
    let (head, mut body) = request.into_parts();
    if !turn.early {
        let Some(body) = whole(&mut body).await else {
            shared.book().resets.push(h2::Reason::CANCEL);
            return;
        };
        let http::request::Parts { method, uri, version, headers, .. } = head;
        shared.book().received.push(Request { method, uri, version, headers, body, connection });
    }
    let mut sending: Option<SendStream<Bytes>> = None;
    for step in turn.steps {
        match step {
            Step::Pause(times) => {
                let mut resumed = shared.resumed.subscribe();
                tokio::select! {
                    _ = resumed.wait_for(|count| *count >= times) => {}
                    () = until_reset(&mut respond, sending.as_mut(), &shared) => return,
                }
            }
            Step::Die => {
                let _none_open = shared.orders.send(Order::Die);
                // A stream that is dropped would be reset before.
                return std::future::pending().await;
            }
            Step::Flood(bytes) => {
                let stream = sending.as_mut().unwrap();
                if flood(stream, bytes, &shared).await.is_none() {
                    return;
                }
            }
            Step::Hold => return until_reset(&mut respond, sending.as_mut(), &shared).await,
            step => {
                if perform(step, &mut respond, &mut sending, &shared).is_err() {
                    return until_reset(&mut respond, sending.as_mut(), &shared).await;
                }
            }
        }
    }
}

fn perform(
    step: Step,
    respond: &mut SendResponse<Bytes>,
    sending: &mut Option<SendStream<Bytes>>,
    shared: &Shared,
) -> Result<(), h2::Error> {
    match step {
        Step::Interim(status) => respond.send_informational(with(status, Vec::new())),
        Step::Head(status, headers) => {
            respond.send_response(with(status, headers), false).map(|stream| *sending = Some(stream))
        }
        Step::Data(bytes) => sending.as_mut().unwrap().send_data(bytes, false),
        Step::Trailers(trailers) => {
            let trailers = with(200, trailers).into_parts().0.headers;
            sending.as_mut().unwrap().send_trailers(trailers)
        }
        Step::End => sending.as_mut().unwrap().send_data(Bytes::new(), true),
        Step::Reset(reason) => {
            match sending {
                Some(stream) => stream.send_reset(reason),
                None => respond.send_reset(reason),
            }
            Ok(())
        }
        Step::Leave => {
            let _none_open = shared.orders.send(Order::Leave);
            Ok(())
        }
        Step::Pause(_) | Step::Flood(_) | Step::Hold | Step::Die => Ok(()),
    }
}

fn with(status: u16, headers: Vec<(&'static str, String)>) -> Response<()> {
    let mut response = Response::builder().status(status).body(()).unwrap();
    let map: HeaderMap = headers
        .into_iter()
        .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
        .collect();
    *response.headers_mut() = map;
    response
}

/// Reads a body to its end; `None` if it never comes.
async fn whole(body: &mut RecvStream) -> Option<Bytes> {
    let mut whole = BytesMut::new();
    while let Some(data) = body.data().await {
        let data = data.ok()?;
        body.flow_control().release_capacity(data.len()).ok()?;
        whole.extend_from_slice(&data);
    }
    Some(whole.freeze())
}

/// Sends what the router's windows have room for, until all is sent. `None` if it never is.
async fn flood(stream: &mut SendStream<Bytes>, bytes: usize, shared: &Shared) -> Option<()> {
    let mut left = bytes;
    while left > 0 {
        stream.reserve_capacity(left);
        let room = poll_fn(|cx| stream.poll_capacity(cx)).await?.ok()?.min(left);
        stream.send_data(Bytes::from(vec![b'x'; room]), false).ok()?;
        left -= room;
        shared.book().flooded += room;
    }
    Some(())
}

/// Waits until the router has reset the stream, and notes why.
async fn until_reset(
    respond: &mut SendResponse<Bytes>,
    sending: Option<&mut SendStream<Bytes>>,
    shared: &Shared,
) {
    let reset = match sending {
        Some(stream) => poll_fn(|cx| stream.poll_reset(cx)).await,
        None => poll_fn(|cx| respond.poll_reset(cx)).await,
    };
    if let Ok(reason) = reset {
        shared.book().resets.push(reason);
    }
}
