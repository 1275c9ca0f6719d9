#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| cuckoo_fuzz::targets::status(bytes));
