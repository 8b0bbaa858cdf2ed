//! Hostile input for [`fuzz::document`].
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| fuzz::document(data));
