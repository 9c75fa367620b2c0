//! Why a name goes where it goes, as a value: the same for a running router and for a file.

use std::fmt::{self, Write as _};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    BackendState, ExplainedRule, Loads, Matched, MaxInFlight, RequestFacts, Retry, RetryOn, Route,
    RoutingTable, Strategy, Target, Tier, Timeouts,
};

/// The way of one model name through the table. Holds no key and no query of a URL.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The version of this shape.
    pub schema: u32,
    /// Which generation was asked; none where a file was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub generation: Option<u64>,
    /// The name that was asked for; none stands for a request without a model.
    pub asked: Option<String>,
    /// How the name led to the route.
    pub matched: Matched,
    /// The route's name or glob.
    pub route: String,
    /// Whether the configuration promised that no request leaves the house.
    pub local_only: bool,
    /// The rules of the model, where it has some.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<ExplainedRule>,
    /// The rule that decides, counted from 1; none leaves it to the model's own target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<usize>,
    /// Who is tried, in this order where every weight is alike.
    pub candidates: Vec<ExplainedCandidate>,
    /// When another try is made.
    pub retry: ExplainedRetry,
    /// Whether a stream that loses its backend in the middle goes on on another one.
    #[serde(default)]
    pub resume: bool,
    /// What is mended in its answers, by the words of routes.yaml.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repair: Vec<String>,
    /// Where copies of its requests go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mirror: Option<ExplainedMirror>,
}

/// Where copies of requests go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedMirror {
    /// A backend's name.
    pub to: String,
    /// How many of the requests are copied.
    pub percent: f64,
}

/// One backend that may answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedCandidate {
    /// 0 for the target, 1 for the first fallback, and so on.
    pub tier: usize,
    /// The backend's name.
    pub backend: String,
    /// Its address in normal form.
    pub url: String,
    /// Its weight in the tier.
    pub weight: u32,
    /// How the tier's members are picked: `weighted`, `sticky by header x-session`.
    #[serde(default = "weighted", skip_serializing_if = "is_weighted")]
    pub strategy: String,
    /// The sum of the weights that get requests; none where the first that works is taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight_of: Option<u32>,
    /// Whether it gets new requests.
    #[serde(default, skip_serializing_if = "BackendState::is_ready")]
    pub state: BackendState,
    /// Why it gets requests only where nobody else of its tier is left; a running router knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub out: Option<String>,
    /// The model name that is sent to it; none sends what the client asked for.
    pub model: Option<String>,
    /// What is changed in its requests, the model's changes first, and in the names of its answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub params: Vec<String>,
    /// Whether a key of its own is sent.
    pub key: bool,
    /// Whether requests to it leave the house.
    pub cloud: bool,
    /// How much it is given at once; as much as there is where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_in_flight: Option<MaxInFlight>,
    /// Limit in milliseconds until the connection stands.
    pub connect_ms: u64,
    /// Limit in milliseconds until the first byte.
    pub first_byte_ms: u64,
    /// Limit in milliseconds between two pieces.
    pub idle_ms: u64,
    /// Limit in milliseconds for all.
    pub total_ms: Option<u64>,
}

/// When another try is made before the first byte.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedRetry {
    /// Further tries within a tier; none is each peer once, or a lone backend once more.
    pub max: Option<u32>,
    /// What asks for another try: `connect`, `timeout`, and statuses.
    pub on: Vec<String>,
    /// Further tries in percent of all requests.
    pub budget_percent: u32,
}

impl RoutingTable {
    /// Tells how a request is routed; `None` where nothing answers for its model.
    #[must_use]
    pub fn explain(
        &self,
        model: Option<&str>,
        facts: &RequestFacts<'_>,
        loads: &dyn Loads,
        generation: Option<u64>,
    ) -> Option<Explanation> {
        let found = self.find(model)?;
        let rules = self.explain_rules(found.route, facts, loads);
        let way = found.route.way(facts, loads);
        let stands_for = self.stands_for(found).map(super::UpstreamModel::as_str);
        let tiers = way.tiers.iter().enumerate();
        let candidates = tiers
            .flat_map(|(n, tier)| tier.targets.iter().map(move |target| (n, tier, target)))
            .filter(|(_, _, target)| target.weight > 0)
            .map(|(n, tier, target)| self.explain_target(n, tier, target, stands_for))
            .collect();
        Some(Explanation {
            schema: 1,
            generation,
            asked: model.map(str::to_owned),
            matched: found.matched,
            route: found.route.name.to_string(),
            local_only: found.route.local_only,
            rules,
            rule: way.rule.map(|at| at + 1),
            candidates,
            retry: explain_retry(found.route),
            resume: found.route.resume,
            repair: found.route.repair.words().map(str::to_owned).collect(),
            mirror: found.route.mirror.as_ref().map(|mirror| ExplainedMirror {
                to: mirror.tier.label.clone(),
                percent: mirror.share.percent(),
            }),
        })
    }

