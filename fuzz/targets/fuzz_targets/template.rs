//! Hostile input for [`fuzz::template`].
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| fuzz::template(data));
