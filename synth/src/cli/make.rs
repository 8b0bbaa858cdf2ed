//! The command that updates `out/`, as people type it in this project.

use std::path::Path;

use synth::files;

/// The names of a file that `make` reads, in its order.
const MAKEFILES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];

/// Returns `make synth` where a Makefile has that target, which may do more than write `out/`; otherwise `synth`.
pub(super) fn command() -> &'static str {
    if has_target("synth") { "make synth" } else { "synth" }
}

/// Returns `make try` where a Makefile has that target.
pub(super) fn try_target() -> Option<&'static str> {
    has_target("try").then_some("make try")
}

fn has_target(target: &str) -> bool {
    let makefile = MAKEFILES.iter().find_map(|name| files::text(Path::new(name)).ok());
    makefile.is_some_and(|text| text.lines().any(|line| is_target(line, target)))
}

/// Whether a line defines a target, and not a variable of that name.
fn is_target(line: &str, name: &str) -> bool {
    let Some((targets, rest)) = line.split_once(':').filter(|_| !line.starts_with(['\t', '#'])) else { return false };
    let is_assignment = rest.trim_start_matches(':').starts_with('=');
    !is_assignment && !targets.contains('=') && targets.split_whitespace().any(|target| target == name)
}
