//! The table of model name → route.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::fed::Fed;
use super::glob::Glob;
use super::{Backend, BackendIndex, Callers, Hook, Route, RouteIndex, UpstreamModel, Way};

/// Every route and backend of one generation, checked and immutable.
#[derive(Debug, Clone)]
pub struct RoutingTable {
    routes: Box<[Route]>,
    backends: Box<[Backend]>,
    exact: HashMap<Box<str>, (RouteIndex, Matched)>,
    globs: Box<[(Glob, RouteIndex)]>,
    default: Option<RouteIndex>,
    own_names: Box<[Option<UpstreamModel>]>,
    callers: Callers,
    digest: String,
}

/// The most names that are compared with an unknown one.
const COMPARED_MOST: usize = 256;

/// How a name led to its route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Matched {
    /// The route's own name.
    Exact,
    /// One of its aliases.
    Alias,
    /// Its glob.
    Glob,
    /// Nothing fits, or the request names no model, so the default model answers.
    Default,
}

/// The route for a name, and how it was found.
#[derive(Debug, Clone, Copy)]
pub struct Found<'t> {
    /// Its place in the table.
    pub index: RouteIndex,
    /// The route.
    pub route: &'t Route,
    /// How the name led here.
    pub matched: Matched,
}

// === impl RoutingTable ===

impl RoutingTable {
    /// Puts a table together. Only `config::compile` may, since it has checked every part: names
    /// are distinct, indices exist, tiers and targets are not empty.
    pub(crate) fn assemble(
        routes: Vec<Route>,
        backends: Vec<Backend>,
        default: Option<RouteIndex>,
        callers: Callers,
    ) -> Self {
        let mut exact = HashMap::new();
        let mut globs = Vec::new();
        let mut own_names = Vec::with_capacity(routes.len());
        for (position, route) in routes.iter().enumerate() {
            let index = RouteIndex(u32::try_from(position).unwrap_or(u32::MAX));
            let own = Glob::new(route.name.as_str());
            own_names.push(own.is_none().then(|| UpstreamModel::new(route.name.as_str())));
            for (name, matched) in std::iter::once((&route.name, Matched::Exact))
                .chain(route.aliases.iter().map(|a| (a, Matched::Alias)))
            {
                match Glob::new(name.as_str()) {
                    Some(glob) => globs.push((glob, index)),
                    None => drop(exact.insert(name.as_str().into(), (index, matched))),
                }
            }
        }
        globs.sort_by_key(|(glob, index)| (std::cmp::Reverse(glob.literal_len()), *index));
        let mut table = Self {
            routes: routes.into(),
            backends: backends.into(),
            exact,
            globs: globs.into(),
            default,
            own_names: own_names.into(),
            callers,
            digest: String::new(),
        };
        table.digest = table.computed_digest();
        table
    }

