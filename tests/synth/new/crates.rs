//! The crate with a team's own code, as `synth init --code` writes it.

use std::path::{Path, PathBuf};

use documents::{Findings, Source};
use model::Action;
use synth::scaffold::home::UNKNOWN_OWNER;
use synth::scaffold::runner::{FOLDER, Library, ask_for_code, files};
use toml::Table;

use crate::cases::folders;
use crate::root;

fn manifest(library: &Library) -> Table {
    files(library).unwrap()[Path::new("runner/Cargo.toml")].parse().unwrap()
}

#[test]
fn the_crate_is_whole() {
    let files = files(&Library::of_this_version()).unwrap();
    let names: Vec<String> = files.keys().map(|path| path.display().to_string()).collect();
    assert_eq!(names, ["runner/.gitignore", "runner/Cargo.toml", "runner/src/main.rs", "runner/tests/run.rs"]);
    assert!(files.keys().all(|path| path.starts_with(FOLDER)));
    let main = &files[Path::new("runner/src/main.rs")];
    let code = main.lines().filter(|line| !line.trim_start().starts_with("//") && !line.trim().is_empty());
    assert!(
        code.count() < 30 && main.contains("handler::start(|runner| runner.on(\"create_vm\", create_vm))"),
        "{main}"
    );
}

/// The function is deployed as this repository's own is.
#[test]
fn the_profile_is_that_of_the_workspace() {
    let workspace: Table = std::fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    let made = manifest(&Library::of_this_version());
    assert_eq!(made["profile"]["deploy"], workspace["profile"]["deploy"]);
    assert_eq!(made["package"]["edition"], workspace["workspace"]["package"]["edition"]);
    assert_eq!(made["bin"][0]["name"].as_str(), Some("bootstrap"));
}

#[test]
fn both_dependencies_are_from_one_library() {
    let known = Library::Git { url: "https://example.com/a/b".to_owned(), tag: "v1.2.3".to_owned() };
    let awkward = Library::Checkout(PathBuf::from("/home/o'neill \"x\"/{{ a }}\\b"));
    for (library, key, want) in [
        (Library::of_this_version(), "tag", &|_: &str| format!("v{}", env!("CARGO_PKG_VERSION"))),
        (known, "git", &|_: &str| "https://example.com/a/b".to_owned()),
        (awkward, "path", &|name: &str| format!("/home/o'neill \"x\"/{{{{ a }}}}\\b/{name}")),
    ] as [(Library, &str, &dyn Fn(&str) -> String); 3]
    {
        let made = manifest(&library);
        assert_eq!(made["dependencies"]["handler"][key].as_str(), Some(want("handler").as_str()));
        assert_eq!(made["dev-dependencies"]["local"][key].as_str(), Some(want("local").as_str()));
    }
    let url = manifest(&Library::of_this_version())["dependencies"]["handler"]["git"].to_string();
    assert_eq!(url.contains(UNKNOWN_OWNER), env!("CARGO_PKG_REPOSITORY").is_empty(), "{url}");
}

/// Whatever an action says, it asks for code afterwards, and nothing else of the file changes.
#[test]
fn any_action_can_ask_for_code() {
    let actions = |text: &str| -> Vec<(String, Action)> {
        let source = Source::new(PathBuf::from("vm.json"), text);
        let catalog = documents::load(&source.into(), &mut Findings::default());
        catalog.actions().map(|(_, pointers, action)| (pointers.action.clone(), action.clone())).collect()
    };
    let mut asked = 0;
    for folder in folders(&root().join("tests/cases/build")).into_iter().chain([root().join("blueprints")]) {
        for source in synth::files::read(std::slice::from_ref(&folder)).unwrap() {
            let before = actions(&source.text);
            for (at, (pointer, _)) in before.iter().enumerate() {
                let changed = ask_for_code(&source.text, pointer).unwrap();
                let mut want = before.clone();
                want[at].1.code = true;
                assert_eq!(actions(&changed), want, "{}", source.path.display());
                assert_eq!(ask_for_code(&changed, pointer).unwrap(), changed, "asking twice changes nothing");
                asked += 1;
            }
        }
    }
    assert!(asked > 10, "{asked}");
    for (text, pointer) in [("{}", "/actions/0"), ("", ""), ("[1]", "/0"), ("nonsense", "/actions/0")] {
        assert_eq!(ask_for_code(text, pointer), None, "{text}");
    }
}
