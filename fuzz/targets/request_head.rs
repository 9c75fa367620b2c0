//! What a client sends on a connection.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchbay::fuzzing::request_head(bytes));
