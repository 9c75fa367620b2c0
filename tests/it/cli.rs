//! The commands, as scripts and people meet them.

mod offline;
mod probed;
mod running;
