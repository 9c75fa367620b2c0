//! `patchbay env`: lines to paste into a client.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

use clap::ValueEnum;

use super::console::Console;
use super::documents::{self, process_vars};
use super::exit::Exit;
use super::owner::{Choice, Wish};
use crate::config::{ServerSettings, build};

/// Prints the lines that point a client here, made for the table in this folder.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Whose lines
    client: Client,
}

/// Clients whose settings we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Client {
    /// DB-GPT 0.4 to 0.6: a .env
    Dbgpt,
    /// DB-GPT 0.7 and later: a TOML file
    DbgptToml,
    /// The OpenAI SDKs and most other clients: a shell's exports
    Openai,
}

/// What the lines are made of.
struct Facts {
    base: String,
    models: Vec<String>,
    key: &'static str,
}

pub(super) fn env(arguments: &Arguments, console: Console) -> Exit {
    let facts = Facts::of_this_folder();
    console.result(match arguments.client {
        Client::Dbgpt => facts.dbgpt(),
        Client::DbgptToml => facts.dbgpt_toml(),
        Client::Openai => facts.openai(),
    });
    Exit::Done
}

impl Facts {
    /// Looks at the table that `run` would serve here; a table that can't be built gives way to
    /// the defaults, since these lines are asked for while things are being set up.
    fn of_this_folder() -> Self {
        let choice = Choice::of(&Wish::default(), Path::new(""));
        let documents = documents::read(&choice.owner).unwrap_or_default();
        let built = build(&documents, &process_vars()).ok();
        let server = built.as_ref().map_or_else(ServerSettings::default, |built| built.server.clone());
        let names = |built: &crate::config::Built| {
            let routes = built.table.routes().iter().map(|route| route.name.as_str());
            routes.filter(|name| !name.contains('*')).map(str::to_owned).collect()
        };
        let mut models: Vec<String> = built.as_ref().map(names).unwrap_or_default();
        if models.is_empty() {
            models.push("gpt-4o".to_owned());
        }
        let open = built.is_none_or(|built| built.table.callers().is_open());
        let key = if open { "sk-any" } else { "ONE-OF-YOUR-CALLER-KEYS" };
        Self { base: format!("{}://{}/v1", server.data_scheme(), reachable(server.listen)), models, key }
    }

    fn dbgpt(&self) -> String {
        let Self { base, models, key } = self;
        let model = &models[0];
        format!(
            "# DB-GPT 0.4 to 0.6: .env
LLM_MODEL=proxyllm
PROXYLLM_BACKEND={model}
PROXY_SERVER_URL={base}/chat/completions
PROXY_API_KEY={key}
# OPENAI_API_BASE, if it is set anywhere, silently beats PROXY_SERVER_URL: unset it.
{PROXY_TRAP}"
        )
    }

    fn dbgpt_toml(&self) -> String {
        let Self { base, models, key } = self;
        let mut text = "# DB-GPT 0.7 and later: in configs/dbgpt-proxy-openai.toml\n".to_owned();
        for model in models {
            let model = serde_json::Value::from(model.as_str());
            write!(
                text,
                "[[models.llms]]\nname = {model}\nprovider = \"proxy/openai\"\n\
                 api_base = \"{base}\"\napi_key = \"{key}\"\n\n"
            )
            .expect("writing to a String can't fail");
        }
        text + PROXY_TRAP
    }

    fn openai(&self) -> String {
        let Self { base, key, .. } = self;
        format!("export OPENAI_BASE_URL={base}\nexport OPENAI_API_KEY={key}\n{PROXY_TRAP}")
    }
}

const PROXY_TRAP: &str = "\
# With HTTP_PROXY or HTTPS_PROXY set, these clients send even calls to 127.0.0.1 to that proxy, unless:
# NO_PROXY=127.0.0.1,localhost
";

/// An address that a client can call: a router that listens everywhere is called on loopback.
pub(super) fn reachable(listen: SocketAddr) -> SocketAddr {
    if !listen.ip().is_unspecified() {
        return listen;
    }
    let loopback = if listen.is_ipv6() { [0, 0, 0, 0, 0, 0, 0, 1].into() } else { [127, 0, 0, 1].into() };
    SocketAddr::new(loopback, listen.port())
}
