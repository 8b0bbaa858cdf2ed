//! This project's own repository: where releases and the handler library come from.

/// The account in [`address`] if it is not known. Nobody can register it on GitHub, so nothing of a stranger's is ever found
/// there.
pub const UNKNOWN_OWNER: &str = "<OWNER>";
/// What begins the address of a repository.
const GITHUB: &str = "https://github.com/";

/// The tag of this version's release.
pub const TAG: &str = concat!("v", env!("CARGO_PKG_VERSION"));

/// Returns the URL of the repository that this `synth` was built from. If its `Cargo.toml` does not name the repository, its
/// owner is [`UNKNOWN_OWNER`].
pub fn address() -> String {
    match env!("CARGO_PKG_REPOSITORY") {
        "" => format!("{GITHUB}{UNKNOWN_OWNER}/port-action-runner"),
        known => known.trim_end_matches('/').to_owned(),
    }
}

/// Whether a text has the address of a repository whose owner is not known.
pub fn is_unknown(text: &str) -> bool {
    text.contains(&format!("{GITHUB}{UNKNOWN_OWNER}/"))
}

/// Returns `OWNER/NAME` of an address on GitHub.
pub(super) fn name(address: &str) -> &str {
    address.strip_prefix(GITHUB).unwrap_or(address)
}
