//! Tells systemd how the service is (`sd_notify(3)`), where it asks for it.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

/// The socket that systemd listens on; none outside of systemd.
#[derive(Debug, Clone, Default)]
pub struct Service {
    socket: Option<PathBuf>,
}

impl Service {
    /// Takes the value of `NOTIFY_SOCKET`.
    #[must_use]
    pub fn new(notify_socket: Option<&str>) -> Self {
        Self { socket: notify_socket.filter(|path| path.starts_with('/')).map(PathBuf::from) }
    }

    /// Says that requests are served.
    pub fn ready(&self) {
        self.tell("READY=1");
    }

    /// Says that the service is about to end.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    fn tell(&self, state: &str) {
        let Some(path) = &self.socket else { return };
        let sent: io::Result<usize> =
            UnixDatagram::unbound().and_then(|socket| socket.send_to(state.as_bytes(), path));
        if let Err(error) = sent {
            tracing::debug!(%error, "systemd could not be told");
        }
    }
}
