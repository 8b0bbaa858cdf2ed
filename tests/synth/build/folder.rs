//! `synth build` writes only in its own folder, never through a link, and all of it or nothing.

use std::os::unix::fs::symlink;
use std::process::{Command, Output};

use crate::function;
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

/// A merge, an editor or a full disk did that to it. What is in the way is named, and its removal is the way out.
#[test]
fn a_template_that_was_changed_at_its_start_is_named() {
    let workspace = Workspace::new();
    assert_eq!(code(&workspace.synth(&[])), 0);
    let path = workspace.path().join("out/template.yaml");
    let whole = std::fs::read_to_string(&path).unwrap();
    for start in ["<<<<<<< HEAD\n", "\u{feff}", "# mine\n", "\0"] {
        std::fs::write(&path, format!("{start}{whole}")).unwrap();
        refused(&workspace.synth(&[]), "remove `out/template.yaml`");
        assert!(std::fs::read_to_string(&path).unwrap().starts_with(start));
    }
    std::fs::write(&path, "").unwrap();
    refused(&workspace.synth(&[]), "remove `out/template.yaml`");
    std::fs::remove_file(&path).unwrap();
    assert_eq!(code(&workspace.synth(&[])), 0);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), whole);
}

/// A pipe never answers, and a device has no end.
#[test]
fn what_is_not_a_regular_file_is_not_read() {
    let workspace = Workspace::new();
    let pipe = workspace.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    symlink("/dev/zero", workspace.path().join("zero")).unwrap();
    for name in ["pipe", "zero"] {
        for arguments in [
            &["build", "--function", name][..],
            &["--check", "--function", name],
            &["build", "--config", name],
            &["build", "--overrides", name],
            &["try", "delete_vm", "--entity", "x", "--function", name],
            &["try", "create_vm", "--inputs", name],
            &["filter-test", name],
            &["port", "apply", name],
        ] {
            let mut command = workspace.command(arguments);
            command.env("PORT_CLIENT_ID", "x").env("PORT_CLIENT_SECRET", "x").env("PORT_API_URL", "http://127.0.0.1:9");
            let output = command.output().unwrap();
            let error = text(&output.stderr);
            assert!(
                error.contains("not a regular file") || error.contains("it is not a file"),
                "{arguments:?}: {error}"
            );
        }
        for file in ["Makefile", "runner/Cargo.toml", "credentials.toml"] {
            let workspace = Workspace::new();
            let path = workspace.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            match name {
                "pipe" => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
                _ => symlink("/dev/zero", &path).unwrap(),
            }
            std::fs::write(workspace.path().join("synth.toml"), "runtime = \"cargo\"\n").unwrap();
            let credentials = workspace.path().join("credentials.toml");
            for arguments in [&["build"][..], &["--check"], &["port", "plan", "--profile", "x"]] {
                let mut command = workspace.command(arguments);
                command.env_remove("SYNTH_FUNCTION").env("PORT_CREDENTIALS_FILE", &credentials);
                // It ends.
                assert_ne!(code(&command.output().unwrap()), 0, "{file} {arguments:?}");
            }
        }
    }
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
            let is_file = link.contains('.') || link.ends_with("bootstrap");
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
    for (limit, built, trap) in
        [(4, false, true), (20, false, false), (4, true, false), (20, true, true), (1, false, false), (1, true, false)]
    {
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
        // By default, the signal of the limit ends a process.
        let trap = if trap { "trap '' XFSZ; " } else { "" };
        let script = format!("{trap}ulimit -f {limit}; exec '{synth}'");
        let mut limited = Command::new("bash");
        limited.args(["-c", &script]).current_dir(workspace.path()).env("SYNTH_FUNCTION", function::file());
        let output = limited.output().unwrap();
        refused(&output, "nothing was changed: File too large");
        assert!(!text(&output.stderr).contains(".synth-"), "{}", text(&output.stderr));
        let after: Vec<(String, Vec<u8>)> =
            workspace.files().into_iter().map(|file| (file.clone(), read(&file))).collect();
        assert!(before == after, "{limit} {built}");
    }
}

