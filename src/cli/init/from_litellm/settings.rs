//! What of LiteLLM's configuration is read.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_yaml::Value;

/// The file.
#[derive(Debug, Deserialize)]
pub(super) struct Settings {
    pub(super) model_list: Vec<Deployment>,
    #[serde(default, rename = "router_settings")]
    router: BTreeMap<String, Value>,
    #[serde(default, rename = "litellm_settings")]
    litellm: BTreeMap<String, Value>,
    #[serde(default, rename = "general_settings")]
    general: BTreeMap<String, Value>,
}

/// One server that answers for a name.
#[derive(Debug, Deserialize)]
pub(super) struct Deployment {
    pub(super) model_name: String,
    pub(super) litellm_params: Params,
}

/// How it is asked.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Params {
    pub(super) model: String,
    #[serde(alias = "base_url")]
    pub(super) api_base: Option<String>,
    pub(super) api_key: Option<String>,
    pub(super) api_version: Option<String>,
    pub(super) weight: Option<u64>,
    pub(super) rpm: Option<u64>,
    pub(super) tpm: Option<u64>,
}

/// Settings that have a counterpart, or that a router has no use for.
const TAKEN: [&str; 6] =
    ["fallbacks", "default_fallbacks", "model_group_alias", "num_retries", "master_key", "routing_strategy"];

// === impl Settings ===

impl Settings {
    /// Returns the fallbacks of each model.
    pub(super) fn fallbacks(&self) -> BTreeMap<String, Vec<String>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for list in self.named("fallbacks").filter_map(Value::as_sequence) {
            for (model, names) in list.iter().filter_map(Value::as_mapping).flatten() {
                if let Some(model) = model.as_str() {
                    found.entry(model.to_owned()).or_default().extend(texts(names));
                }
            }
        }
        let common: Vec<String> = self.named("default_fallbacks").flat_map(texts).collect();
        for deployment in &self.model_list {
            let name = &deployment.model_name;
            if !found.contains_key(name) && !common.contains(name) && !common.is_empty() {
                found.insert(name.clone(), common.clone());
            }
        }
        found
    }

    /// Returns the further names of each model.
    pub(super) fn aliases(&self) -> BTreeMap<String, Vec<String>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (alias, model) in self.named("model_group_alias").filter_map(Value::as_mapping).flatten() {
            let model = model.as_str().or_else(|| model.get("model").and_then(Value::as_str));
            if let (Some(alias), Some(model)) = (alias.as_str(), model) {
                found.entry(model.to_owned()).or_default().push(alias.to_owned());
            }
        }
        found
    }

    /// Returns how often LiteLLM tries again.
    pub(super) fn retries(&self) -> Option<u64> {
        self.named("num_retries").find_map(Value::as_u64)
    }

    /// Returns the key that callers show, if it is a variable's.
    pub(super) fn master_key(&self) -> Option<&str> {
        self.named("master_key").find_map(Value::as_str).filter(|key| key.starts_with("os.environ/"))
    }

    /// Names the settings that have no counterpart here.
    pub(super) fn without_counterpart(&self) -> Vec<String> {
        let sections = [
            ("router_settings", &self.router),
            ("litellm_settings", &self.litellm),
            ("general_settings", &self.general),
        ];
        let mut notes = Vec::new();
        for (section, settings) in sections {
            let unknown = settings.keys().filter(|name| !TAKEN.contains(&name.as_str()));
            notes.extend(unknown.map(|name| format!("{section}.{name}")));
        }
        let in_clear =
            self.named("master_key").any(|key| key.as_str().is_some()) && self.master_key().is_none();
        if in_clear {
            notes.push(
                "general_settings.master_key stands in clear; put it under `keys` by a variable".to_owned(),
            );
        }
        notes
    }

    fn named<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s Value> {
        [&self.router, &self.litellm, &self.general]
            .into_iter()
            .filter_map(move |settings| settings.get(name))
    }
}

fn texts(list: &Value) -> Vec<String> {
    let list = list.as_sequence().map(Vec::as_slice).unwrap_or_default();
    list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}
