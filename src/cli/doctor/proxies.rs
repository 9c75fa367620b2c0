//! Proxies in the environment, which clients use even for loopback.

use super::finding::Finding;
use super::scene::Scene;

const PROXIES: [&str; 6] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

pub(super) fn look(scene: &Scene, findings: &mut Vec<Finding>) {
    let about = "proxies";
    let Some(name) = PROXIES.into_iter().find(|name| scene.var(name).is_some()) else {
        findings.push(Finding::ok(about, "none in the environment"));
        return;
    };
    let excepted = ["NO_PROXY", "no_proxy"].into_iter().filter_map(|name| scene.var(name));
    let excepts_us = excepted.flat_map(|list| list.split(',')).map(str::trim).any(is_loopback);
    findings.push(if excepts_us {
        Finding::ok(
            about,
            format!("{name} is set, and NO_PROXY excepts this machine; backends are asked directly"),
        )
    } else {
        Finding::warning(
            about,
            format!("{name} is set: DB-GPT and the OpenAI SDKs send even calls to 127.0.0.1 there"),
            "export NO_PROXY=127.0.0.1,localhost where they start; the router itself uses no proxy",
        )
    });
}

fn is_loopback(entry: &str) -> bool {
    ["*", "127.0.0.1", "localhost", "127.0.0.0/8"].contains(&entry)
}
