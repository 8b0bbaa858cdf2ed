//! `synth new` on the command line.

use crate::workspace::{Workspace, code, text};

#[test]
fn new_never_overwrites_and_writes_only_clean_files() {
    let workspace = Workspace::new();
    let vm = workspace.path().join("blueprints/vm.json");
    let before = std::fs::read_to_string(&vm).unwrap();

    let there = workspace.synth(&["new", "blueprint", "vm"]);
    assert_eq!(code(&there), 1);
    assert_eq!(text(&there.stderr), "error: blueprint `vm` is already in `blueprints/vm.json`\n");
    std::fs::write(workspace.path().join("blueprints/box.json"), "{\"identifier\": \"other\"}").unwrap();
    let there = workspace.synth(&["new", "blueprint", "box"]);
    assert_eq!(code(&there), 1);
    assert_eq!(text(&there.stderr), "error: `blueprints/box.json` already exists; nothing was written\n");
    std::fs::remove_file(workspace.path().join("blueprints/box.json")).unwrap();

    let printed =
        workspace.synth(&["new", "action", "start_vm", "--blueprint", "vm", "--operation", "day-2", "--stdout"]);
    assert_eq!(code(&printed), 0, "{}", text(&printed.stderr));
    assert_eq!(std::fs::read_to_string(&vm).unwrap(), before, "--stdout writes nothing");
    let added = workspace.synth(&["new", "action", "start_vm", "--blueprint", "vm", "--operation", "DAY-2"]);
    assert_eq!(code(&added), 0);
    let after = std::fs::read_to_string(&vm).unwrap();
    assert_eq!(text(&printed.stdout), after);
    assert!(before.lines().all(|line| after.contains(line)), "every line is kept");
    assert_eq!(text(&workspace.synth(&["check"]).stderr), "1 blueprint, 4 actions: no errors\n");

    for (arguments, want) in [
        (&["start_vm", "--blueprint", "vm"][..], "error: action `start_vm` is already in `blueprints/vm.json`\n"),
        (&["create_vm", "--blueprint", "vm"], "error: action `create_vm` is already in `blueprints/vm.json`\n"),
        (&["x", "--blueprint", "vn"], "error: blueprint `vn` is not in `blueprints`\n  help: did you mean `vm`?\n"),
        (
            &["a b", "--blueprint", "vm"],
            "error: `a b` contains a space; only letters, digits and the characters @ _ . + : = - are allowed\n",
        ),
    ] {
        let output = workspace.synth(&[&["new", "action", "--operation", "CREATE"], arguments].concat());
        assert_eq!((code(&output), text(&output.stderr).as_str()), (1, want));
    }
    std::fs::write(&vm, after.replace("\"cpu_cores\": \"{{", "\"cpus\": \"{{")).unwrap();
    let broken = workspace.synth(&["new", "action", "stop_vm", "--blueprint", "vm", "--operation", "DAY-2"]);
    assert_eq!(code(&broken), 1);
    assert!(text(&broken.stderr).contains("nothing was written"), "{}", text(&broken.stderr));
    assert!(!std::fs::read_to_string(&vm).unwrap().contains("stop_vm"));
}

#[test]
fn new_works_in_an_empty_folder() {
    let workspace = Workspace::empty();
    assert_eq!(code(&workspace.synth(&["new", "blueprint", "a/b"])), 0);
    let action = workspace.synth(&["new", "action", "make", "--blueprint", "a/b", "--operation", "CREATE"]);
    assert_eq!(code(&action), 0, "{}", text(&action.stderr));
    assert_eq!(code(&workspace.synth(&[])), 0);
    assert_eq!(
        workspace.files(),
        [
            "blueprints/a_b.json",
            "out/plan.json",
            "out/port/a_b.json",
            "out/runner/bootstrap",
            "out/runner/plan.json",
            "out/schema/blueprint.json",
            "out/schema/synth.json",
            "out/template.yaml"
        ]
    );
}
