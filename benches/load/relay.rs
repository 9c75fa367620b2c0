//! What no proxy can cost less than: each thing that comes on one socket is written to the other, unread.
//!
//! One thread, a wait for many sockets at once, a receive and a send for each thing: what it costs is the
//! kernel's. It is a measure, not a proxy: a peer that does not take at once what is written to it is given up.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use rustix::buffer::spare_capacity;
use rustix::event::epoll;

/// What is told of the listener.
const LISTENER: u64 = u64::MAX;

/// Sockets, each beside the one that it is joined to.
struct Relay {
    upstream: SocketAddr,
    epoll: rustix::fd::OwnedFd,
    sockets: Vec<Option<TcpStream>>,
    buffer: Vec<u8>,
}

/// Relays until the process is ended.
pub(crate) fn serve(at: SocketAddr, upstream: SocketAddr) -> io::Result<()> {
    let listener = TcpListener::bind(at)?;
    let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, &listener, epoll::EventData::new_u64(LISTENER), epoll::EventFlags::IN)?;
    let mut relay = Relay { upstream, epoll, sockets: Vec::new(), buffer: vec![0; 1 << 20] };
    let mut events = Vec::with_capacity(1024);
    loop {
        epoll::wait(&relay.epoll, spare_capacity(&mut events), None)?;
        for event in events.drain(..) {
            match event.data.u64() {
                LISTENER => relay.join(listener.accept()?.0)?,
                index => relay.pass_on(usize::try_from(index).expect("an index")),
            }
        }
    }
}

impl Relay {
    fn join(&mut self, client: TcpStream) -> io::Result<()> {
        for socket in [client, TcpStream::connect(self.upstream)?] {
            socket.set_nodelay(true)?;
            socket.set_nonblocking(true)?;
            let data = epoll::EventData::new_u64(self.sockets.len() as u64);
            epoll::add(&self.epoll, &socket, data, epoll::EventFlags::IN | epoll::EventFlags::ET)?;
            self.sockets.push(Some(socket));
        }
        Ok(())
    }

    /// Passes on what is there; two that can't go on are closed.
    fn pass_on(&mut self, index: usize) {
        if self.try_to_pass_on(index).is_err() {
            self.sockets[index] = None;
            self.sockets[index ^ 1] = None;
        }
    }

    fn try_to_pass_on(&mut self, index: usize) -> io::Result<()> {
        let (Some(from), Some(to)) = (&self.sockets[index], &self.sockets[index ^ 1]) else { return Ok(()) };
        loop {
            let read = match { from }.read(&mut self.buffer) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                read => read?,
            };
            if read == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            { to }.write_all(&self.buffer[..read])?;
            if read < self.buffer.len() {
                // Nothing is left: what comes later is told.
                return Ok(());
            }
        }
    }
}
