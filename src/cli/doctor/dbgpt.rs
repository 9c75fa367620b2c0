//! Whether DB-GPT's own settings lead here.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use super::finding::Finding;
use super::scene::Scene;
use crate::cli::documents;
use crate::cli::env::reachable;
use crate::cli::owner::Owner;
use crate::config::{Document, Format, Vars, variables};
use crate::table::{Callers, Endpoint, Matched, RoutingTable};

const ABOUT: &str = "DB-GPT";

/// What DB-GPT asks for where `PROXYLLM_BACKEND` is not set.
const DEFAULT_MODEL: &str = "gpt-3.5-turbo";

/// Variables that silently beat `PROXY_SERVER_URL`.
const BEATS: [&str; 2] = ["PROXY_API_BASE", "OPENAI_API_BASE"];

pub(super) fn look(scene: &Scene, given: Option<&Path>, findings: &mut Vec<Finding>) {
    let Some(file) = given.map(Path::to_owned).or_else(|| beside(scene)) else { return };
    let settings = match read(&file) {
        Ok(settings) => settings,
        Err(finding) => {
            findings.push(finding);
            return;
        }
    };
    let client = Client { scene, name: file.display().to_string(), settings };
    if client.get("PROXY_SERVER_URL").is_none() && given.is_none() {
        return;
    }
    let before = findings.len();
    findings.extend(client.url());
    findings.extend(client.model());
    findings.extend(client.choice());
    findings.extend(client.shadows());
    findings.extend(client.key());
    findings.extend(client.controller());
    if findings.len() == before {
        findings.push(Finding::ok(ABOUT, format!("{} leads here", client.name)));
    }
}

/// The `.env` of this folder, unless it is the table.
fn beside(scene: &Scene) -> Option<PathBuf> {
    let file = PathBuf::from(".env");
    let is_owner = matches!(&scene.choice.owner, Owner::Files { routes: None, .. });
    (!is_owner && file.exists()).then_some(file)
}

fn read(file: &Path) -> Result<Vars, Finding> {
    let name = file.display().to_string();
    let content = documents::bytes_of(file)
        .map_err(|error| Finding::wrong(ABOUT, error.to_string(), "name DB-GPT's .env: --dbgpt FILE"))?;
    let document = Document { name: name.clone(), format: Format::Dotenv, content: content.into() };
    variables(&document).map_err(|problems| {
        let first = problems.all().first().map(|problem| problem.message.clone()).unwrap_or_default();
        Finding::wrong(ABOUT, format!("{name}: {first}"), format!("patchbay check {name} shows the place"))
    })
}

/// DB-GPT, as its settings have it.
struct Client<'s> {
    scene: &'s Scene,
    name: String,
    settings: Vars,
}

// === impl Client ===

