//! DB-GPT's own `.env` as the table's owner.
//!
//! The variables are those of DB-GPT 0.4 to 0.6, looked up by its rule: for a model's own setting
//! `<model>_NAME` goes before `LLM_NAME` and `NAME`, in any case, with `-` written as `_`.

use std::collections::{HashMap, HashSet};

use crate::table::ModelName;

use super::dotenv::{Dotenv, Entry};
use super::place::At;
use super::problem::Findings;
use super::raw::{RawBackend, RawCaller, RawMember, RawModel, RawTable, socket};
use super::reader::Words;
use super::{Place, code};

/// What DB-GPT asks for where `PROXYLLM_BACKEND` is not set.
const DEFAULT_MODEL: &str = "gpt-3.5-turbo";

/// Reads the table out of the variables.
pub(super) fn read(file: &Dotenv, findings: &mut Findings) -> RawTable {
    let mut by_name = HashMap::new();
    for entry in &file.entries {
        by_name.entry(entry.name.value.to_ascii_lowercase()).or_insert(entry);
    }
    let mut reading = Reading {
        file,
        by_name,
        findings,
        table: RawTable::default(),
        own: HashSet::new(),
        taken: HashSet::new(),
    };
    reading.main_model();
    reading.prefixed_models();
    reading.listed_models();
    reading.default_model();
    reading.extra_alias();
    reading.server();
    reading.remarks();
    reading.table
}

struct Reading<'f> {
    file: &'f Dotenv,
    /// Variables by their name in lower case.
    by_name: HashMap<String, &'f Entry>,
    findings: &'f mut Findings,
    table: RawTable,
    /// Names of models so far.
    own: HashSet<String>,
    /// Names and aliases so far.
    taken: HashSet<String>,
}

// === impl Reading ===

