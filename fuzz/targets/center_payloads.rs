//! What a config center answers; the first byte says which center.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchbay::fuzzing::center_payloads(bytes));
