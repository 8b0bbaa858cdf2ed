//! Hostile input for [`fuzz::difference`].
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &str| fuzz::difference(data));
