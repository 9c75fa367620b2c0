//! The block `server`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use super::node::Node;
use super::place::At;
use super::server_tls::{ADMIN_TLS, DATA_TLS};
use super::settings::{LogFormat, ServerSettings, WatchMode};
use super::{Grammar, Reader};
use crate::table::Secret;

/// The block `server`: its settings, and where the two ports stand.
#[derive(Debug, Clone, Default)]
pub(in crate::config) struct RawServer {
    pub(in crate::config) settings: ServerSettings,
    pub(in crate::config) listen: Option<At<SocketAddr>>,
    pub(in crate::config) admin: Option<At<SocketAddr>>,
}

const SERVER: Grammar = Grammar {
    what: "`server`",
    keys: &[
        "listen",
        "admin",
        "admin_token",
        "tls",
        "admin_tls",
        "log",
        "state_dir",
        "watch",
        "guard",
        "limits",
        "grace",
        "source",
        "advertise",
    ],
    later: &[],
};
const WATCH: Grammar = Grammar { what: "`server.watch`", keys: &["mode", "interval"], later: &[] };
const LIMITS: Grammar = Grammar {
    what: "`server.limits`",
    keys: &["max_body", "connections", "in_flight", "buffered"],
    later: &[],
};

impl Reader<'_, '_> {
    /// Reads `server`.
    pub(super) fn server(&mut self, node: &Node) -> RawServer {
        let mut server = RawServer::default();
        let Some(fields) = self.fields(node, &SERVER) else { return server };
        server.listen = fields.get("listen").and_then(|node| self.socket(node, "`server.listen`"));
        server.admin = fields.get("admin").and_then(|node| self.socket(node, "`server.admin`"));
        let settings = &mut server.settings;
        if let Some(listen) = &server.listen {
            settings.listen = listen.value;
        }
        if let Some(admin) = &server.admin {
            settings.admin = admin.value;
        }
        if let Some(tokens) = fields.get("admin_token") {
            settings.admin_tokens = self.admin_tokens(tokens);
        }
        settings.tls = fields.get("tls").and_then(|node| self.server_tls(node, &DATA_TLS));
        settings.admin_tls = fields.get("admin_tls").and_then(|node| self.server_tls(node, &ADMIN_TLS));
        if let Some(log) = fields.get("log") {
            let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
            settings.log = self.one_of(log, "`server.log`", &formats).unwrap_or_default();
        }
        if let Some(dir) = fields.get("state_dir").and_then(|node| self.string(node, "`server.state_dir`")) {
            settings.state_dir = (!dir.value.is_empty()).then(|| PathBuf::from(dir.value));
        }
        if let Some(watch) = fields.get("watch") {
            self.watch(watch, settings);
        }
        if let Some(guard) = fields.get("guard").and_then(|node| self.bool(node, "`server.guard`")) {
            settings.guard = guard.value;
        }
        if let Some(limits) = fields.get("limits").and_then(|node| self.fields(node, &LIMITS)) {
            let size = limits.get("max_body").and_then(|node| self.size(node, "`server.limits.max_body`"));
            settings.max_body = size.unwrap_or(settings.max_body);
            let size = limits.get("buffered").and_then(|node| self.size(node, "`server.limits.buffered`"));
            settings.buffered = size.unwrap_or(settings.buffered);
            let most = limits
                .get("connections")
                .and_then(|node| self.positive(node, "`server.limits.connections`", u32::MAX));
            settings.connections = most.map_or(settings.connections, |most| most.value);
            let most = limits
                .get("in_flight")
                .and_then(|node| self.positive(node, "`server.limits.in_flight`", u32::MAX));
            settings.in_flight = most.map_or(settings.in_flight, |most| most.value);
        }
        if let Some(grace) = fields.get("grace").and_then(|node| self.duration(node, "`server.grace`")) {
            settings.grace = grace.value;
        }
        if let Some(source) = fields.get("source").and_then(|node| self.address(node, "`server.source`")) {
            settings.source = (!source.value.text.is_empty()).then(|| Secret::new(&source.value.text));
        }
        if let Some(name) = fields.get("advertise").and_then(|node| self.string(node, "`server.advertise`")) {
            settings.advertise = (!name.value.is_empty()).then_some(name.value);
        }
        server
    }

    fn watch(&mut self, node: &Node, settings: &mut ServerSettings) {
        let modes = [("auto", WatchMode::Auto), ("poll", WatchMode::Poll)];
        if node.text().is_some() {
            settings.watch = self.one_of(node, "`server.watch`", &modes).unwrap_or_default();
            return;
        }
        let Some(fields) = self.fields(node, &WATCH) else { return };
        if let Some(mode) = fields.get("mode") {
            settings.watch = self.one_of(mode, "`server.watch.mode`", &modes).unwrap_or_default();
        }
        let interval = fields.get("interval").and_then(|node| self.duration(node, "`server.watch.interval`"));
        if let Some(interval) = interval {
            settings.poll = interval.value;
        }
    }

    fn one_of<T: Copy>(&mut self, node: &Node, what: &str, choices: &[(&str, T)]) -> Option<T> {
        let words = self.words(node, what)?;
        let found = choices.iter().find(|(name, _)| *name == words.value.text);
        if found.is_none() {
            let names: Vec<String> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
            self.bad(&words, what, &format!("there are {}", names.join(" and ")));
        }
        found.map(|(_, choice)| *choice)
    }

    /// Reads `HOST:PORT`, `:PORT` or `PORT`; a host is an IP address or `localhost`.
    pub(in crate::config) fn socket(&mut self, node: &Node, what: &str) -> Option<At<SocketAddr>> {
        let words = self.words(node, what)?;
        let address = socket(words.value.text.trim());
        if address.is_none() {
            self.bad(&words, what, "write IP:PORT, such as 127.0.0.1:9999");
        }
        address.map(|address| At::new(address, &words.place))
    }

    fn size(&mut self, node: &Node, what: &str) -> Option<u64> {
        let words = self.words(node, what)?;
        let size = size(&words.value.text).filter(|size| *size > 0);
        if size.is_none() {
            self.bad(&words, what, "write a size such as 64MB");
        }
        size
    }
}

/// Reads a listening address.
pub(in crate::config) fn socket(text: &str) -> Option<SocketAddr> {
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    let host = match host {
        "" | "localhost" => IpAddr::V4(Ipv4Addr::LOCALHOST),
        _ => return None,
    };
    Some(SocketAddr::new(host, port.parse().ok()?))
}

/// Reads `64MB`; a bare number is bytes, and K, M and G are powers of 1024.
fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let factor = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1024,
        "m" | "mb" | "mib" => 1024 * 1024,
        "g" | "gb" | "gib" => 1024 * 1024 * 1024,
        _ => return None,
    };
    text[..digits].parse::<u64>().ok()?.checked_mul(factor)
}
