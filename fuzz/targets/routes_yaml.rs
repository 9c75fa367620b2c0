//! `routes.yaml`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchbay::fuzzing::routes_yaml(bytes));
