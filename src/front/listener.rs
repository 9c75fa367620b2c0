//! A port, and how one process takes it over from another without a refused connection.
//!
//! Two processes may listen on one port if both say so (`SO_REUSEPORT`, `socket(7)`). The kernel
//! then shares new connections out among them, so that one who merely closes his socket loses what
//! is in its queue. The one who leaves therefore first has the kernel give everything new to the
//! other (`SO_ATTACH_REUSEPORT_CBPF`), and takes what is in its queue already.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// How many connections may wait to be accepted.
pub(super) const BACKLOG: u32 = 1024;

/// How a port is come by.
#[derive(Debug, Clone, Default)]
pub enum Claim {
    /// Nobody else may have it.
    #[default]
    Alone,
    /// Whoever has it will give it up.
    TakeOver,
    /// Somebody else has opened it for us: systemd.
    Given(std::sync::Arc<std::net::TcpListener>),
}

/// Takes a port.
pub(super) fn listen(address: SocketAddr, claim: &Claim) -> io::Result<TcpListener> {
    let joins = match claim {
        Claim::Given(given) => {
            let given = given.try_clone()?;
            given.set_nonblocking(true)?;
            return TcpListener::from_std(given);
        }
        Claim::TakeOver => true,
        Claim::Alone => false,
    };
    let socket = if address.is_ipv6() { TcpSocket::new_v6()? } else { TcpSocket::new_v4()? };
    socket.set_reuseaddr(true)?;
    // Who says so only after the bind does not get a port that somebody has, and lets others join.
    if joins {
        socket.set_reuseport(true)?;
    }
    socket.bind(address)?;
    if !joins {
        socket.set_reuseport(true)?;
    }
    socket.listen(BACKLOG)
}

/// Has the kernel give new connections to the one who joined this port last; without one all stays
/// as it is.
#[cfg(target_os = "linux")]
pub(super) fn give_way(listener: &TcpListener) -> io::Result<()> {
    use nix::libc::{BPF_K, BPF_RET, sock_filter, sock_fprog};
    use nix::sys::socket::{setsockopt, sockopt::AttachReusePortCbpf};

    // Sockets are numbered from 0, the oldest first; for a number that none has, the kernel
    // chooses as it did before.
    const SECOND: u32 = 1;
    let code = u16::try_from(BPF_RET | BPF_K).unwrap_or_default();
    let mut program = [sock_filter { code, jt: 0, jf: 0, k: SECOND }];
    let program = sock_fprog { len: 1, filter: program.as_mut_ptr() };
    Ok(setsockopt(listener, AttachReusePortCbpf, &program)?)
}

/// Elsewhere the kernel goes on to share connections out.
#[cfg(not(target_os = "linux"))]
pub(super) fn give_way(_listener: &TcpListener) -> io::Result<()> {
    Ok(())
}
