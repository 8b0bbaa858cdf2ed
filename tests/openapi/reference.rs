//! Reference files outside this repository: documents that Port published (`CORPUS_DIR`), Port's description of its API
//! (`PORT_OPENAPI`), and signatures and ciphertexts of other programs (`VECTORS_DIR`). Each test that reads one also
//! runs on a smaller one of our own. With `REQUIRE_CORPUS=1`, which CI sets, a missing one is a failure.

use std::env;
use std::path::PathBuf;

/// Returns the path that a variable names, or `None` if it is not set and not required.
pub(crate) fn path(variable: &str) -> Option<PathBuf> {
    let named = env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
    match &named {
        Some(path) => assert!(path.exists(), "{variable} names `{}`, which does not exist", path.display()),
        None => assert!(
            env::var_os("REQUIRE_CORPUS").is_none_or(|required| required != "1"),
            "{variable} is not set, and REQUIRE_CORPUS=1 requires it"
        ),
    }
    named
}
