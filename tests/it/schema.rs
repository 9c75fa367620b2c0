//! The schema that editors complete by says what the compiler says.

use std::collections::BTreeSet;

use patchbay::config::{Document, Format, SCHEMA, Vars, build};
use serde_json::Value;

/// Where each object of the schema stands in a table, with a place for one more line.
const OBJECTS: &[(&str, &str, &str)] = &[
    ("/properties", "KEY", "top level"),
    ("/definitions/model/anyOf/1/properties", "models:\n  m:\n    KEY", "a model"),
    ("/definitions/rule/properties", "models:\n  m:\n    when:\n    - KEY", "a rule"),
    ("/definitions/backend/anyOf/1/properties", "backends:\n  b:\n    KEY", "a backend"),
    ("/definitions/hook/anyOf/1/properties", "backends:\n  b:\n    prepare:\n      KEY", "a hook"),
    ("/definitions/tls/properties", "backends:\n  b:\n    tls:\n      KEY", "tls"),
    ("/definitions/defaults/properties", "defaults:\n  KEY", "defaults"),
    ("/definitions/mirror/properties", "models:\n  m:\n    mirror:\n      KEY", "mirror"),
    ("/definitions/params/properties", "backends:\n  b:\n    params:\n      KEY", "params"),
    ("/definitions/server/properties", "server:\n  KEY", "server"),
    ("/definitions/caller/anyOf/1/properties", "keys:\n  me:\n    KEY", "a caller"),
    ("/definitions/strategy/anyOf/1/properties", "defaults:\n  strategy:\n    KEY", "strategy"),
    (
        "/definitions/strategy/anyOf/1/properties/sticky/properties",
        "defaults:\n  strategy:\n    sticky:\n      KEY",
        "sticky",
    ),
    (
        "/definitions/max_in_flight/anyOf/1/properties",
        "defaults:\n  max_in_flight:\n    KEY",
        "max_in_flight",
    ),
    ("/definitions/timeout/anyOf/1/properties", "defaults:\n  timeout:\n    KEY", "timeout"),
    ("/definitions/health/anyOf/2/properties", "defaults:\n  health:\n    KEY", "health"),
    ("/definitions/breaker/anyOf/1/properties", "defaults:\n  breaker:\n    KEY", "breaker"),
    ("/definitions/retry/anyOf/2/properties", "defaults:\n  retry:\n    KEY", "retry"),
    ("/definitions/server/properties/limits/properties", "server:\n  limits:\n    KEY", "limits"),
    ("/definitions/server/properties/tls/properties", "server:\n  tls:\n    KEY", "tls"),
    ("/definitions/server/properties/admin_tls/properties", "server:\n  admin_tls:\n    KEY", "admin_tls"),
];

/// Words that some object of the grammar might know.
fn all_words(schema: &Value) -> BTreeSet<String> {
    let of = |(path, _, _): &(&str, &str, &str)| schema.pointer(path).unwrap().as_object().unwrap().clone();
    let later = ["mirror", "repair", "params", "max_in_flight", "source", "budget", "nonsense"];
    let known = OBJECTS.iter().flat_map(|object| of(object).keys().cloned().collect::<Vec<_>>());
    known.chain(later.map(str::to_owned)).collect()
}

/// Tells whether the compiler knows a key here: unknown is E103, not supported yet is E107.
fn is_known(template: &str, key: &str) -> bool {
    let text = format!("{}: {{}}\n", template.replace("KEY", key));
    let document = Document {
        name: "routes.yaml".to_owned(),
        format: Format::Routes,
        content: text.into_bytes().into(),
    };
    let Err(problems) = build(&[document], &Vars::new()) else { return true };
    let said =
        |code| problems.all().iter().any(|p| p.code == code && p.message.contains(&format!("`{key}`")));
    !said("E103") && !said("E107")
}

#[test]
fn the_schema_has_the_keys_that_the_compiler_knows() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    for &(path, template, what) in OBJECTS {
        let properties = schema.pointer(path).unwrap().as_object().unwrap();
        for word in all_words(&schema) {
            // A model's map may hold any backend's name, so a lone unknown word is a target there.
            if what == "a model" && !properties.contains_key(&word) {
                continue;
            }
            assert_eq!(is_known(template, &word), properties.contains_key(&word), "`{word}` in {what}");
        }
    }
}

#[test]
fn every_object_of_the_schema_is_closed() {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    for &(path, _, what) in OBJECTS {
        let object = schema.pointer(path.strip_suffix("/properties").unwrap()).unwrap();
        assert_eq!(object["additionalProperties"], false, "{what}");
    }
}
