//! The commands, as scripts and people meet them.

mod chat;
mod doctor;
mod offline;
mod probed;
mod running;
