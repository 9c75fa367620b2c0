//! Every way of saving is seen, no half state ever serves, and what can't be seen is said.

mod by_rename;
mod ends;
mod in_place;
mod links;
mod mounts;
mod several_files;
mod without_events;