impl Client<'_> {
    /// Finds a setting in any case; an empty one is none.
    fn get(&self, name: &str) -> Option<&str> {
        let found = self.settings.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    fn wanted_url(&self) -> String {
        let server = &self.scene.server;
        let (scheme, at) = (server.data_scheme(), reachable(server.listen));
        format!("PROXY_SERVER_URL={scheme}://{at}/v1/chat/completions")
    }

    fn wrong(&self, found: &str, fix: impl Into<String>) -> Finding {
        Finding::wrong(ABOUT, format!("{}: {found}", self.name), fix)
    }

    fn warning(&self, found: &str, fix: impl Into<String>) -> Finding {
        Finding::warning(ABOUT, format!("{}: {found}", self.name), fix)
    }

    fn url(&self) -> Option<Finding> {
        let fix = self.wanted_url();
        let Some(url) = self.get("PROXY_SERVER_URL") else {
            return Some(self.wrong(
                "it has no PROXY_SERVER_URL",
                format!("add {fix} (patchbay env dbgpt prints all lines)"),
            ));
        };
        let endpoint = match Endpoint::parse(url) {
            Ok(endpoint) => endpoint,
            Err(error) => return Some(self.wrong(&format!("PROXY_SERVER_URL: {error}"), fix)),
        };
        if !leads_to(&endpoint, self.scene.server.listen) {
            let found = format!("PROXY_SERVER_URL leads to {}, not here", endpoint.authority());
            return Some(self.warning(&found, fix));
        }
        let tail = url.trim_end_matches('/');
        if url.contains('?') {
            return Some(self.warning("DB-GPT drops what follows the `?` of PROXY_SERVER_URL", fix));
        }
        (!tail.ends_with("/chat/completions")).then(|| {
            self.warning(
                "PROXY_SERVER_URL doesn't end with /chat/completions, as DB-GPT's own form does",
                fix,
            )
        })
    }

    fn model(&self) -> Option<Finding> {
        let table = self.scene.table.as_ref()?;
        let asked = self.get("PROXYLLM_BACKEND").unwrap_or(DEFAULT_MODEL);
        let fix = format!("name a model of the table in PROXYLLM_BACKEND, or give one `alias: [{asked}]`");
        match table.find(Some(asked)) {
            None => {
                let near = table.nearest(asked, 3);
                let near =
                    if near.is_empty() { String::new() } else { format!("; near: {}", near.join(", ")) };
                Some(self.wrong(&format!("it asks for `{asked}`, which the table doesn't have{near}"), fix))
            }
            Some(found) if found.matched == Matched::Default => {
                let answers = found.route.name.as_str();
                Some(
                    self.warning(&format!("it asks for `{asked}`, and the default `{answers}` answers"), fix),
                )
            }
            Some(_) => None,
        }
    }

    fn choice(&self) -> Option<Finding> {
        let model = self.get("LLM_MODEL")?;
        let is_proxy = ["proxyllm", "chatgpt_proxyllm"].contains(&model);
        (!is_proxy).then(|| {
            self.warning(
                &format!("LLM_MODEL={model} doesn't ask an OpenAI-compatible server"),
                "LLM_MODEL=proxyllm",
            )
        })
    }

    fn shadows(&self) -> Option<Finding> {
        let here = BEATS.into_iter().find(|name| self.get(name).is_some());
        if let Some(name) = here {
            return Some(
                self.wrong(&format!("{name} silently beats PROXY_SERVER_URL"), format!("remove {name}")),
            );
        }
        let around = BEATS.into_iter().find(|name| self.scene.var(name).is_some())?;
        Some(self.warning(
            &format!(
                "{around} is set in this shell, and silently beats PROXY_SERVER_URL if DB-GPT starts from it"
            ),
            format!("unset {around}"),
        ))
    }

    fn key(&self) -> Option<Finding> {
        let key = self.get("PROXY_API_KEY").or_else(|| self.get("OPENAI_API_KEY"));
        let callers = self.scene.table.as_ref().map(RoutingTable::callers);
        let open = callers.is_none_or(Callers::is_open);
        match key {
            None if self.scene.var("OPENAI_API_KEY").is_some() => None,
            None => Some(self.wrong(
                "PROXY_API_KEY is empty, and DB-GPT refuses to start without one",
                if open { "PROXY_API_KEY=sk-any" } else { "set it to one of the table's `keys`" },
            )),
            Some(key) => {
                let known = open || callers.is_some_and(|callers| callers.find(key.as_bytes()).is_some());
                (!known).then(|| {
                    self.wrong("PROXY_API_KEY is none of the table's `keys`: 401", "set it to one of them")
                })
            }
        }
    }

    /// `MODEL_SERVER` is DB-GPT's own controller; people mix the two up.
    fn controller(&self) -> Option<Finding> {
        let server = Endpoint::parse(self.get("MODEL_SERVER")?).ok()?;
        leads_to(&server, self.scene.server.listen).then(|| {
            self.wrong(
                "MODEL_SERVER leads here, and it is the address of DB-GPT's own controller",
                "MODEL_SERVER=http://127.0.0.1:8000",
            )
        })
    }
}

/// Tells whether an address is the router's, as far as its text says; a container's name for its
/// host counts.
fn leads_to(endpoint: &Endpoint, listen: SocketAddr) -> bool {
    let host = endpoint.host();
    let here = match host.parse::<IpAddr>() {
        Ok(ip) => ip == listen.ip() || listen.ip().is_unspecified() || ip.is_loopback(),
        Err(_) => host == "localhost" || host == "host.docker.internal" || !listen.ip().is_loopback(),
    };
    endpoint.port() == listen.port() && here
}
