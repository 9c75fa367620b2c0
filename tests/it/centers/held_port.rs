//! A port that a stub keeps while it goes down, and on which it comes back.

use std::future::Future;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Mutex;

use rustix::net::{Shutdown, shutdown};
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinHandle;

/// A port of loopback. What listens on it ends with its owner.
pub(crate) struct HeldPort {
    address: SocketAddr,
    /// Bound to the port for as long as this lives, so that nobody else gets it.
    _holder: TcpSocket,
    accepting: Mutex<Option<JoinHandle<()>>>,
}

/// Listens until it is dropped, and no longer: a child that another test has just begun holds a copy
/// of every descriptor until it is another program, and a copy that listened would keep the port.
pub(crate) struct Listening(TcpListener);

// === impl HeldPort ===

impl HeldPort {
    /// One that nobody has.
    pub(crate) fn any() -> Self {
        Self::take(0).unwrap()
    }

    /// This one; `None` if somebody else has it.
    pub(crate) fn take(port: u16) -> Option<Self> {
        let holder = bound(SocketAddr::from(([127, 0, 0, 1], port)))?;
        let address = holder.local_addr().unwrap();
        Some(Self { address, _holder: holder, accepting: Mutex::default() })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Listens, if it does not. Connections are to end with the future that accepts them.
    pub(crate) fn up<A>(&self, accept: impl FnOnce(Listening) -> A)
    where
        A: Future<Output = ()> + Send + 'static,
    {
        let mut accepting = self.accepting.lock().unwrap();
        if accepting.is_none() {
            let listener = bound(self.address).unwrap().listen(256).unwrap();
            *accepting = Some(tokio::spawn(accept(Listening(listener))));
        }
    }

    /// Stops listening and breaks every connection.
    pub(crate) async fn down(&self) {
        let accepting = self.accepting.lock().unwrap().take();
        if let Some(accepting) = accepting {
            accepting.abort();
            let _aborted = accepting.await;
        }
    }
}

impl Drop for HeldPort {
    fn drop(&mut self) {
        if let Some(accepting) = self.accepting.lock().unwrap().take() {
            accepting.abort();
        }
    }
}

// === impl Listening ===

impl Deref for Listening {
    type Target = TcpListener;

    fn deref(&self) -> &TcpListener {
        &self.0
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        shutdown(&self.0, Shutdown::Both).unwrap();
    }
}

fn bound(address: SocketAddr) -> Option<TcpSocket> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).ok()?;
    Some(socket)
}

#[tokio::test]
async fn a_port_comes_back_while_a_child_has_a_copy_of_it() {
    use std::os::fd::AsFd;
    let port = HeldPort::any();
    let mut copy = None;
    port.up(|listener| {
        copy = Some(listener.as_fd().try_clone_to_owned().unwrap());
        async move { drop(listener.accept().await) }
    });

    port.down().await;
    port.up(|listener| async move { drop(listener.accept().await) });

    assert!(tokio::net::TcpStream::connect(port.address()).await.is_ok());
}
