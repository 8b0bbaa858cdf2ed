//! Hostile input for [`fuzz::event`].
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| fuzz::event(data));
