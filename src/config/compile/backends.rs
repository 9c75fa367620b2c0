//! Backends: the configured ones, and those that a model names by URL only.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use http::HeaderMap;

use crate::table::{Address, Backend, BackendIndex, BackendName, EchoSpec, Endpoint, Secret, UpstreamModel};

use super::place::At;
use super::problem::Findings;
use super::raw::{RawBackend, RawDefaults, RawMaxInFlight, RawTimeouts, addresses, is_url};
use super::reader::Words;
use super::{Place, code, headers};

/// All backends of the table, and the names by which models reach them.
pub(super) struct Backends<'r> {
    defaults: &'r RawDefaults,
    pub(super) list: Vec<Backend>,
    /// Numbers made from their identities, parallel to them.
    pub(super) seeds: Vec<u64>,
    pub(super) places: Vec<Place>,
    pub(super) pools: Vec<Pool>,
    /// Names that a model can point to.
    names: HashMap<String, Named>,
    /// Names of backends that only their own model knows.
    anonymous: HashSet<String>,
    /// How many of them had to look for another name than this one.
    renamed: HashMap<String, usize>,
}

/// What one name or URL text stands for: one address, or several that share the work.
pub(super) struct Pool {
    pub(super) name: String,
    pub(super) members: Vec<(BackendIndex, u32)>,
    pub(super) weight: u32,
    pub(super) timeouts: RawTimeouts,
    pub(super) model: Option<UpstreamModel>,
    /// Where it says `cloud: true`.
    pub(super) cloud: Option<Place>,
}

/// The most addresses of one pool, and the most targets of one model.
pub(super) const MOST_MEMBERS: usize = 1000;

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Named {
    /// A whole pool.
    Pool(usize),
    /// One member of a pool.
    Member(usize, usize),
}

// === impl Backends ===

impl<'r> Backends<'r> {
    /// Takes the configured backends, in the order of the documents.
    pub(super) fn new(raw: &[RawBackend], defaults: &'r RawDefaults, findings: &mut Findings) -> Self {
        let mut backends = Self {
            defaults,
            list: Vec::new(),
            seeds: Vec::new(),
            places: Vec::new(),
            pools: Vec::new(),
            names: HashMap::new(),
            anonymous: HashSet::new(),
            renamed: HashMap::new(),
        };
        let mut first: HashMap<&str, &Place> = HashMap::new();
        for backend in raw {
            let At { value: name, place } = &backend.name;
            if let Some(earlier) = first.insert(name, place) {
                findings
                    .error(code::DUPLICATE, place, format!("backend `{name}` is defined twice"))
                    .label("again here")
                    .related(earlier, "first here");
            } else if check_name(&backend.name, findings) {
                backends.configured(backend, findings);
            }
        }
        backends
    }

    fn configured(&mut self, raw: &RawBackend, findings: &mut Findings) {
        let name = raw.name.value.as_str();
        let addresses = raw.url.as_ref().map(|url| parsed(url, findings)).unwrap_or_default();
        let several = addresses.len() > 1;
        let named: Vec<(String, Address, u32)> = addresses
            .into_iter()
            .enumerate()
            .map(|(n, (address, weight))| (member_name(name, n, several), address, weight))
            .collect();
        if let Some(url) =
            raw.url.as_ref().filter(|_| !named.is_empty() && named.iter().all(|(.., w)| *w == 0))
        {
            findings.error(code::WEIGHTS, &url.place, format!("all weights of the pool `{name}` are 0"));
        }
        let pool = self.pools.len();
        self.name(name, Named::Pool(pool), &raw.name.place, findings);
        if several {
            for (n, (member, ..)) in named.iter().enumerate() {
                self.name(member, Named::Member(pool, n), &raw.name.place, findings);
            }
        }
        self.add(name, named, raw, findings);
    }

    /// Adds the backends that a model names by URL; they bear the model's name.
    pub(super) fn anonymous(
        &mut self,
        model: &str,
        urls: &[&At<Words>],
        findings: &mut Findings,
    ) -> Vec<usize> {
        if urls.is_empty() {
            return Vec::new();
        }
        let parsed: Vec<Vec<(Address, u32)>> = urls.iter().map(|url| parsed(url, findings)).collect();
        let count: usize = parsed.iter().map(Vec::len).sum();
        let base = self.free_name(model, count);
        self.anonymous.insert(base.clone());
        let mut n = 0;
        let mut pools = Vec::new();
        for (url, addresses) in urls.iter().zip(parsed) {
            let named: Vec<(String, Address, u32)> = addresses
                .into_iter()
                .map(|(address, weight)| {
                    n += 1;
                    (member_name(&base, n - 1, count > 1), address, weight)
                })
                .collect();
            let raw = RawBackend::new(At::new(base.clone(), &url.place), None);
            self.anonymous.extend(named.iter().map(|(name, ..)| name.clone()));
            pools.push(self.pools.len());
            self.add(&base, named, &raw, findings);
        }
        pools
    }

