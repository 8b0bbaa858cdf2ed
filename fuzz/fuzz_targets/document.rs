//! Any text is read and judged: no panic, no hang, and every finding can be shown.
#![no_main]

use std::path::PathBuf;

use libfuzzer_sys::fuzz_target;
use documents::{Source, finding};
use synth::judge;

fuzz_target!(|data: &str| {
    let source = Source::new(PathBuf::from("document.json"), data);
    let (_, findings) = judge(source.clone());
    let _ = finding::show(&findings, &source.into(), false);
});
