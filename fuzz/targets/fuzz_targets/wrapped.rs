//! Hostile input for [`fuzz::wrapped`].
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| fuzz::wrapped(data));
