//! LiteLLM's configuration, written as a routes.yaml.
//!
//! What LiteLLM calls a deployment becomes a backend, and deployments of one `model_name` a pool.
//! `os.environ/NAME` becomes `${NAME}`; keys in clear are not copied. What has no counterpart
//! stands at the top of the file as a comment, so that nothing is lost unseen.
//! Source of the format: docs.litellm.ai/docs/proxy/configs.

mod provider;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use self::provider::Place;
use self::settings::{Deployment, Settings};
use super::scalar::scalar;

/// Why there is no routes.yaml.
#[derive(Debug, Error)]
pub(super) enum FromLitellmError {
    #[error("{}: {source}", file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error("{}: it is not LiteLLM's configuration: {source}", file.display())]
    Malformed { file: PathBuf, source: serde_yaml::Error },
    #[error("{}: no entry of `model_list` has a counterpart:\n{notes}", file.display())]
    Nothing { file: PathBuf, notes: String },
}

/// Reads LiteLLM's configuration and returns the routes.yaml that routes alike.
pub(super) fn routes(file: &Path) -> Result<String, FromLitellmError> {
    let text = std::fs::read_to_string(file)
        .map_err(|source| FromLitellmError::Read { file: file.to_owned(), source })?;
    let settings: Settings = serde_yaml::from_str(&text)
        .map_err(|source| FromLitellmError::Malformed { file: file.to_owned(), source })?;
    let mut writer = Writer::default();
    writer.take(&settings);
    if writer.models.is_empty() {
        return Err(FromLitellmError::Nothing { file: file.to_owned(), notes: writer.notes.join("\n") });
    }
    Ok(writer.write(file, &settings))
}

/// A value that may stand for a variable.
fn value(text: &str) -> String {
    match text.strip_prefix("os.environ/") {
        Some(name) => format!("\"${{{name}}}\""),
        None => scalar(text),
    }
}

/// A backend's name, and its weight where it has one.
type Member = (String, Option<u64>);

#[derive(Default)]
struct Writer {
    backends: String,
    names: BTreeSet<String>,
    /// Members of each model with their weights, in the order of the file.
    models: Vec<(String, Vec<Member>)>,
    notes: Vec<String>,
}

// === impl Writer ===

impl Writer {
    fn take(&mut self, settings: &Settings) {
        for deployment in &settings.model_list {
            match provider::place(&deployment.litellm_params) {
                Ok(place) => self.deployment(deployment, &place),
                Err(why) => self.notes.push(format!("{}: {why}", deployment.model_name)),
            }
        }
        self.notes.extend(settings.without_counterpart());
    }

    fn deployment(&mut self, deployment: &Deployment, place: &Place) {
        let params = &deployment.litellm_params;
        let name = self.new_name(&deployment.model_name);
        let mut entry = format!("  {}:\n    url: {}\n", scalar(&name), value(&place.url));
        let mut line = |key: &str, value: &str| {
            writeln!(entry, "    {key}: {value}").expect("writing to a String can't fail");
        };
        if let Some(key) = &params.api_key {
            let key = if key.starts_with("os.environ/") {
                value(key)
            } else {
                let variable = format!("{}_KEY", name.to_ascii_uppercase().replace(['-', '.'], "_"));
                self.notes.push(format!(
                    "the key of `{name}` stands in LiteLLM's file; put it into .env as {variable}"
                ));
                format!("\"${{{variable}}}\"")
            };
            match place.key_header {
                Some(header) => line("headers", &format!("{{{header}: {key}}}")),
                None => line("key", &key),
            }
        }
        if let Some(model) = &place.model {
            line("model", &scalar(model));
        }
        if place.cloud {
            line("cloud", "true");
        }
        self.backends.push_str(&entry);
        let member = (name, params.weight.or(params.rpm).or(params.tpm));
        match self.models.iter_mut().find(|(model, _)| *model == deployment.model_name) {
            Some((_, members)) => members.push(member),
            None => self.models.push((deployment.model_name.clone(), vec![member])),
        }
    }

    /// Makes a backend's name from a model's.
    fn new_name(&mut self, model: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
        let base: String = model.chars().map(plain).collect();
        let base = match base.trim_matches('-') {
            "" => "backend",
            named => named,
        };
        let numbered = (1..).map(|n| if n == 1 { base.to_owned() } else { format!("{base}-{n}") });
        let name = numbered.into_iter().find(|name| !self.names.contains(name)).unwrap_or_default();
        self.names.insert(name.clone());
        name
    }

    fn write(self, file: &Path, settings: &Settings) -> String {
        let mut out = format!(
            "# yaml-language-server: $schema=routes.schema.json\n\
             # Made from {} by `patchbay init --from-litellm`.\n",
            file.display()
        );
        for note in &self.notes {
            writeln!(out, "# not taken: {note}").expect("writing to a String can't fail");
        }
        out.push_str("backends:\n");
        out.push_str(&self.backends);
        out.push_str("models:\n");
        let fallbacks = settings.fallbacks();
        let aliases = settings.aliases();
        for (model, members) in &self.models {
            out.push_str(&entry(model, members, &fallbacks, &aliases));
        }
        if let Some(retries) = settings.retries() {
            writeln!(out, "defaults:\n  retry: {retries}").expect("writing to a String can't fail");
        }
        if let Some(key) = settings.master_key() {
            writeln!(out, "keys:\n  master: {}", value(key)).expect("writing to a String can't fail");
        }
        out
    }
}

fn entry(
    model: &str,
    members: &[Member],
    fallbacks: &BTreeMap<String, Vec<String>>,
    aliases: &BTreeMap<String, Vec<String>>,
) -> String {
    let weighted = members.iter().all(|(_, weight)| weight.is_some()) && members.len() > 1;
    let listed: Vec<String> = members
        .iter()
        .map(|(name, weight)| match weight {
            Some(weight) if weighted => format!("{}: {weight}", scalar(name)),
            _ => scalar(name),
        })
        .collect();
    let to = match (&*listed, weighted) {
        ([only], _) => only.clone(),
        (several, true) => format!("{{{}}}", several.join(", ")),
        (several, false) => format!("[{}]", several.join(", ")),
    };
    let mut out = format!("  {}:\n    to: {to}\n", scalar(model));
    for (key, names) in [("fallback", fallbacks.get(model)), ("alias", aliases.get(model))] {
        let names: Vec<String> = names.into_iter().flatten().map(|name| scalar(name)).collect();
        if !names.is_empty() {
            writeln!(out, "    {key}: [{}]", names.join(", ")).expect("writing to a String can't fail");
        }
    }
    out
}
