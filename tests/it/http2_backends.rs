//! Backends that choose HTTP/2.

mod answers;
mod faults;
mod sharing;
