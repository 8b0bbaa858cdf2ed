//! What this repository says about itself.

use synth::{Config, build, files};

use crate::root;
use crate::workspace::{BUILT, Workspace};

/// `out/` is checked in; it must be what `blueprints/` and `synth.toml` make of it.
#[test]
fn out_is_up_to_date() {
    let config = Config::load(&root().join("synth.toml"), true).unwrap().unwrap();
    let sources = files::read(&[root().join("blueprints")]).unwrap();
    let built = build(sources, &config).unwrap().2.unwrap();
    let difference = built.files().unwrap().difference(&root().join("out")).unwrap();
    assert!(difference.is_empty(), "run `make synth`:\n{difference}");
}

/// The comments of `synth.toml` promise that it holds the defaults.
#[test]
fn synth_toml_holds_the_defaults() {
    assert_eq!(Config::load(&root().join("synth.toml"), true).unwrap().unwrap(), Config::default());
}

/// Every parameter in `params.example.yaml` is one of the template, and with them it deploys.
#[test]
fn example_parameters_fit_the_template() {
    let template = std::fs::read_to_string(root().join("out/template.yaml")).unwrap();
    let template: serde_json::Value = serde_saphyr::from_str(&template).unwrap();
    let example = std::fs::read_to_string(root().join("params.example.yaml")).unwrap();
    let example: serde_json::Value = serde_saphyr::from_str(&example).unwrap();
    let parameters = template["Parameters"].as_object().unwrap();
    for name in example.as_object().unwrap().keys() {
        assert!(parameters.contains_key(name), "{name}");
    }
    for (name, parameter) in parameters {
        assert!(parameter.get("Default").is_some() || example.get(name).is_some(), "{name} has no value");
    }
}

/// A build leaves only what is to be checked in, and what somebody fills in with secrets stays out.
#[test]
fn builds_leave_nothing_that_is_not_checked_in() {
    let workspace = Workspace::new();
    std::fs::copy(root().join(".gitignore"), workspace.path().join(".gitignore")).unwrap();
    std::fs::copy(root().join("params.example.yaml"), workspace.path().join("params.example.yaml")).unwrap();
    workspace.init_git();
    assert!(workspace.synth(&[]).status.success());
    for built in ["out/runner/bootstrap", "params.yaml", ".aws-sam/build.toml", "target/release/synth"] {
        let path = workspace.path().join(built);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "built").unwrap();
    }
    let left = workspace.git(&["ls-files", "--others", "--exclude-standard"]);
    let kept = BUILT.into_iter().filter(|file| !file.starts_with("out/runner/"));
    assert_eq!(left.lines().collect::<Vec<_>>(), kept.collect::<Vec<_>>());
}
