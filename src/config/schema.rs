//! The grammar of `routes.yaml` for editors.

/// Returns the JSON Schema (draft-07) by which editors complete and check `routes.yaml`.
#[must_use]
pub fn schema() -> &'static str {
    include_str!("routes.schema.json")
}
