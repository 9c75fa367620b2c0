//! One connection: requests in, steps out.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use memchr::memmem;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::reply::Step;
use super::{Received, Reply, Shared};

/// How a connection goes on.
enum Outcome {
    Next,
    /// We closed it.
    Ended,
    /// The other side closed it.
    Left,
}

/// Accepts until dropped; the connections end along.
pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        stream.set_nodelay(true).unwrap();
        let number = {
            let mut book = shared.book();
            book.accepted += 1;
            book.open += 1;
            book.accepted
        };
        connections.spawn(
            Connection { stream, number, nth: 0, buffer: BytesMut::new(), shared: Arc::clone(&shared) }
                .serve(),
        );
        while connections.try_join_next().is_some() {}
    }
}

struct Connection {
    stream: TcpStream,
    number: usize,
    nth: usize,
    buffer: BytesMut,
    shared: Arc<Shared>,
}

impl Connection {
    async fn serve(mut self) {
        let outcome = loop {
            match self.exchange().await {
                Ok(Outcome::Next) => {}
                outcome => break outcome,
            }
        };
        drop(self.stream);
        let mut book = self.shared.book();
        book.open -= 1;
        if !matches!(outcome, Ok(Outcome::Ended)) {
            book.closed_by_peer.push(self.number);
        }
    }

    async fn exchange(&mut self) -> io::Result<Outcome> {
        let manners = self.shared.book().manners;
        let idle = manners.idle.unwrap_or(Duration::from_secs(3600));
        let Ok(head) = tokio::time::timeout(idle, self.head()).await else {
            return Ok(Outcome::Ended);
        };
        let Some(mut received) = head? else {
            return Ok(Outcome::Left);
        };
        self.nth += 1;
        let dies = manners.die_on == Some(self.nth);
        let reply = if dies { Ok(Reply::close()) } else { self.shared.reply() };
        if !reply.as_ref().is_ok_and(|reply| reply.early) {
            received.body = self.body(&received).await?;
        }
        let reply = reply.unwrap_or_else(|chooser| chooser.0(&received));
        self.keep(received);
        let outcome = self.play(&reply.steps).await?;
        if manners.close_after.is_some_and(|most| self.nth >= most) {
            self.stream.shutdown().await?;
            return Ok(Outcome::Ended);
        }
        Ok(outcome)
    }

    fn keep(&self, received: Received) {
        self.shared.book().received.push(received);
    }

    async fn play(&mut self, steps: &[Step]) -> io::Result<Outcome> {
        let mut busy = Some(self.shared.busy());
        for (number, step) in steps.iter().enumerate() {
            if number + 1 == steps.len() && !matches!(step, Step::Hold) {
                // Once the last byte is there the other side may send its next request.
                busy.take();
            }
            match step {
                Step::Send(bytes) => {
                    self.stream.write_all(bytes).await?;
                    self.shared.book().sent += bytes.len();
                }
                Step::Pause(wanted) => {
                    let mut resumed = self.shared.resumed.subscribe();
                    tokio::select! {
                        passed = resumed.wait_for(|count| count >= wanted) => drop(passed),
                        () = left(&self.stream) => return Ok(Outcome::Left),
                    }
                }
                Step::Turn => tokio::select! {
                    turn = self.shared.turns.acquire() => turn.unwrap().forget(),
                    () = left(&self.stream) => return Ok(Outcome::Left),
                },
                Step::Sleep(time) => tokio::select! {
                    () = tokio::time::sleep(*time) => {}
                    () = left(&self.stream) => return Ok(Outcome::Left),
                },
                Step::Fin => {
                    self.stream.shutdown().await?;
                    return Ok(Outcome::Ended);
                }
                Step::Reset => {
                    self.stream.set_zero_linger()?;
                    return Ok(Outcome::Ended);
                }
                Step::Hold => {
                    left(&self.stream).await;
                    return Ok(Outcome::Left);
                }
            }
        }
        Ok(Outcome::Next)
    }

    async fn fill(&mut self) -> io::Result<bool> {
        Ok(self.stream.read_buf(&mut self.buffer).await? > 0)
    }

    /// Reads a head; `None` if the other side closed instead.
    async fn head(&mut self) -> io::Result<Option<Received>> {
        let end = loop {
            if let Some(end) = memmem::find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            if !self.fill().await? {
                return Ok(None);
            }
        };
        let head = self.buffer.split_to(end + 4);
        let text: String = head.iter().map(|&byte| char::from(byte)).collect();
        let mut lines = text.trim_end().split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ').map(str::to_owned);
        let headers = lines.filter_map(|line| line.split_once(':'));
        Ok(Some(Received {
            method: words.next().unwrap_or_default(),
            path: words.next().unwrap_or_default(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect(),
            body: Bytes::new(),
            connection: self.number,
        }))
    }

    async fn body(&mut self, received: &Received) -> io::Result<Bytes> {
        if let Some(length) = received.header("content-length") {
            return self.exactly(length.parse().unwrap()).await;
        }
        let mut body = BytesMut::new();
        if received.header("transfer-encoding").is_some() {
            loop {
                let size = self.line().await?;
                let size = usize::from_str_radix(size.trim(), 16).unwrap();
                let data = self.exactly(size + 2).await?;
                if size == 0 {
                    break;
                }
                body.extend_from_slice(&data[..size]);
            }
        }
        Ok(body.freeze())
    }

    async fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.buffer) {
                let line = self.buffer.split_to(end + 1);
                return Ok(String::from_utf8_lossy(&line).into_owned());
            }
            if !self.fill().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    async fn exactly(&mut self, length: usize) -> io::Result<Bytes> {
        while self.buffer.remaining() < length {
            if !self.fill().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(self.buffer.split_to(length).freeze())
    }
}

/// Ends when the other side closes; bytes that it sends meanwhile are left alone.
async fn left(stream: &TcpStream) {
    let mut byte = [0];
    match stream.peek(&mut byte).await {
        Ok(0) | Err(_) => {}
        Ok(_) => std::future::pending().await,
    }
}