/// What a killed process left is removed by the next, whether or not that has something to write. Nothing else is.
#[test]
fn leftovers_of_killed_processes_are_removed() {
    let workspace = Workspace::new();
    let at = |name: &str| workspace.path().join(name);
    for changes in [true, false] {
        std::fs::create_dir_all(at("out/.synth-aB3xY9/below")).unwrap();
        std::fs::write(at("out/.synth-aB3xY9/0"), "half").unwrap();
        std::fs::write(at("out/.synth-cD5zW0"), "half").unwrap();
        std::fs::write(at("out/.synth-notes.txt"), "theirs").unwrap();
        std::fs::create_dir_all(at("out/.synth")).unwrap();
        let elsewhere = Workspace::empty();
        std::fs::write(elsewhere.path().join("kept"), "").unwrap();
        let link = at("out/.synth-link00");
        symlink(elsewhere.path(), &link).unwrap();
        assert_eq!(code(&workspace.synth(&["--check"])), i32::from(changes));
        assert!(at("out/.synth-aB3xY9").exists(), "--check changes nothing");
        let output = workspace.synth(&[]);
        assert_eq!(text(&output.stderr).contains("wrote 7 files"), changes, "{}", text(&output.stderr));
        let left: Vec<bool> =
            ["aB3xY9", "cD5zW0", "notes.txt"].map(|end| at(&format!("out/.synth-{end}")).exists()).into();
        assert_eq!(left, [false, false, true]);
        assert!(link.is_symlink() && at("out/.synth").exists());
        assert_eq!(elsewhere.files(), ["kept"]);
        std::fs::remove_file(&link).unwrap();
    }
    // Also those of an upgrade, which are beside the files.
    std::fs::write(at("blueprints/.synth-aB3xY9"), "half").unwrap();
    assert_eq!(code(&workspace.synth(&["upgrade"])), 0);
    assert!(!at("blueprints/.synth-aB3xY9").exists());
}

/// Several processes that write the same folder do not disturb each other.
#[test]
fn writers_take_turns() {
    for _ in 0..5 {
        let workspace = Workspace::new();
        let start = || workspace.command(&[]).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let running: Vec<_> = (0..6).map(|_| start()).collect();
        for child in running {
            let output = child.wait_with_output().unwrap();
            assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        }
        assert_eq!(workspace.files(), [&["blueprints/vm.json"], &BUILT[..]].concat());
        assert_eq!(std::fs::read_dir(workspace.path().join("out")).unwrap().count(), 5, "nothing hidden is left");
    }
}

/// Whatever is in the way of the folder is named, with a way out.
#[test]
fn the_output_folder_must_be_a_folder() {
    let workspace = Workspace::new();
    std::fs::write(workspace.path().join("synth.toml"), "").unwrap();
    symlink("nowhere", workspace.path().join("dangling")).unwrap();
    let absolute = workspace.path().join("synth.toml/below").display().to_string();
    let through = workspace.path().join("dangling/below").display().to_string();
    for (out, words) in [
        ("synth.toml", "`synth.toml` is not a folder"),
        ("synth.toml/", "`synth.toml` is not a folder"),
        ("synth.toml/deep/out", "`synth.toml` is not a folder"),
        ("./synth.toml", "synth.toml` is not a folder"),
        (absolute.as_str(), "synth.toml` is not a folder"),
        ("/dev/null", "`/dev/null` is not a folder"),
        ("/dev/null/out", "`/dev/null` is not a folder"),
        ("dangling", "`dangling` is a link to something that does not exist"),
        ("dangling/", "`dangling` is a link to something that does not exist"),
        (through.as_str(), "dangling` is a link to something that does not exist"),
    ] {
        for arguments in [
            &["--out", out][..],
            &["--check", "--out", out],
            &["schema", "--out", out],
            &["schema", "--check", "--out", out],
        ] {
            let output = workspace.synth(arguments);
            refused(&output, words);
            refused(&output, "choose a different folder with --out");
        }
    }
    assert_eq!(workspace.files(), ["blueprints/vm.json", "dangling", "synth.toml"]);
}
