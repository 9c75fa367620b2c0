//! A `.env` that owns the table.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| patchbay::fuzzing::dotenv(bytes));
