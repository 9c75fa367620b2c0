//! `patchbay chat`: a real request through the running router.

mod asked;
mod asker;
mod summary;

use std::io::Read;
use std::time::Duration;

use clap_complete::ArgValueCandidates;
use serde::Deserialize;
use serde_json::json;

use asked::Asked;
use asker::Asker;
use summary::Summary;

use super::admin_port::AdminPort;
use super::ask::{self, AskError};
use super::console::Console;
use super::env::reachable;
use super::exit::Exit;
use super::names;

/// Sends a real, streamed request through the running router and tells who answered, and how fast.
#[derive(Debug, clap::Args)]
#[command(after_help = "The same with curl:
  curl -N localhost:9999/v1/chat/completions -H 'Content-Type: application/json' \\
    -d '{\"model\":\"MODEL\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"PROMPT\"}]}'")]
pub(super) struct Arguments {
    /// What a client would ask for
    #[arg(add = ArgValueCandidates::new(names::models))]
    model: String,
    /// What to say; - is standard input
    #[arg(default_value = "Say hello in one sentence.")]
    prompt: String,
    /// Ask so often, and sum up by backend
    #[arg(short, long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    number: u32,
    /// The most tokens of an answer
    #[arg(long, value_name = "COUNT")]
    max_tokens: Option<u32>,
    /// The caller's key; without it, `OPENAI_API_KEY` if that is set
    #[arg(long, value_name = "KEY", env = "PATCHBAY_KEY", hide_env_values = true)]
    key: Option<String>,
    /// The data port [default: what the admin port says]
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    admin: AdminPort,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Deserialize)]
struct Where {
    listen: String,
    /// Whether it speaks TLS.
    #[serde(default)]
    tls: bool,
}

pub(super) fn chat(arguments: &Arguments, console: Console) -> Exit {
    let prompt = match prompt(&arguments.prompt) {
        Ok(prompt) => prompt,
        Err(error) => {
            console.talk(format_args!("error: {error}"));
            return Exit::Usage;
        }
    };
    let base = match base(arguments) {
        Ok(base) => base,
        Err(error) => return error.tell(console),
    };
    let mut body = json!({
        "model": arguments.model,
        "messages": [{"role": "user", "content": prompt}],
        "stream": true,
        "stream_options": {"include_usage": true},
    });
    if let Some(most) = arguments.max_tokens {
        body["max_tokens"] = most.into();
    }
    let client = match Asker::new(&base, &arguments.admin, key(arguments.key.as_deref())) {
        Ok(client) => client,
        Err(error) => {
            console.talk(format_args!("error: {error}"));
            return Exit::Usage;
        }
    };
    if arguments.number == 1 {
        once(&client, &body, arguments.json, console)
    } else {
        often(&client, &body, arguments, console)
    }
}

fn once(client: &Asker, body: &serde_json::Value, as_json: bool, console: Console) -> Exit {
    let asked = client.ask(body, |text| {
        if !as_json {
            console.piece(text);
        }
    });
    if as_json {
        console.json(&asked);
    } else {
        if !asked.text.is_empty() && !asked.text.ends_with('\n') {
            console.piece("\n");
        }
        console.talk(&asked);
    }
    asked.exit()
}

fn often(client: &Asker, body: &serde_json::Value, arguments: &Arguments, console: Console) -> Exit {
    let mut all: Vec<Asked> = Vec::new();
    for turn in 1..=arguments.number {
        console.progress(format_args!("{turn} of {}", arguments.number));
        let asked = client.ask(body, |_| ());
        let is_nobody = asked.exit() == Exit::NotReachable;
        all.push(asked);
        if is_nobody {
            break;
        }
    }
    console.progress("");
    let summary = Summary::of(&all);
    if arguments.json {
        console.json(&summary);
    } else {
        console.result(&summary);
        summary.failures().for_each(|failure| console.talk(format_args!("error: {failure}")));
    }
    all.iter().map(Asked::exit).find(|exit| *exit != Exit::Done).unwrap_or(Exit::Done)
}

fn prompt(given: &str) -> std::io::Result<String> {
    if given != "-" {
        return Ok(given.to_owned());
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

fn base(arguments: &Arguments) -> Result<String, AskError> {
    if let Some(url) = &arguments.url {
        let url = url.trim_end_matches('/').trim_end_matches("/v1");
        return Ok(if url.contains("://") { url.to_owned() } else { format!("http://{url}") });
    }
    let Where { listen, tls } = ask::get(&arguments.admin, "status", &[], Duration::ZERO)?;
    let scheme = if tls { "https" } else { "http" };
    Ok(format!("{scheme}://{}", listen.parse().map_or(listen, |listen| reachable(listen).to_string())))
}

/// The first key that is not empty.
fn key(given: Option<&str>) -> Option<String> {
    let openai = || std::env::var("OPENAI_API_KEY").ok();
    let is_set = |key: &String| !key.is_empty();
    given.map(str::to_owned).filter(is_set).or_else(openai).filter(is_set)
}
