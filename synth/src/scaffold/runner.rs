//! The crate with a team's own code, as `synth init --code` writes it: what the example's `create_vm` does, and a test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use documents::source::OPTIONS;
use documents::style;
use jsonc_parser::cst::{CstInputValue, CstRootNode};
use serde_json::json;
use toml::Value;

use super::render;

/// The crate's folder, next to `synth.toml`.
pub const FOLDER: &str = "runner";
/// The account in the URL of a [`Library::Git`] that is not known. `synth build` refuses it.
pub const UNKNOWN_OWNER: &str = "OWNER";
/// What begins the address of a repository.
const GITHUB: &str = "https://github.com/";

/// Where the crate gets the handler library from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Library {
    /// A tag in a Git repository.
    Git {
        /// The repository's URL.
        url: String,
        /// The tag.
        tag: String,
    },
    /// A checkout of this project: an absolute path, or one from the crate's folder.
    Checkout(PathBuf),
}

impl Library {
    /// Returns the tag of this version in the repository that this `synth` was built from. If its `Cargo.toml` does not
    /// name the repository, its owner is [`UNKNOWN_OWNER`].
    pub fn of_this_version() -> Self {
        let url = match env!("CARGO_PKG_REPOSITORY") {
            "" => format!("{GITHUB}{UNKNOWN_OWNER}/port-action-runner"),
            known => known.to_owned(),
        };
        Self::Git { url, tag: concat!("v", env!("CARGO_PKG_VERSION")).to_owned() }
    }

    /// Whether somebody has to say which repository it is.
    pub fn is_unknown(&self) -> bool {
        matches!(self, Self::Git { url, .. } if is_unknown(url))
    }

    /// Returns the keys of a dependency on one of the project's crates.
    fn keys(&self, name: &str) -> String {
        let text = |text: &str| Value::String(text.to_owned()).to_string();
        match self {
            Self::Git { url, tag } => format!("git = {}, tag = {}", text(url), text(tag)),
            Self::Checkout(root) => format!("path = {}", text(&root.join(name).to_string_lossy())),
        }
    }
}

/// Whether a text has the address of a repository whose owner is not known.
pub fn is_unknown(text: &str) -> bool {
    text.contains(&format!("{GITHUB}{UNKNOWN_OWNER}/"))
}

/// Returns the crate's files by their paths from the folder with `synth.toml`. They fit the example in `blueprints/vm.json`
/// once [`ask_for_code`] has changed its first action.
///
/// # Errors
/// If the Handlebars template is broken, which a test would find.
pub fn files(library: &Library) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let context = json!({ "handler": library.keys("handler"), "local": library.keys("local") });
    let manifest = render(include_str!("runner/Cargo.toml.hbs"), &context)?;
    let files = [
        ("Cargo.toml", manifest),
        (".gitignore", "/target\n".to_owned()),
        ("src/main.rs", include_str!("runner/src/main.rs").to_owned()),
        ("tests/run.rs", include_str!("runner/tests/run.rs").to_owned()),
    ];
    Ok(files.into_iter().map(|(path, text)| (Path::new(FOLDER).join(path), text)).collect())
}

/// Sets `runner.code` of the action at a JSON Pointer in the text of an input file. `None` if there is no action.
pub fn ask_for_code(text: &str, action: &str) -> Option<String> {
    let tree = CstRootNode::parse(text, &OPTIONS).ok()?;
    let runner = style::at(&tree, action)?.as_object()?.object_value_or_create("runner")?;
    match runner.get("code") {
        Some(code) => code.set_value(CstInputValue::Bool(true)),
        None => drop(runner.insert(0, "code", CstInputValue::Bool(true))),
    }
    Some(tree.to_string())
}
