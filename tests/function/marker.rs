//! What the built programs say about themselves: in their bytes, and in the first line of their log.

use std::path::Path;
use std::time::Duration;

use model::marker::Marker;
use model::plan::VERSIONS;

use crate::function::{Function, example, lines};

/// `synth` reads the marker without running the program.
#[test]
fn each_program_on_the_library_has_a_marker_and_one_is_stock() {
    let architecture = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };
    for (program, stock) in [(Path::new(env!("CARGO_BIN_EXE_bootstrap")), true), (&example("misbehaving"), false)] {
        let (_, marker) = Marker::find(&std::fs::read(program).unwrap()).unwrap();
        let want = Marker {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            architecture: architecture.to_owned(),
            plans: VERSIONS,
            stock,
            digest: None,
        };
        assert_eq!(marker, want, "{}", program.display());
    }
}

#[test]
fn the_first_line_of_the_log_says_the_version() {
    let function = Function::new();
    assert!(function.process().wait_for_output("\n", Duration::from_secs(10)));
    let first = &lines(function.process())[0];
    assert_eq!(first["message"], "ready");
    assert_eq!(first["version"], env!("CARGO_PKG_VERSION"));
}