    /// The model's own name as far as a backend may have it, or that with `~url`, `~url2`… behind
    /// it where a backend has the name already.
    fn free_name(&mut self, model: &str, count: usize) -> String {
        // `#` numbers the members of a pool, and `,` separates URLs.
        let plain = |c| if matches!(c, '#' | ',') { '~' } else { c };
        let own: String = model.chars().take(48).map(plain).collect();
        let own = own.trim_end();
        let mut number = self.renamed.get(own).copied().unwrap_or_default();
        loop {
            let base = match number {
                0 => own.to_owned(),
                1 => format!("{own}~url"),
                number => format!("{own}~url{number}"),
            };
            let taken = |name: &str| self.names.contains_key(name) || self.anonymous.contains(name);
            if !taken(&base) && !(0..count).any(|n| taken(&member_name(&base, n, true))) {
                return base;
            }
            number += 1;
            self.renamed.insert(own.to_owned(), number);
        }
    }

    fn add(
        &mut self,
        name: &str,
        named: Vec<(String, Address, u32)>,
        raw: &RawBackend,
        findings: &mut Findings,
    ) {
        let place = raw.url.as_ref().map_or(&raw.name.place, |url| &url.place);
        let configured = headers::checked(&raw.headers, &self.defaults.headers, findings);
        let model = raw.model.as_ref().or(self.defaults.model.as_ref());
        let model = model.map(|model| UpstreamModel::new(&model.value));
        let cloud = raw.cloud.as_ref().or(self.defaults.cloud.as_ref()).filter(|cloud| cloud.value);
        let limit = raw.max_in_flight.or(self.defaults.max_in_flight).and_then(|RawMaxInFlight(limit)| limit);
        no_hooks_for_echo(raw, &named, findings);
        tls_for_https_only(raw, &named, findings);
        let mut members = Vec::new();
        for (n, (member, address, weight)) in named.into_iter().enumerate() {
            let Ok(backend_name) = BackendName::parse(&member) else { continue };
            let index = BackendIndex(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
            let (key, headers) = self.keyed(raw, configured.clone(), &address, n, findings);
            let backend = Backend {
                name: backend_name,
                address,
                key,
                headers,
                tls: raw.tls.as_ref().map(|tls| Arc::clone(&tls.value)),
                model: model.clone(),
                cloud: cloud.is_some(),
                continues: raw.continues.or(self.defaults.continues),
                state: raw.state.as_ref().map(|state| state.value).unwrap_or_default(),
                health: raw.health.settled(&self.defaults.health),
                breaker: raw.breaker.or(self.defaults.breaker).unwrap_or_default(),
                max_in_flight: limit,
                slow_start: raw.slow_start.or(self.defaults.slow_start).filter(|takes| !takes.is_zero()),
                load: raw.load,
                prepare: raw.prepare.as_ref().map(|hook| hook.value.clone()),
                release: raw.release.as_ref().map(|hook| hook.value.clone()),
                params: raw.params.clone().filter(|params| !params.is_empty()),
                on_disconnect: raw.on_disconnect.or(self.defaults.on_disconnect).unwrap_or_default(),
            };
            self.seeds.push(backend.identity().seed());
            self.list.push(backend);
            self.places.push(place.clone());
            members.push((index, weight));
        }
        self.pools.push(Pool {
            name: name.to_owned(),
            members,
            weight: raw.weight.as_ref().or(self.defaults.weight.as_ref()).map_or(1, |weight| weight.value),
            timeouts: raw.timeouts.clone(),
            model,
            cloud: cloud.map(|cloud| cloud.place.clone()),
        });
    }

    fn keyed(
        &self,
        raw: &RawBackend,
        mut headers: HeaderMap,
        address: &Address,
        n: usize,
        findings: &mut Findings,
    ) -> (Option<Secret>, HeaderMap) {
        let key = raw.key.as_ref().or(self.defaults.key.as_ref());
        if let Some(key) = key {
            // The members of a pool share their key; its problems are told once.
            let mut ignored = Findings::default();
            headers::add_key(&mut headers, key, address, if n == 0 { findings } else { &mut ignored });
        }
        (key.map(|key| Secret::new(&key.value)), headers)
    }

    fn name(&mut self, name: &str, named: Named, place: &Place, findings: &mut Findings) {
        if self.names.insert(name.to_owned(), named).is_some() {
            findings
                .error(code::DUPLICATE, place, format!("two backends would be called `{name}`"))
                .help("the members of a pool are called NAME#1, NAME#2 and so on");
        }
    }

    /// Finds what a name stands for.
    pub(super) fn find(&self, name: &str) -> Option<Named> {
        self.names.get(name).copied()
    }

    /// Returns the names that can be written, members of pools left out.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.pools.iter().map(|pool| pool.name.as_str()).filter(|name| self.names.contains_key(*name))
    }
}

