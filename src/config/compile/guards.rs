//! What no table may do: answer itself, send a local model's requests away, or serve strangers.

use std::net::{IpAddr, SocketAddr};

use crate::table::{Address, Endpoint, Route, Secret};

use super::backends::Backends;
use super::problem::Findings;
use super::raw::{RawServer, RawTable};
use super::{Format, Place, code};

/// A backend that is this router would send each request round for ever.
pub(super) fn self_loops(backends: &Backends<'_>, server: &RawServer, findings: &mut Findings) {
    let ports = [server.settings.listen, server.settings.admin];
    for (backend, place) in backends.list.iter().zip(&backends.places) {
        let Address::Http(endpoint) = &backend.address else { continue };
        if let Some(own) = ports.iter().find(|own| reaches(endpoint, **own)) {
            findings
                .error(
                    code::SELF_LOOP,
                    &place.first_line(),
                    format!("backend `{}` is this router itself", backend.name),
                )
                .label(format!("the router listens on {own}"))
                .help("name the model server's own port");
        }
    }
}

/// Tells whether an address of this machine, as far as it can be known from its text, is `own`.
fn reaches(endpoint: &Endpoint, own: SocketAddr) -> bool {
    if endpoint.port() != own.port() || own.port() == 0 {
        return false;
    }
    let host = endpoint.host();
    let local = |ip: IpAddr| ip.is_loopback() || ip.is_unspecified();
    match host.parse::<IpAddr>() {
        Ok(ip) if ip == own.ip() => true,
        Ok(ip) => local(ip) && (own.ip().is_unspecified() || (ip.is_unspecified() && own.ip().is_loopback())),
        Err(_) => (host == "localhost" || host.ends_with(".localhost")) && local(own.ip()),
    }
}

/// `local_only` is a promise: no way of a request through the route may reach a `cloud: true`
/// backend. One that does is told, the first of them all.
///
/// `steps` names what leads to a fallback of a way.
pub(super) fn local_only<'f>(
    route: &Route,
    promised: &Place,
    steps: impl Fn(Option<usize>, usize) -> Vec<&'f str>,
    backends: &Backends<'_>,
    findings: &mut Findings,
) {
    let answering = route
        .ways()
        .flat_map(|way| way.tiers.iter().enumerate().map(move |(n, tier)| (Some((way, n)), tier)));
    let mirrored = route.mirror.iter().map(|mirror| (None, &mirror.tier));
    for (way, tier) in answering.chain(mirrored) {
        for target in &tier.targets {
            let backend = &backends.list[target.backend.position()];
            if !backend.cloud {
                continue;
            }
            let (begin, steps) = match way {
                Some((way, n)) => {
                    let steps = n.checked_sub(1).map(|step| steps(way.rule, step));
                    (format!("{}{}", route.name, way.suffix()), steps.unwrap_or_default())
                }
                None => (route.name.to_string(), vec!["mirror"]),
            };
            let mut names = [vec![begin.as_str()], steps].concat();
            names.extend(Some(backend.name.as_str()).filter(|name| names.last() != Some(name)));
            let pool =
                backends.pools.iter().find(|pool| pool.members.iter().any(|(i, _)| *i == target.backend));
            let problem = findings
                .error(
                    code::NOT_LOCAL,
                    promised,
                    format!("model `{}` is `local_only`, yet reaches a cloud backend", route.name),
                )
                .label("promised here")
                .help(format!("the way: {}", names.join(" -> ")));
            if let Some(cloud) = pool.and_then(|pool| pool.cloud.as_ref()) {
                problem.related(cloud, format!("`{}` is in the cloud", backend.name));
            }
            return;
        }
    }
}

/// Whoever can reach the data port off loopback needs a key; the admin port stays at home.
pub(super) fn exposure(raw: &RawTable, findings: &mut Findings) {
    let RawServer { settings, listen, admin } = &raw.server;
    if let Some(listen) = listen.as_ref().filter(|at| !at.value.ip().is_loopback() && !raw.has_callers) {
        findings
            .error(
                code::EXPOSED,
                &listen.place,
                format!("{} is open to everyone who can reach it", listen.value),
            )
            .label("off loopback, callers need keys")
            .help(format!("listen on 127.0.0.1:{}", listen.value.port()))
            .help(match listen.place.text.format {
                Format::Dotenv => "or name who may call: PATCHBAY_KEYS=KEY,KEY",
                Format::Routes | Format::Local | Format::Secret => {
                    "or name who may call: `keys: [\"${CALLER_KEY}\"]`"
                }
            });
    }
    let has_token = !settings.admin_tokens.is_open();
    if let Some(admin) = admin.as_ref().filter(|at| !at.value.ip().is_loopback() && !has_token) {
        findings
            .error(
                code::EXPOSED,
                &admin.place,
                "everyone who can reach the admin port could change the table",
            )
            .label("off loopback, it needs a token")
            .help("say who may: `admin_token: \"${PATCHBAY_ADMIN_TOKEN}\"`, below `server`")
            .help(format!("or use 127.0.0.1:{}", admin.value.port()));
    }
    let second = admin.as_ref().or(listen.as_ref()).filter(|_| settings.listen == settings.admin);
    if let Some(second) = second.filter(|at| at.value.port() != 0) {
        findings
            .error(code::BAD_VALUE, &second.place, format!("both ports would be {}", second.value))
            .help("`listen` and `admin` need ports of their own");
    }
}

/// A key on its way over a public network can be read by anyone in between.
pub(super) fn plain_keys(backends: &Backends<'_>, findings: &mut Findings) {
    for (backend, place) in backends.list.iter().zip(&backends.places) {
        let Address::Http(endpoint) = &backend.address else { continue };
        let has_key = backend.key.as_ref().is_some_and(|key: &Secret| !key.expose().is_empty());
        if has_key && !endpoint.is_tls() && is_public(endpoint.host()) {
            findings
                .warning(
                    code::PLAIN_KEY,
                    &place.first_line(),
                    format!("the key of backend `{}` is sent unencrypted", backend.name),
                )
                .help("use https");
        }
    }
}

/// Tells whether a host is out in the world, as far as its text says.
fn is_public(host: &str) -> bool {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(ip)) => {
            !(ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified())
        }
        Ok(IpAddr::V6(ip)) => {
            !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified())
        }
        Err(_) => {
            const HOME: [&str; 6] = [".local", ".internal", ".lan", ".svc", ".home.arpa", ".localhost"];
            host.contains('.') && !HOME.iter().any(|end| host.ends_with(end))
        }
    }
}