impl<'f> Reading<'f> {
    /// Finds a variable in any case; an empty one counts as not set.
    fn get(&self, name: &str) -> Option<&'f Entry> {
        self.there(name).filter(|entry| !entry.value.value.trim().is_empty())
    }

    /// Finds a variable in any case, empty or not.
    fn there(&self, name: &str) -> Option<&'f Entry> {
        self.by_name.get(&name.to_ascii_lowercase()).copied()
    }

    /// DB-GPT's look-up of a model's setting: its own, `LLM_…`, the plain one.
    fn setting(&self, prefix: &str, name: &str) -> Option<&'f Entry> {
        self.there(&format!("{prefix}_{name}"))
            .or_else(|| self.there(&format!("LLM_{name}")))
            .or_else(|| self.there(name))
            .filter(|entry| !entry.value.value.trim().is_empty())
    }

    fn main_url(&self) -> Option<&'f Entry> {
        self.get("LLM_PROXY_SERVER_URL").or_else(|| self.get("PROXY_SERVER_URL"))
    }

    fn main_name(&self) -> Option<&'f Entry> {
        self.get("LLM_PROXYLLM_BACKEND").or_else(|| self.get("PROXYLLM_BACKEND"))
    }

    fn main_model(&mut self) {
        let Some(url) = self.main_url() else { return };
        let name = match self.main_name() {
            Some(entry) => trimmed(&entry.value),
            None => At::new(DEFAULT_MODEL.to_owned(), &url.name.place),
        };
        let key = self.get("LLM_PROXY_API_KEY").or_else(|| self.get("PROXY_API_KEY"));
        self.add(&name, Vec::new(), Some(name.clone()), &url.value, key);
    }

    /// `<model>_PROXY_SERVER_URL`: one more model each.
    fn prefixed_models(&mut self) {
        const URL: &str = "_proxy_server_url";
        for entry in &self.file.entries {
            let variable = entry.name.value.as_str();
            let Some(cut) = variable.len().checked_sub(URL.len()).filter(|cut| *cut > 0) else { continue };
            let ours =
                variable[cut..].eq_ignore_ascii_case(URL) && !variable[..cut].eq_ignore_ascii_case("llm");
            if !ours || entry.value.value.trim().is_empty() {
                continue;
            }
            let prefix = &variable[..cut];
            let own = ["PROXYLLM_BACKEND", "PROXY_BACKEND"];
            let sent = own.iter().find_map(|name| self.get(&format!("{prefix}_{name}")));
            let sent = sent.map(|entry| trimmed(&entry.value));
            let mut names = spellings(prefix, &entry.name.place);
            if let Some(sent) = &sent {
                names.retain(|name| name.value != sent.value);
                names.insert(0, sent.clone());
            }
            names.retain(|name| !self.is_taken(&name.value));
            if names.is_empty() {
                names = spellings(prefix, &entry.name.place);
            }
            let name = names.remove(0);
            let key = self.setting(prefix, "PROXY_API_KEY");
            self.add(&name, names, sent, &entry.value, key);
        }
    }

    /// `PATCHBAY_MODELS="a=u1,u2;b=u3"`.
    fn listed_models(&mut self) {
        let Some(entry) = self.get("PATCHBAY_MODELS") else { return };
        let mut rest = entry.value.place.clone();
        for piece in entry.value.value.split([';', '\n']).map(str::trim).filter(|piece| !piece.is_empty()) {
            let place = rest.part(piece).unwrap_or_else(|| entry.value.place.clone());
            rest = rest.behind(&place);
            let Some((name, url)) = piece.split_once('=').filter(|(name, _)| !name.contains("://")) else {
                self.findings
                    .error(code::DOTENV_SYNTAX, &place, format!("`{piece}` has no model name"))
                    .help("write PATCHBAY_MODELS=\"a=URL,URL;b=URL\"");
                continue;
            };
            let name = At::new(name.trim().to_owned(), &place);
            let key = self.setting(&name.value.replace('-', "_"), "PROXY_API_KEY");
            self.add(&name, Vec::new(), None, &At::new(url.trim().to_owned(), &place), key);
        }
    }

    /// Adds a model; its backends are called after it, so that its key goes to nobody else.
    fn add(
        &mut self,
        name: &At<String>,
        aliases: Vec<At<String>>,
        sent: Option<At<String>>,
        urls: &At<String>,
        key: Option<&Entry>,
    ) {
        if let Err(error) = ModelName::parse(&name.value) {
            self.findings.error(code::BAD_NAME, &name.place, error.to_string());
            return;
        }
        let words = |text: &str, place: &Place| {
            At::new(Words { text: text.to_owned(), shown: text.to_owned() }, place)
        };
        let mut backend = RawBackend::new(name.clone(), Some(words(&urls.value, &urls.place)));
        backend.key = key.map(|entry| trimmed(&entry.value));
        backend.model = sent;
        let mut model = RawModel::named(&name.value, &name.place);
        model.to = vec![RawMember { target: words(&name.value, &urls.place), weight: None }];
        model.aliases = aliases;
        self.taken.extend(model.aliases.iter().map(|alias| alias.value.clone()));
        self.taken.insert(name.value.clone());
        self.table.models.push(model);
        if self.own.insert(name.value.clone()) {
            self.table.backends.push(backend);
        }
    }

    fn is_taken(&self, name: &str) -> bool {
        self.taken.contains(name)
    }

    /// Unknown names go to the main model, as they do where DB-GPT has one backend only.
    fn default_model(&mut self) {
        if self.main_url().is_some() {
            self.table.default = self.table.models.first().map(|model| model.name.clone());
            return;
        }
        if let Some(entry) = self.main_name() {
            let name = trimmed(&entry.value);
            if self.is_taken(&name.value) {
                self.table.default = Some(name);
            } else {
                self.findings
                    .error(code::MISSING, &name.place, format!("model `{}` has no address", name.value))
                    .help("add PROXY_SERVER_URL=http://HOST:PORT/v1");
            }
        } else if self.table.models.is_empty() {
            self.nothing();
        }
    }

    fn nothing(&mut self) {
        let top = Place::top(&self.file.text).first_line();
        self.findings
            .error(code::NO_MODELS, &top, format!("no models in `{}`", self.file.text.name))
            .help("add PROXY_SERVER_URL=http://HOST:PORT/v1, or write a routes.yaml");
    }

    /// `LLM_MODEL=proxyllm` only turns DB-GPT's proxy on; any other value is a name it may ask for.
    fn extra_alias(&mut self) {
        let Some(entry) = self.get("LLM_MODEL").filter(|_| self.main_url().is_some()) else { return };
        let name = trimmed(&entry.value);
        let is_proxy = name.value == "proxyllm" || name.value.ends_with("_proxyllm");
        if is_proxy || self.is_taken(&name.value) {
            return;
        }
        let Some(main) = self.table.models.first_mut() else { return };
        self.findings
            .warning(
                code::DBGPT,
                &name.place,
                format!("`{}` is served as one more name of `{}`", name.value, main.name.value),
            )
            .help("DB-GPT uses this server only with LLM_MODEL=proxyllm or chatgpt_proxyllm");
        main.aliases.push(name);
    }

    /// Our own settings, for those who have no routes.yaml.
    fn server(&mut self) {
        for (variable, admin) in [("PATCHBAY_LISTEN", false), ("PATCHBAY_ADMIN", true)] {
            let Some(entry) = self.get(variable) else { continue };
            let value = trimmed(&entry.value);
            let Some(address) = socket(&value.value) else {
                self.findings
                    .error(
                        code::BAD_VALUE,
                        &value.place,
                        format!("`{}` is no value for {variable}", value.value),
                    )
                    .help("write IP:PORT, such as 127.0.0.1:9999");
                continue;
            };
            let at = At::new(address, &value.place);
            let server = &mut self.table.server;
            if admin {
                server.settings.admin = address;
                server.admin = Some(at);
            } else {
                server.settings.listen = address;
                server.listen = Some(at);
            }
        }
        if let Some(entry) = self.get("PATCHBAY_KEYS") {
            let keys = entry.value.value.split(',').map(str::trim).filter(|key| !key.is_empty());
            let caller = |(n, key): (usize, &str)| {
                let name = At::new(format!("key-{}", n + 1), &entry.value.place);
                RawCaller::new(name, At::new(key.to_owned(), &entry.value.place))
            };
            self.table.has_callers = true;
            self.table.callers = keys.enumerate().map(caller).collect();
        }
    }

    /// Variables by which DB-GPT would go elsewhere than this file seems to say.
    fn remarks(&mut self) {
        if self.main_url().is_none() {
            return;
        }
        for variable in ["PROXY_API_BASE", "OPENAI_API_BASE"] {
            if let Some(entry) = self.get(variable) {
                self.findings
                    .warning(code::DBGPT, &entry.name.place, format!("{variable} is not used here"))
                    .help("in DB-GPT it goes before PROXY_SERVER_URL: remove one of the two");
            }
        }
    }
}

fn trimmed(value: &At<String>) -> At<String> {
    At::new(value.value.trim().to_owned(), &value.place)
}

/// The names that a variable's prefix may stand for: DB-GPT writes `qwen-72b` as `QWEN_72B_…`.
fn spellings(prefix: &str, place: &Place) -> Vec<At<String>> {
    let shouted = !prefix.chars().any(|c| c.is_ascii_lowercase());
    let name = if shouted { prefix.to_lowercase() } else { prefix.to_owned() };
    let dashed = name.replace('_', "-");
    let mut names = vec![At::new(name, place)];
    if dashed != names[0].value {
        names.push(At::new(dashed, place));
    }
    names
}
