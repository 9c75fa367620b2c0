//! A stub's naming service: ephemeral instances of any service, after the manuals of 1.x and 3.x.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::stub::GROUP;
use crate::centers::stub::{Asked, Said};

/// The most characters of an instance's metadata, names and values together.
const MOST_METADATA: usize = 1024;

/// The instances of all services, by service, address and port.
#[derive(Default)]
pub(super) struct Instances(Mutex<BTreeMap<(String, String, String), Instance>>);

struct Instance {
    metadata: BTreeMap<String, String>,
    ends: Instant,
}

// === impl Instances ===

impl Instances {
    /// Answers by the API of 1.x.
    pub(super) fn first(&self, asked: &Asked) -> Option<Said> {
        let call = asked.path.strip_prefix("/nacos/v1/ns/instance")?;
        Some(match (asked.method.as_str(), call) {
            ("GET", "/list") => Said::json(&json!({
                "name": format!("{GROUP}@@{}", asked.query["serviceName"]), "groupName": GROUP, "clusters": "",
                "cacheMillis": 10000, "hosts": self.listed(asked), "lastRefTime": 1, "checksum": "",
                "allIPs": false, "reachProtectionThreshold": false, "valid": true,
            })),
            ("POST" | "DELETE", "") => match self.change(asked) {
                Ok(()) => Said::text(200, "ok"),
                Err(why) => Said::text(400, format!("caused: {why};")),
            },
            _ => Said::text(404, "No endpoint"),
        })
    }

    /// Answers by the API for clients of 3.x.
    pub(super) fn third(&self, asked: &Asked) -> Option<Said> {
        let call = asked.path.strip_prefix("/nacos/v3/client/ns/instance")?;
        let done = |data: Value| Said::json(&json!({"code": 0, "message": "success", "data": data}));
        Some(match (asked.method.as_str(), call) {
            ("GET", "/list") => done(self.listed(asked)),
            ("POST" | "DELETE", "") => match self.change(asked) {
                Ok(()) => done("ok".into()),
                Err(why) => {
                    let refusal = json!({"code": 10000, "message": "parameter missing", "data": why});
                    Said::text(400, refusal.to_string())
                }
            },
            _ => Said::text(404, "No endpoint"),
        })
    }

    fn listed(&self, asked: &Asked) -> Value {
        assert_eq!((asked.query["groupName"].as_str(), asked.query["healthyOnly"].as_str()), (GROUP, "true"));
        let mut all = self.0.lock().unwrap();
        all.retain(|_, instance| Instant::now() < instance.ends);
        let ours = all.iter().filter(|((service, ..), _)| *service == asked.query["serviceName"]);
        ours.map(|((_, ip, port), instance)| {
            json!({"ip": ip, "port": port.parse::<u16>().unwrap(), "weight": 1.0, "healthy": true,
                "enabled": true, "ephemeral": true, "clusterName": "DEFAULT", "metadata": instance.metadata})
        })
        .collect()
    }

    fn change(&self, asked: &Asked) -> Result<(), String> {
        // A servlet takes a form from POST only.
        let form = if asked.method == "POST" { asked.form() } else { asked.query.clone() };
        assert_eq!((form["groupName"].as_str(), form["ephemeral"].as_str()), (GROUP, "true"));
        let place = (form["serviceName"].clone(), form["ip"].clone(), form["port"].clone());
        let mut all = self.0.lock().unwrap();
        if asked.method == "DELETE" {
            all.remove(&place);
            return Ok(());
        }
        let metadata: BTreeMap<String, String> = serde_json::from_str(&form["metadata"]).unwrap();
        let length: usize = metadata.iter().map(|(key, value)| key.len() + value.len()).sum();
        if length > MOST_METADATA {
            return Err(format!(
                "Param 'Metadata' is illegal, the param length should not exceed {MOST_METADATA}."
            ));
        }
        let millis = |name: &str| Duration::from_millis(metadata[name].parse().unwrap());
        let ends = Instant::now() + millis("preserved.heart.beat.timeout");
        assert!(millis("preserved.heart.beat.interval") < millis("preserved.ip.delete.timeout"));
        all.insert(place, Instance { metadata, ends });
        Ok(())
    }
}
