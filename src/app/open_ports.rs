//! The two ports, taken and ready to serve.

use std::net::SocketAddr;

use super::options::{Options, StartError};
use crate::config::ServerSettings;
use crate::front::{Claim, Server};
use crate::reload::Certificates;

/// What is listened with.
pub(super) struct OpenPorts {
    pub(super) data: OpenPort,
    pub(super) admin: OpenPort,
    /// The files of their certificates, if one of them speaks TLS.
    pub(super) certificates: Option<Certificates>,
}

/// One port.
pub(super) struct OpenPort {
    pub(super) server: Server,
    pub(super) at: SocketAddr,
}

/// Reads the certificates and takes the ports.
pub(super) async fn open_ports(
    options: &Options,
    settings: &ServerSettings,
) -> Result<OpenPorts, StartError> {
    let certificates = Certificates::open(settings, options.owner.folder()).await;
    let certificates = certificates.map_err(StartError::Certificates)?;
    let open = |address, claim, port, block| {
        let OpenPort { server, at } = bind(address, claim, port)?;
        let tls = certificates.as_ref().and_then(|certificates| certificates.of(block));
        Ok::<_, StartError>(OpenPort { server: server.with_tls(tls), at })
    };
    let data = open(settings.listen, &options.ports.data, "data", "server.tls")?;
    let admin = open(settings.admin, &options.ports.admin, "admin", "server.admin_tls")?;
    Ok(OpenPorts { data, admin, certificates })
}

fn bind(address: SocketAddr, claim: &Claim, port: &'static str) -> Result<OpenPort, StartError> {
    let refused = |source| StartError::Bind { address, port, source };
    let server = Server::bind(address, claim, port).map_err(refused)?;
    let at = server.address().map_err(refused)?;
    Ok(OpenPort { server, at })
}
