//! `params`, `repair` and `mirror` as they are written.

use serde_yaml::{Mapping, Value};

use crate::table::{Mirror, Params, Rename, Repair, Setting};

use super::print::{json, name, text, word};

/// The key `params` of a model or backend.
pub(super) fn params(params: &Params) -> Value {
    let mut fields = Mapping::new();
    let mut put = |key, value: Option<Value>| fields.extend(value.map(|value| (word(key), value)));
    put("rename", renames(&params.rename));
    let drop: Vec<Value> = params.drop.iter().map(|dropped| text(dropped)).collect();
    put("drop", (!drop.is_empty()).then_some(Value::Sequence(drop)));
    put("default", settings(&params.default));
    put("set", settings(&params.set));
    put("answers", renames(&params.answers));
    Value::Mapping(fields)
}

/// The key `repair` of a model; `None` where nothing is mended.
pub(super) fn repair(repair: Repair) -> Option<Value> {
    let words: Vec<Value> = repair.words().map(word).collect();
    (!words.is_empty()).then_some(Value::Sequence(words))
}

/// The key `mirror` of a model.
pub(super) fn mirror(mirror: &Mirror) -> Value {
    let share = text(&format!("{}%", mirror.share.percent()));
    Value::Mapping([(word("to"), text(&mirror.tier.label)), (word("share"), share)].into_iter().collect())
}

fn renames(renames: &[Rename]) -> Option<Value> {
    let entries: Mapping = renames.iter().map(|rename| (name(&rename.from), text(&rename.to))).collect();
    (!entries.is_empty()).then_some(Value::Mapping(entries))
}

fn settings(settings: &[Setting]) -> Option<Value> {
    let value = |setting: &Setting| json(serde_json::from_slice(&setting.value).unwrap_or_default());
    let entries: Mapping = settings.iter().map(|setting| (name(&setting.name), value(setting))).collect();
    (!entries.is_empty()).then_some(Value::Mapping(entries))
}
