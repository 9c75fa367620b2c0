//! The JSON schema (draft-07) of routes.yaml, by which editors complete and check.

/// The schema as text. It accepts what [`build`](super::build) accepts, as far as a schema can tell:
/// names that nothing has, cycles and addresses are left to the build.
pub const SCHEMA: &str = include_str!("routes.schema.json");
