//! Where `synth init` writes: nothing that exists is touched, and all files are written or none.

use std::os::unix::fs::symlink;

use super::{ANSWERS, init, repository};
use crate::workspace::{Workspace, code, text};

fn write(workspace: &Workspace, file: &str, content: &str) {
    let path = workspace.path().join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

fn read(workspace: &Workspace, file: &str) -> String {
    std::fs::read_to_string(workspace.path().join(file)).unwrap()
}

#[test]
fn files_in_the_way_are_kept() {
    let workspace = Workspace::empty();
    write(&workspace, "README.md", "mine");
    write(&workspace, ".gitignore", "mine");
    write(&workspace, "blueprints/vm.json", "mine");
    let output = init(&workspace, &[]);
    let want = "error: 2 files are in the way; nothing was written
  .gitignore
  blueprints/vm.json
  help: choose a different folder, move them away, or keep them and write the others with --keep
";
    assert_eq!((code(&output), text(&output.stderr).as_str()), (1, want));
    assert_eq!(workspace.files(), [".gitignore", "README.md", "blueprints/vm.json"]);

    let output = init(&workspace, &["--keep"]);
    assert_eq!(code(&output), 0);
    let said = text(&output.stderr);
    assert!(
        said.starts_with(
            "wrote 12 files to `.`\nkept 2 files with other content:\n  .gitignore\n  blueprints/vm.json\n"
        ),
        "{said}"
    );
    assert_eq!(
        (read(&workspace, ".gitignore"), read(&workspace, "blueprints/vm.json")),
        ("mine".into(), "mine".into())
    );
    assert!(read(&workspace, "synth.toml").contains("version"));
}

/// Nothing is read from a pipe or a device to see whether it is the same.
#[test]
fn what_is_not_a_regular_file_is_in_the_way() {
    for target in ["pipe", "/dev/zero", "folder"] {
        let workspace = Workspace::empty();
        let path = workspace.path().join("synth.toml");
        match target {
            "pipe" => assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success()),
            "folder" => std::fs::create_dir(&path).unwrap(),
            _ => symlink(target, &path).unwrap(),
        }
        let output = init(&workspace, &[]);
        assert!(text(&output.stderr).contains("1 file is in the way; nothing was written\n  synth.toml\n"), "{target}");
        assert_eq!((code(&output), code(&init(&workspace, &["--keep"]))), (1, 0), "{target}");
    }
}

#[test]
fn a_link_to_nothing_is_named() {
    let workspace = Workspace::empty();
    symlink("absent", workspace.path().join("link")).unwrap();
    for folder in ["link", "link/below", "./link"] {
        let output = init(&workspace, &[folder]);
        let error = text(&output.stderr);
        assert!(error.contains("link` is a link to something that does not exist; remove it, or choose"), "{error}");
        assert_eq!(code(&output), 1);
    }
    assert_eq!(workspace.files(), ["link"]);
}

#[test]
fn the_same_answers_again_change_nothing() {
    let workspace = repository();
    let output = init(&workspace, &[]);
    assert_eq!(code(&output), 0);
    assert!(text(&output.stderr).starts_with("`.` has all 14 files already\n"), "{}", text(&output.stderr));
    let other = init(&workspace, &["--aws-region", "us-east-1"]);
    assert_eq!(code(&other), 1);
    assert!(
        text(&other.stderr)
            .starts_with("error: 3 files are in the way; nothing was written\n  .github/workflows/deploy.yml\n"),
        "{}",
        text(&other.stderr)
    );
}

/// Whatever is at a file's place: a folder, a link, something that cannot be read.
#[test]
fn anything_in_the_way_stops_all() {
    for (name, make) in [
        (
            "a folder",
            (|workspace: &Workspace| std::fs::create_dir_all(workspace.path().join("synth.toml")).unwrap())
                as fn(&Workspace),
        ),
        ("a link to nothing", |workspace| symlink("nowhere", workspace.path().join("samconfig.toml")).unwrap()),
        ("a file where a folder has to be", |workspace| write(workspace, ".github", "mine")),
        ("a link where a folder has to be", |workspace| {
            std::fs::create_dir(workspace.path().join("elsewhere")).unwrap();
            symlink("elsewhere", workspace.path().join("blueprints")).unwrap();
        }),
    ] {
        let workspace = Workspace::empty();
        make(&workspace);
        let before = workspace.files();
        let output = init(&workspace, &[]);
        assert_ne!(code(&output), 0, "{name}");
        assert!(text(&output.stderr).contains("nothing was written"), "{name}: {}", text(&output.stderr));
        assert_eq!(workspace.files(), before, "{name}");
    }
}

