//! Any text is signed or is not.
#![no_main]

use handler::signature::check;
use libfuzzer_sys::fuzz_target;
use model::plan::Signatures;

fuzz_target!(|data: &str| {
    let verdict = check(data, b"secret", Signatures::Required, 300, Some(1_713_277_889_000));
    assert!(verdict.is_err(), "nobody guesses a signature");
});
