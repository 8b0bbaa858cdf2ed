//! Actions whose work is a team's own code, and the function that has it.

use synth::scaffold::runner::ask_for_code;

use crate::workspace::Workspace;

/// A folder with the example, whose first action has code.
fn with_code(settings: &str) -> Workspace {
    let workspace = Workspace::new();
    let blueprint = workspace.path().join("blueprints/vm.json");
    let text = std::fs::read_to_string(&blueprint).unwrap();
    std::fs::write(blueprint, ask_for_code(&text, "/actions/0").unwrap()).unwrap();
    std::fs::write(workspace.path().join("synth.toml"), settings).unwrap();
    workspace
}

/// The function of `synth` would report SUCCESS for runs whose work it does not do.
#[test]
fn the_stock_function_is_refused_where_the_plan_needs_code() {
    for settings in ["", "runtime = \"stock\"\n"] {
        let workspace = with_code(settings);
        for command in [&["check"][..], &["build"], &["build", "--check"], &["build", "--stdout"], &["graph"]] {
            let output = workspace.synth(command);
            let said = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{command:?}: {said}");
            assert!(
                said.contains("needs-cargo-runtime") && said.contains("code of your own for action `create_vm`"),
                "{said}"
            );
        }
        assert!(!workspace.path().join("out").exists(), "nothing was written");
    }
    let said = with_code("runtime = \"crate\"\n").synth(&["check"]).stderr;
    assert!(String::from_utf8_lossy(&said).contains("unknown value `crate`; use `stock` or `cargo`"));
}
