//! Why a change can't be written.

use thiserror::Error;

use crate::config::Problems;

/// Why a change can't be written. No document was touched.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EditError {
    /// A document can't be read at all.
    #[error("the documents can't be read, so nothing can be edited in them:\n{0}")]
    Unreadable(Problems),
    /// No model has this name or alias.
    #[error("no model has the name `{name}`; {hint}")]
    UnknownModel {
        /// The name.
        name: String,
        /// Which was probably meant.
        hint: String,
    },
    /// No backend has this name.
    #[error("no backend has the name `{name}`; {hint}")]
    UnknownBackend {
        /// The name.
        name: String,
        /// Which was probably meant.
        hint: String,
    },
    /// The target is a model.
    #[error("`{name}` is a model; a target is a backend or a URL")]
    IsModel {
        /// The name.
        name: String,
    },
    /// The name of one address out of a pool where a whole backend is needed.
    #[error(
        "`{name}` is one address of the pool `{pool}`; name the pool, or give the address a backend of its own"
    )]
    PoolMember {
        /// The name.
        name: String,
        /// The backend that it belongs to.
        pool: String,
    },
    /// A `.env` knows addresses only.
    #[error("a .env names targets by their address; write `{name}` as http://HOST:PORT/v1")]
    NeedsUrl {
        /// What was given.
        name: String,
    },
    /// A `.env` has no states.
    #[error(
        "the .env has no backends that could be taken out of service; point the model elsewhere, or write a routes.yaml"
    )]
    NoStates,
    /// A value that can't be meant.
    #[error("{0}")]
    BadValue(&'static str),
    /// The value is shared by an anchor in a way that can't be undone by a line.
    #[error("this value stands in the anchor `{anchor}`, which others use too; write it out for them first")]
    Shared {
        /// The anchor, with its `&`.
        anchor: String,
    },
    /// The edit would have changed something else too, or not what was asked for.
    #[error("this value can't be changed without touching others; edit the document by hand")]
    NotFaithful,
}