/// A disk that is full after some files, in a folder that did not exist.
#[test]
fn a_full_disk_leaves_nothing() {
    let workspace = Workspace::empty();
    for blocks in 1..8 {
        let command = format!(
            "ulimit -f {blocks}; exec '{}' init --yes {} new/runners",
            env!("CARGO_BIN_EXE_synth"),
            ANSWERS.join(" ")
        );
        let output =
            std::process::Command::new("bash").args(["-c", &command]).current_dir(workspace.path()).output().unwrap();
        let said = text(&output.stderr);
        assert!(code(&output) == 2 && said.contains("nothing was written to `new/runners`"), "{blocks}: {said}");
        assert!(!workspace.path().join("new").exists(), "{blocks}: {:?}", workspace.files());
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let workspace = Workspace::empty();
    write(&workspace, "file", "");
    for (folder, status, want) in [
        (
            "/proc/runners",
            2,
            "error: nothing was written to `/proc/runners`, which has to be a folder with space that you may write to: ",
        ),
        ("file/runners", 2, "error: nothing was written to `file/runners`"),
        ("file", 1, "error: `file` is not a folder; choose a different one\n"),
    ] {
        let output = init(&workspace, &[folder]);
        assert!(
            code(&output) == status && text(&output.stderr).starts_with(want),
            "{folder}: {}",
            text(&output.stderr)
        );
    }
    assert_eq!(workspace.files(), ["file"]);
}

#[test]
fn a_folder_inside_a_repository_is_refused() {
    for (around, kind) in
        [(".git/HEAD", "the git repository"), (".git", "the git repository"), ("synth.toml", "the project")]
    {
        let workspace = Workspace::empty();
        write(&workspace, around, "");
        let before = workspace.files();
        for folder in ["runners", "a/b", "./x/../y"] {
            let output = init(&workspace, &[folder]);
            let said = text(&output.stderr);
            assert_eq!(code(&output), 1, "{around} {folder}: {said}");
            assert!(
                said.contains(kind) && said.contains("nothing was written") && said.contains("`git init "),
                "{said}"
            );
        }
        assert_eq!(workspace.files(), before);
        // The way out that it names.
        workspace.git(&["init", "--quiet", "runners"]);
        assert_eq!(code(&init(&workspace, &["runners"])), 0);
    }
    let root = Workspace::empty();
    root.git(&["init", "--quiet"]);
    assert_eq!(code(&init(&root, &[])), 0, "the root of a repository is the right place");
}

/// A `.gitignore` that is kept may lack what keeps secrets and the function out of git.
#[test]
fn lines_that_a_kept_gitignore_lacks_are_named() {
    let ours = read(&repository(), ".gitignore");
    let lines: Vec<&str> = ours.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let heading = "Add these lines to .gitignore.";
    for (held, missing) in [
        ("target/\n".to_owned(), lines.as_slice()),
        ("target/\r\n *.secret.json \r\n/out/runner/\r\n".to_owned(), &lines[1..lines.len() - 1]),
        (format!("{ours}target/\n"), &[]),
    ] {
        let workspace = Workspace::empty();
        write(&workspace, ".gitignore", &held);
        let said = text(&init(&workspace, &["--keep"]).stderr);
        let want = format!("  {}\n", missing.join("\n  "));
        assert_eq!(said.contains(heading), !missing.is_empty(), "{said}");
        let Some((_, named)) = said.split_once(heading) else { continue };
        let named = named.split_once('\n').unwrap().1;
        assert!(named.starts_with(&(want + "\n")), "{held:?}: {said}");
    }
    assert!(!text(&init(&Workspace::empty(), &[]).stderr).contains(heading));
}

/// A project that has none gets the crate alone, without a question.
#[test]
fn a_crate_is_added_to_a_project() {
    let added = ["runner/.gitignore", "runner/Cargo.toml", "runner/src/main.rs", "runner/tests/run.rs"];
    for inside in [false, true] {
        let workspace = repository();
        write(&workspace, "blueprints/vm.json", "mine");
        let mut before = workspace.files();
        if inside {
            // A project in a folder of a larger repository.
            let whole = Workspace::empty();
            whole.git(&["init", "--quiet"]);
            write(&whole, "team/synth.toml", "");
            before = whole.files();
            let output = whole.synth(&["init", "--code", "team"]);
            assert_eq!(code(&output), 0, "{}", text(&output.stderr));
            let new: Vec<String> = whole.files().into_iter().filter(|file| !before.contains(file)).collect();
            assert_eq!(new, added.map(|file| format!("team/{file}")));
            continue;
        }
        let output = workspace.synth(&["init", "--code"]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("Set `runtime = \"cargo\"` in synth.toml"), "{}", text(&output.stderr));
        let new: Vec<String> = workspace.files().into_iter().filter(|file| !before.contains(file)).collect();
        assert_eq!(new, added);
        assert_eq!(read(&workspace, "blueprints/vm.json"), "mine");
        write(&workspace, "runner/src/main.rs", "mine");
        let again = workspace.synth(&["init", "--code"]);
        assert!(code(&again) == 1 && text(&again.stderr).contains("1 file is in the way"), "{}", text(&again.stderr));
    }
}

/// A signal that arrives while files are written waits until all of them are there.
#[test]
fn a_signal_does_not_leave_half_of_the_files() {
    use nix::sys::signal::{Signal, kill};
    use std::os::unix::process::ExitStatusExt as _;
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let workspace = Workspace::empty();
        // The lock that `synth` waits for when it begins to write.
        let folder = std::fs::File::open(workspace.path()).unwrap();
        folder.lock().unwrap();
        let mut child = workspace.command(&[&["init", "--yes"], &ANSWERS[..]].concat()).spawn().unwrap();
        let mask = || std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let blocked = |status: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix("SigBlk:")).unwrap_or_default().trim();
            u64::from_str_radix(line, 16).unwrap_or(0) >> (signal as i32 - 1) & 1 == 1
        };
        let started = std::time::Instant::now();
        while !blocked(&mask()) {
            assert!(started.elapsed().as_secs() < 10, "{signal} is not blocked");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        kill(nix::unistd::Pid::from_raw(child.id().try_into().unwrap()), signal).unwrap();
        drop(folder);
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(signal as i32), "{status}");
        assert_eq!(workspace.files(), repository().files());
    }
}
