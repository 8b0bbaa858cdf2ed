//! The crate with a team's own code, as `synth init --code` writes it: what the example's `create_vm` does, and a test.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use documents::source::OPTIONS;
use documents::style;
use jsonc_parser::cst::{CstInputValue, CstRootNode};
use serde_json::json;
use toml::Value;

use super::{home, render};

/// The crate's folder, next to `synth.toml`.
pub const FOLDER: &str = "runner";

/// Its manifest.
pub const MANIFEST: &str = "runner/Cargo.toml";

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
    /// Returns the tag of this version in the repository that this `synth` was built from.
    pub fn of_this_version() -> Self {
        Self::Git { url: home::address(), tag: home::TAG.to_owned() }
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
