//! `synth build` writes only in its own folder, never through a link, and all of it or nothing.

use std::os::unix::fs::symlink;
use std::process::{Command, Output};

use crate::workspace::{BUILT, Workspace, code, text};

fn refused(output: &Output, words: &str) {
    let error = text(&output.stderr);
    assert_eq!((code(output), text(&output.stdout).as_str()), (2, ""), "{error}");
    assert!(error.starts_with("error: ") && error.contains(words), "{error}");
}

#[test]
fn input_and_output_are_separate() {
    let workspace = Workspace::new();
    let above = workspace.path().join("blueprints/../..").display().to_string();
    symlink("blueprints", workspace.path().join("alias")).unwrap();
    std::fs::create_dir(workspace.path().join("deep")).unwrap();
    for out in
        ["/", ".", "./", "blueprints", "blueprints/out", "blueprints/new/out", "deep/../blueprints", "deep/..", &above]
    {
        refused(&workspace.synth(&["--out", out]), "separate folders");
    }
    refused(&workspace.synth(&["--blueprints", "alias", "--out", "blueprints/out"]), "separate folders");
    refused(&workspace.synth(&["--blueprints", "blueprints/vm.json", "--out", "blueprints"]), "separate folders");
    assert_eq!(workspace.files(), ["alias/vm.json", "blueprints/vm.json"]);
    for out in ["out", "deep/out", "./new/out"] {
        assert_eq!(code(&workspace.synth(&["--out", out])), 0, "{out}");
    }
}

#[test]
fn folders_of_others_are_left_alone() {
    let workspace = Workspace::new();
    let folder = workspace.path().join("theirs");
    std::fs::create_dir_all(folder.join("port")).unwrap();
    for (name, content) in [("notes.txt", "mine"), ("template.yaml", "Resources: {}\n"), ("port.json", "{}")] {
        std::fs::write(folder.join(name), content).unwrap();
        for command in ["build", "schema"] {
            refused(&workspace.synth(&[command, "--out", "theirs"]), "synth did not write");
        }
        std::fs::remove_file(folder.join(name)).unwrap();
    }
    // Hidden files, and what a build makes, do not count.
    std::fs::write(folder.join(".gitignore"), "").unwrap();
    for arguments in [["schema", "--out", "theirs"], ["build", "--out", "theirs"], ["build", "--out", "theirs"]] {
        assert_eq!(code(&workspace.synth(&arguments)), 0, "{arguments:?}");
    }
    std::fs::write(folder.join("notes.txt"), "mine").unwrap();
    assert_eq!(code(&workspace.synth(&["--out", "theirs"])), 0, "a folder with our template is ours");
}

/// Whatever it leads to.
#[test]
fn nothing_is_written_or_removed_through_links() {
    let elsewhere = Workspace::empty();
    let document = std::fs::read_to_string(crate::root().join("out/port/vm.json")).unwrap();
    std::fs::write(elsewhere.path().join("precious.json"), &document).unwrap();
    std::fs::write(elsewhere.path().join("plan.json"), "kept").unwrap();
    for link in [&["out", "out/port", "out/runner", "out/schema"][..], &BUILT].concat() {
        for built in [false, true] {
            let workspace = Workspace::new();
            let path = workspace.path().join(link);
            if built {
                assert_eq!(code(&workspace.synth(&[])), 0);
                std::fs::rename(&path, workspace.path().join("old")).unwrap();
            }
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            let is_file = link.contains('.');
            symlink(elsewhere.path().join(if is_file { "plan.json" } else { "" }), &path).unwrap();
            refused(&workspace.synth(&[]), &format!("`{link}` is a link"));
            refused(&workspace.synth(&["--out", "out/"]), &format!("`{link}` is a link"));
            if built && link != "out" {
                refused(&workspace.synth(&["--check"]), &format!("`{link}` is a link"));
            }
        }
    }
    assert_eq!(elsewhere.files(), ["plan.json", "precious.json"]);
    assert_eq!(std::fs::read_to_string(elsewhere.path().join("plan.json")).unwrap(), "kept");
}

#[test]
fn only_documents_of_ours_are_removed() {
    let workspace = Workspace::new();
    assert_eq!(code(&workspace.synth(&[])), 0);
    let port = workspace.path().join("out/port");
    for (name, content) in
        [("notes.json", "{\"a\": 1}"), ("broken.json", "{"), ("list.json", "[1]"), ("empty.json", ""), ("vm.txt", "")]
    {
        std::fs::write(port.join(name), content).unwrap();
    }
    std::fs::create_dir(port.join("folder.json")).unwrap();
    std::fs::write(workspace.path().join("out/schema/theirs.json"), "{}").unwrap();
    std::fs::copy(port.join("vm.json"), port.join("gone.json")).unwrap();
    symlink("vm.json", port.join("link.json")).unwrap();
    let before = workspace.files();
    assert_eq!(text(&workspace.synth(&[]).stderr), "1 blueprint, 3 actions: wrote 1 file to `out`\n");
    let after = workspace.files();
    let gone: Vec<&String> = before.iter().filter(|file| !after.contains(file)).collect();
    assert_eq!(gone, ["out/port/gone.json"]);
    assert_eq!(code(&workspace.synth(&["--check"])), 0);
}

/// With a limit on the size of files, as on a full disk: the small files fit, the large ones do not.
#[test]
fn a_full_disk_changes_nothing() {
    for (limit, built) in [(4, false), (20, false), (4, true), (20, true)] {
        let workspace = Workspace::new();
        if built {
            assert_eq!(code(&workspace.synth(&[])), 0);
            for file in BUILT {
                let path = workspace.path().join(file);
                let old = std::fs::read_to_string(&path).unwrap() + "\n";
                std::fs::write(path, old).unwrap();
            }
        }
        let read = |file: &String| std::fs::read(workspace.path().join(file)).unwrap();
        let before: Vec<(String, Vec<u8>)> =
            workspace.files().into_iter().map(|file| (file.clone(), read(&file))).collect();
        let synth = env!("CARGO_BIN_EXE_synth");
        let script = format!("trap '' XFSZ; ulimit -f {limit}; exec '{synth}'");
        let output = Command::new("bash").args(["-c", &script]).current_dir(workspace.path()).output().unwrap();
        refused(&output, "nothing was changed: File too large");
        assert!(!text(&output.stderr).contains(".synth-"), "{}", text(&output.stderr));
        let after: Vec<(String, Vec<u8>)> =
            workspace.files().into_iter().map(|file| (file.clone(), read(&file))).collect();
        assert!(before == after, "{limit} {built}");
    }
}
