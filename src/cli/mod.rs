//! The commands, one verb a file.
//!
//! A verb gets its arguments and a console and returns how it ended. The result goes to standard
//! output and all talk to standard error, so that scripts can read the one and people the other.

mod admin_port;
mod age;
mod apply;
mod args;
mod ask;
mod backends;
mod center;
mod change;
mod chat;
mod check;
mod completion;
mod console;
mod demo;
mod diff;
mod doctor;
mod documents;
mod drain;
mod env;
mod exit;
mod explain;
mod fleet;
mod greeting;
mod history;
mod init;
mod ls;
mod man;
mod models;
mod names;
mod openapi;
mod owner;
mod ps;
mod pull;
mod push;
mod ramp;
mod reload;
mod replay;
mod rollback;
mod run;
mod schema;
mod show;
mod start;
mod status;
mod switch;
mod table;
mod top;
mod two_phase;
mod version;
mod wait;
mod weight;

pub use start::start;