    /// Finds what answers for a name; exact names beat aliases' globs, the longest glob beats
    /// shorter ones, and the default model takes what is left.
    #[must_use]
    pub fn find(&self, model: Option<&str>) -> Option<Found<'_>> {
        let named = model.and_then(|name| {
            self.exact.get(name).copied().or_else(|| {
                let fits = self.globs.iter().find(|(glob, _)| glob.matches(name));
                fits.map(|(_, index)| (*index, Matched::Glob))
            })
        });
        let (index, matched) = named.or_else(|| self.default.map(|index| (index, Matched::Default)))?;
        Some(Found { index, route: self.route(index), matched })
    }

    /// Returns the name to write into a body where the target gives none: an alias or the default
    /// stands for the route's own name. `None` leaves what the client asked for.
    #[must_use]
    pub fn stands_for(&self, found: Found<'_>) -> Option<&UpstreamModel> {
        match found.matched {
            Matched::Exact | Matched::Glob => None,
            Matched::Alias | Matched::Default => self.own_names[found.index.position()].as_ref(),
        }
    }

    /// Returns a route by its place.
    #[must_use]
    pub fn route(&self, index: RouteIndex) -> &Route {
        &self.routes[index.position()]
    }

    /// Returns a backend by its place.
    #[must_use]
    pub fn backend(&self, index: BackendIndex) -> &Backend {
        &self.backends[index.position()]
    }

    /// Returns all routes in the order of the file.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Returns all routes with their places.
    pub fn routes_by_index(&self) -> impl Iterator<Item = (RouteIndex, &Route)> {
        let places = (0..u32::MAX).map(RouteIndex);
        places.zip(&self.routes)
    }

    /// Returns every backend's place, in the order of [`backends`](Self::backends).
    pub fn backend_indices(&self) -> impl Iterator<Item = BackendIndex> + use<> {
        (0..u32::try_from(self.backends.len()).unwrap_or(u32::MAX)).map(BackendIndex)
    }

    /// Returns all backends.
    #[must_use]
    pub fn backends(&self) -> &[Backend] {
        &self.backends
    }

    /// Returns the default model's route.
    #[must_use]
    pub fn default_route(&self) -> Option<&Route> {
        self.default.map(|index| self.route(index))
    }

    /// Returns who may call.
    #[must_use]
    pub fn callers(&self) -> &Callers {
        &self.callers
    }

    /// Returns every name that can be asked for, globs left out, with its route.
    pub fn names(&self) -> impl Iterator<Item = (&str, &Route)> {
        self.routes.iter().flat_map(|route| {
            std::iter::once(&route.name)
                .chain(&route.aliases)
                .map(super::name::ModelName::as_str)
                .filter(|name| !name.contains('*'))
                .map(move |name| (name, route))
        })
    }

    /// Returns the names that a backend is asked for, in the order of the routes, each once; what
    /// clients of a glob may ask for is not among them.
    #[must_use]
    pub fn upstream_names(&self, backend: BackendIndex) -> Vec<&str> {
        let mut names = Vec::new();
        for route in &self.routes {
            let targets = route.every_tier().flat_map(|tier| &tier.targets);
            let ours = targets.filter(|target| target.backend == backend);
            for name in ours.filter_map(|target| route.upstream_name(target)) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// Returns up to `most` names that look like this one, nearest first. Of many names only those
    /// are compared that begin as it does, since whoever asks for an unknown one waits for this.
    #[must_use]
    pub fn nearest(&self, name: &str, most: usize) -> Vec<&str> {
        let wanted = name.to_lowercase();
        let mut names: Vec<(usize, &str)> =
            self.names().map(|(known, _)| (shared_beginning(known, &wanted), known)).collect();
        if names.len() > COMPARED_MOST {
            names.select_nth_unstable_by_key(COMPARED_MOST, |(shared, _)| std::cmp::Reverse(*shared));
            names.truncate(COMPARED_MOST);
        }
        let mut scored: Vec<(f64, &str)> = names
            .into_iter()
            .map(|(_, known)| (strsim::jaro_winkler(&wanted, &known.to_lowercase()), known))
            .filter(|(score, _)| *score > 0.7)
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(most).map(|(_, known)| known).collect()
    }

    /// Returns a fingerprint of everything that routing depends on, keys included; two tables
    /// with the same digest route alike. 16 hex digits.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Returns what a route's own target is called: `blue`, or `{a: 45, b: 55}`.
    #[must_use]
    pub fn target_text(&self, route: &Route) -> String {
        self.tier_text(&route.tiers[0])
    }

    /// Tells of each backend of a way, fallbacks included, that is out of service: "`a` is drained".
    #[must_use]
    pub fn out_of_service(&self, way: Way<'_>) -> Vec<String> {
        let targets = way.tiers.iter().flat_map(|tier| &tier.targets);
        let mut told = Vec::new();
        for target in targets.filter(|target| target.weight > 0 && !target.state.is_ready()) {
            let text = format!("`{}` is {}", self.backend(target.backend).name, target.state.told());
            if !told.contains(&text) {
                told.push(text);
            }
        }
        told
    }

    /// Returns what a tier is called in the same way.
    #[must_use]
    pub fn tier_text(&self, tier: &super::Tier) -> String {
        let name = |target: &super::Target| self.backend(target.backend).name.as_str();
        match &*tier.targets {
            [only] => name(only).to_owned(),
            several => {
                let alike = several.iter().all(|t| t.weight == several[0].weight);
                let parts: Vec<String> = several
                    .iter()
                    .map(|t| if alike { name(t).to_owned() } else { format!("{}: {}", name(t), t.weight) })
                    .collect();
                if alike { format!("[{}]", parts.join(", ")) } else { format!("{{{}}}", parts.join(", ")) }
            }
        }
    }

    /// A route has no secret; backends and callers are fed by their own identity, in which the keys
    /// are.
    fn computed_digest(&self) -> String {
        let mut hash = Sha256::new();
        let mut fed = Fed::default();
        for route in &self.routes {
            fed.feed(&mut hash, route);
        }
        for backend in &self.backends {
            hash.update(backend.name.as_str());
            hash.update(backend.identity().as_bytes());
            hash.update([u8::from(backend.cloud)]);
            hash.update(format!("{:?}", backend.continues));
            hash.update(backend.state.as_str());
            hash.update(format!("{:?} {:?}", backend.health, backend.breaker));
            hash.update(format!("{:?} {:?}", backend.max_in_flight, backend.params));
            hash.update(backend.on_disconnect.as_str());
            hash.update(format!("{:?} {:?}", backend.slow_start, backend.load));
            for hook in [&backend.prepare, &backend.release] {
                hash.update(format!("{:?}", hook.as_ref().map(Hook::fingerprint)));
            }
        }
        hash.update(format!("{:?}", self.default));
        for caller in self.callers.iter() {
            hash.update(format!("\n{}\n", caller.name));
            hash.update(Sha256::digest(caller.key.expose()));
            hash.update(format!("{:?}", caller.limits));
        }
        super::hex(&hash.finalize()[..8])
    }
}

/// Returns how many bytes two names have in common at their beginning, whatever their case.
fn shared_beginning(known: &str, wanted: &str) -> usize {
    known.bytes().zip(wanted.bytes()).take_while(|(a, b)| a.eq_ignore_ascii_case(b)).count()
}
