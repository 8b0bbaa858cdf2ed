//! `synth schema` on the command line.

use crate::workspace::{Workspace, code, text};

#[test]
fn schema_writes_checks_and_prints() {
    let workspace = Workspace::new();
    let stale = workspace.synth(&["schema", "--check"]);
    assert_eq!(code(&stale), 1);
    assert_eq!(text(&stale.stderr), "error: `out/schema` is stale; run\n  synth schema\n");
    assert!(text(&stale.stdout).contains("+++ b/out/schema/blueprint.json"));

    // The rest of `out/` is not touched.
    workspace.synth(&["build"]);
    std::fs::remove_file(workspace.path().join("out/schema/synth.json")).unwrap();
    let written = workspace.synth(&["schema"]);
    assert_eq!((code(&written), text(&written.stderr).as_str()), (0, "wrote 1 file to `out/schema`\n"));
    assert!(workspace.files().contains(&"out/port/vm.json".to_owned()));
    assert_eq!(text(&workspace.synth(&["schema", "--check"]).stderr), "`out/schema` is up to date\n");

    for (arguments, title) in
        [(&["schema", "--stdout"][..], "Input file of synth"), (&["schema", "--stdout", "synth"], "synth.toml")]
    {
        let printed = workspace.synth(arguments);
        let schema: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
        assert_eq!((code(&printed), schema["title"].as_str()), (0, Some(title)));
    }
}
