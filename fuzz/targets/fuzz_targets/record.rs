//! Hostile input for [`fuzz::record`].
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| fuzz::record(data));