fn member_name(base: &str, n: usize, several: bool) -> String {
    if several { format!("{base}#{}", n + 1) } else { base.to_owned() }
}

/// An echo is always awake and has no other paths.
fn no_hooks_for_echo(raw: &RawBackend, named: &[(String, Address, u32)], findings: &mut Findings) {
    let is_echo = named.iter().any(|(_, address, _)| matches!(address, Address::Echo(_)));
    for hook in raw.prepare.iter().chain(&raw.release).filter(|_| is_echo) {
        findings
            .error(code::BAD_VALUE, &hook.place.first_line(), "an echo can't be posted to")
            .help("remove the line; `prepare` and `release` are for model servers");
    }
}

/// Whoever asks for a certificate to be checked must not be sent to where nothing is encrypted.
fn tls_for_https_only(raw: &RawBackend, named: &[(String, Address, u32)], findings: &mut Findings) {
    let is_plain = |address: &Address| !matches!(address, Address::Http(endpoint) if endpoint.is_tls());
    let plain = named.iter().find(|(_, address, _)| is_plain(address));
    if let Some((tls, (_, address, _))) = raw.tls.as_ref().zip(plain) {
        findings
            .error(
                code::BAD_VALUE,
                &tls.place.first_line(),
                format!("`tls` is for https, and `{address}` is not encrypted"),
            )
            .help("write https:// in `url`, or remove `tls`");
    }
}

fn check_name(name: &At<String>, findings: &mut Findings) -> bool {
    let text = name.value.as_str();
    let cause = match BackendName::parse(text) {
        Err(error) => error.to_string(),
        Ok(_) if text.contains("${") => "`${…}` is filled in within values, not within names".to_owned(),
        Ok(_) if is_url(text) => "a URL can't be the name of a backend".to_owned(),
        Ok(_) if text.contains(',') => "a name can't hold a comma, which separates URLs".to_owned(),
        Ok(_) if text.contains('#') => {
            "a name can't hold `#`, which numbers the members of a pool".to_owned()
        }
        Ok(_) if text == "none" => {
            "`none` can't be a name, since `fallback: none` means no fallback".to_owned()
        }
        Ok(_) => return true,
    };
    findings.error(code::BAD_NAME, &name.place, cause);
    false
}

/// Reads the addresses of a URL text; what can't be one is told.
fn parsed(url: &At<Words>, findings: &mut Findings) -> Vec<(Address, u32)> {
    let pieces = addresses(&url.value.text);
    if pieces.is_empty() {
        findings
            .error(code::BAD_URL, &url.place, "there is no address")
            .help("write `http://HOST:PORT/v1`; several are separated by commas");
    }
    if pieces.len() > MOST_MEMBERS {
        findings
            .error(code::TOO_LARGE, &url.place.first_line(), format!("more than {MOST_MEMBERS} addresses"))
            .help("put a balancer of its own before so many servers");
        return Vec::new();
    }
    pieces
        .into_iter()
        .filter_map(|piece| match address(&piece.url) {
            Ok(address) => Some((address, piece.weight)),
            Err(cause) => {
                let place = url.place.part(&piece.url).filter(|_| findings.wants_hints());
                let place = place.unwrap_or_else(|| url.place.first_line());
                findings
                    .error(code::BAD_URL, &place, cause)
                    .help("addresses look like http://HOST:PORT/v1, https://HOST/v1 or echo://NAME");
                None
            }
        })
        .collect()
}

fn address(url: &str) -> Result<Address, String> {
    if url.starts_with("echo://") {
        return EchoSpec::parse(url).map(Address::Echo).map_err(|error| error.to_string());
    }
    Endpoint::parse(url).map(Address::Http).map_err(|error| error.to_string())
}
