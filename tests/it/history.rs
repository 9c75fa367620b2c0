//! Who changed what and when outlives the router, and tells no secret.

mod authors;