    fn explain_target(
        &self,
        tier: usize,
        of: &Tier,
        target: &Target,
        stands_for: Option<&str>,
    ) -> ExplainedCandidate {
        let backend = self.backend(target.backend);
        let Timeouts { connect, first_byte, idle, total, .. } = target.timeouts;
        let shares = of.strategy != Strategy::First;
        ExplainedCandidate {
            tier,
            backend: backend.name.to_string(),
            url: backend.address.to_string(),
            weight: target.weight,
            strategy: of.strategy.to_string(),
            weight_of: shares.then(|| of.targets.iter().map(Target::share).sum()),
            state: target.state,
            out: None,
            model: target.model.as_ref().map(super::UpstreamModel::as_str).or(stands_for).map(str::to_owned),
            params: [&target.params, &backend.params]
                .into_iter()
                .flatten()
                .filter(|params| !params.is_empty())
                .map(ToString::to_string)
                .collect(),
            key: backend.key.is_some(),
            cloud: backend.cloud,
            max_in_flight: backend.max_in_flight,
            connect_ms: millis(connect),
            first_byte_ms: millis(first_byte),
            idle_ms: millis(idle),
            total_ms: total.map(millis),
        }
    }
}

fn explain_retry(route: &Route) -> ExplainedRetry {
    let RetryOn { connect, timeout, statuses } = &route.retry.on;
    let named = [(*connect, "connect"), (*timeout, "timeout")];
    let named = named.into_iter().filter(|(on, _)| *on).map(|(_, name)| name.to_owned());
    let on = named.chain(statuses.iter().map(u16::to_string)).collect();
    ExplainedRetry { max: route.retry.max, on, budget_percent: route.retry.budget }
}

fn weighted() -> String {
    Strategy::default().to_string()
}

fn is_weighted(strategy: &str) -> bool {
    strategy == Strategy::default().word()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

// === impl Explanation ===

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let asked = self.asked.as_deref().unwrap_or("(no model)");
        let how = match self.matched {
            Matched::Exact => "by its name".to_owned(),
            Matched::Alias => format!("as an alias of `{}`", self.route),
            Matched::Glob => format!("by the glob `{}`", self.route),
            Matched::Default => format!("by the default model `{}`", self.route),
        };
        write!(f, "{asked}: found {how}")?;
        if let Some(generation) = self.generation {
            write!(f, " in generation {generation}")?;
        }
        writeln!(f, "{}", if self.local_only { ", local only" } else { "" })?;
        for rule in &self.rules {
            writeln!(f, "  {rule}")?;
        }
        let name_width = self.candidates.iter().map(|c| c.backend.chars().count()).max().unwrap_or(0);
        let url_width = self.candidates.iter().map(|c| c.url.chars().count()).max().unwrap_or(0);
        let mut tier = None;
        for candidate in &self.candidates {
            if tier != Some(candidate.tier) {
                match candidate.tier {
                    0 => {
                        f.write_str("  target")?;
                        self.rule.map_or(Ok(()), |rule| write!(f, " of rule {rule}"))?;
                    }
                    n => write!(f, "  fallback {n}, if all above fail before the first byte")?,
                }
                if !is_weighted(&candidate.strategy) {
                    write!(f, ", {}", candidate.strategy)?;
                }
                writeln!(f)?;
            }
            tier = Some(candidate.tier);
            write!(f, "    {:name_width$}  {:url_width$}", candidate.backend, candidate.url)?;
            writeln!(f, "  {candidate}")?;
            if !candidate.params.is_empty() {
                writeln!(f, "    {:name_width$}  params: {}", "", candidate.params.join("; then "))?;
            }
        }
        let mut on = self.retry.on.join(", ");
        if self.retry.budget_percent != Retry::default().budget {
            let _always = write!(on, ", and {}% more in all", self.retry.budget_percent);
        }
        match self.retry.max {
            Some(0) => writeln!(f, "  retry     never within a tier"),
            Some(max) => writeln!(f, "  retry     up to {max} more within a tier, on {on}"),
            None => writeln!(f, "  retry     each peer once, or a lone backend once more, on {on}"),
        }?;
        if self.resume {
            f.write_str(
                "  resume    a stream that loses its backend goes on on a peer with the same model\n",
            )?;
        }
        if !self.repair.is_empty() {
            writeln!(f, "  repair    {} in answers", self.repair.join(", "))?;
        }
        if let Some(ExplainedMirror { to, percent }) = &self.mirror {
            writeln!(f, "  mirror    {percent}% of the requests are copied to {to}")?;
        }
        Ok(())
    }
}

impl fmt::Display for ExplainedCandidate {
    /// Writes what is to be known beside name and address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.state.is_ready() {
            write!(f, "{}: gets no new requests, ", self.state.told())?;
        } else if let Some(sum) = self.weight_of.filter(|sum| *sum != self.weight) {
            write!(f, "{} of {sum}, ", self.weight)?;
        }
        if let Some(reason) = &self.out {
            write!(f, "out: {reason}, ")?;
        }
        match &self.model {
            Some(model) => write!(f, "as `{model}`")?,
            None => f.write_str("name as asked")?,
        }
        f.write_str(if self.key { ", own key" } else { "" })?;
        f.write_str(if self.cloud { ", cloud" } else { "" })?;
        self.max_in_flight.map_or(Ok(()), |most| write!(f, ", {most}"))?;
        let [connect, first_byte, idle] = [self.connect_ms, self.first_byte_ms, self.idle_ms].map(Short);
        write!(f, ", connect {connect}, first byte {first_byte}, idle {idle}")?;
        self.total_ms.map(Short).map_or(Ok(()), |total| write!(f, ", total {total}"))
    }
}

/// Milliseconds as people write them in routes.yaml.
struct Short(u64);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("0"),
            ms if ms % 1000 == 0 => write!(f, "{}s", ms / 1000),
            ms => write!(f, "{ms}ms"),
        }
    }
}
