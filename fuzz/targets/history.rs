//! A file of the history: a generation, or the audit.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchbay::fuzzing::history(bytes));
