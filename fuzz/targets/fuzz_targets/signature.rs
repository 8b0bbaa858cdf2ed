//! Hostile input for [`fuzz::signature`].
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| fuzz::signature(data));
