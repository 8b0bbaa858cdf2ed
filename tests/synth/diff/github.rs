//! The GitHub action that shows `synth diff` on a pull request, and the workflows that use it.

use std::path::Path;

use crate::pull_request::PullRequest;
use crate::root;
use crate::workspace::text;

fn with_another_action(input: &str) -> String {
    let input = input.trim_end().strip_suffix("  ]\n}").unwrap().trim_end().to_owned();
    input
        + r#",
    {"identifier": "stop_vm", "title": "Stop", "trigger": "DAY-2", "invocationMethod": {"type": "KAFKA"},
     "userInputs": {"properties": {}}, "runner": {"entity": {"properties": {"deployed": "Stopped"}}}}
  ]
}
"#
}

#[test]
fn first_run_comments_and_later_runs_edit() {
    let pull_request = PullRequest::new(with_another_action);
    pull_request.diff(&[]);
    assert_eq!((pull_request.output("status"), pull_request.output("changed")), ("0".to_owned(), "true".to_owned()));
    pull_request.comment("7");
    let report = pull_request.read("bin/comment");
    assert!(report.starts_with("<!-- synth-diff -->\n"), "{report}");
    assert!(report.contains("stop_vm"), "{report}");
    pull_request.comment("7");
    let written = pull_request.written();
    assert_eq!(written.len(), 2, "{written:?}");
    assert!(written[0].contains("POST repos/owner/name/issues/7/comments "), "{written:?}");
    assert!(written[1].contains("PATCH repos/owner/name/issues/comments/41 "), "{written:?}");
    assert_eq!(pull_request.read("summary"), "");
}

/// Only the action's own comment is edited, even if another one starts with the same marker. A jq filter selects it.
#[test]
fn own_comments_are_found_by_author_and_marker() {
    let pull_request = PullRequest::new(with_another_action);
    pull_request.diff(&[]);
    pull_request.comment("7");
    let asked = pull_request.read("bin/asked");
    assert!(asked.contains(".user.login == $ENV.AUTHOR"), "{asked}");
    assert!(asked.contains("startswith(\"<!-- synth-diff -->\")"), "{asked}");
}

#[test]
fn read_only_tokens_write_the_summary() {
    let pull_request = PullRequest::new(with_another_action);
    std::fs::write(pull_request.path("bin/refuses"), "").unwrap();
    pull_request.diff(&[]);
    let log = pull_request.comment("7");
    assert!(log.contains("::notice") && log.contains("a fork") && log.contains("summary"), "{log}");
    assert!(pull_request.read("summary").contains("stop_vm"));
    assert_eq!(pull_request.read("bin/comment"), "");
}

#[test]
fn pushes_write_the_summary() {
    let pull_request = PullRequest::new(with_another_action);
    pull_request.diff(&[]);
    pull_request.comment("");
    assert!(pull_request.read("summary").contains("stop_vm"));
    assert_eq!(pull_request.read("bin/asked"), "");
}

/// A pull request without changes to the stack gets no comment; an existing comment is updated when nothing changes any
/// longer.
#[test]
fn unchanged_templates_get_no_comment() {
    let pull_request = PullRequest::new(|input| format!("{input}\n"));
    pull_request.diff(&[]);
    assert_eq!(pull_request.output("changed"), "false");
    pull_request.comment("7");
    assert_eq!((pull_request.written().len(), pull_request.read("summary")), (0, String::new()));
    std::fs::write(pull_request.path("bin/comment"), "<!-- synth-diff -->\nan action was added").unwrap();
    pull_request.comment("7");
    assert!(pull_request.read("bin/comment").contains("No changes to what is deployed"));
}

#[test]
fn hazards_fail_and_are_still_reported() {
    let pull_request = PullRequest::new(with_another_action);
    let template = pull_request.repository.path().join("base");
    std::fs::create_dir_all(&template).unwrap();
    let text = std::fs::read_to_string(pull_request.repository.path().join("out/template.yaml")).unwrap();
    std::fs::write(
        template.join("template.yaml"),
        text.replace("\nOutputs:", "  Gone:\n    Type: AWS::SQS::Queue\n\nOutputs:"),
    )
    .unwrap();
    pull_request.diff(&[("BASE", "./base"), ("FAIL_ON", "deletion")]);
    assert_eq!(pull_request.output("status"), "1");
    pull_request.comment("7");
    assert!(pull_request.read("bin/comment").contains("Gone"));
}

#[test]
fn refused_input_fails_without_a_report() {
    let pull_request = PullRequest::new(|input| input.replace("{{ .inputs.cpu }}", "{{ .inputs.nothing }}"));
    pull_request.diff(&[]);
    assert_eq!((pull_request.output("status"), pull_request.output("changed")), ("1".to_owned(), "false".to_owned()));
    assert!(pull_request.comment("7").contains("no report"));
    assert_eq!(pull_request.read("bin/asked"), "");
}

/// A checkout with only the last commit, which is the default of `actions/checkout`.
#[test]
fn shallow_checkouts_fetch_the_base() {
    let pull_request = PullRequest::new(with_another_action);
    let (repository, server) = (&pull_request.repository, pull_request.path("server"));
    let base = repository.git(&["rev-parse", "HEAD^1"]);
    repository.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    std::fs::rename(repository.path(), &server).unwrap();
    std::fs::create_dir(repository.path()).unwrap();
    repository.git(&["clone", "--quiet", "--depth", "1", &format!("file://{}", server.display()), "."]);
    pull_request.diff(&[("BASE_SHA", &base)]);
    assert_eq!((pull_request.output("status"), pull_request.output("changed")), ("0".to_owned(), "true".to_owned()));
}

/// A `synth` in the base that cargo builds in no time: it records that it runs, and is otherwise this one.
fn small_synth(pull_request: &PullRequest) {
    let folder = pull_request.repository.path();
    let write = |name: &str, text: &str| {
        std::fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
        std::fs::write(folder.join(name), text).unwrap();
    };
    write("Cargo.toml", "[package]\nname = \"synth\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n");
    write("Cargo.lock", "version = 4\n[[package]]\nname = \"synth\"\nversion = \"0.0.0\"\n");
    let built = pull_request.path("built").display().to_string();
    let main = format!(
        "use std::os::unix::process::CommandExt;\nfn main() {{ std::fs::write({built:?}, \"\").unwrap(); \
         panic!(\"{{}}\", std::process::Command::new({:?}).args(std::env::args_os().skip(1)).exec()) }}\n",
        env!("CARGO_BIN_EXE_synth")
    );
    write("src/main.rs", &main);
    for script in ["action.yml", "diff.sh", "comment.sh"] {
        let text = std::fs::read_to_string(root().join(".github/actions/synth-diff").join(script)).unwrap();
        write(&format!(".github/actions/synth-diff/{script}"), &text);
    }
}

/// Everything by which a checkout can make cargo, rustup or bash run a program, planted by the pull request: the checkout
/// with the action, and the checkout beside the one with the action, as in our workflow.
#[test]
fn nothing_of_the_pull_request_runs() {
    for beside in [false, true] {
        let pull_request = PullRequest::with_base(small_synth, with_another_action, |pull_request| {
            let folder = pull_request.repository.path();
            let ran = pull_request.path("ran").display().to_string();
            let script = format!("#!/bin/sh\ntouch '{ran}'\nexec \"$@\"\n");
            let write = |name: &str, text: &str| {
                let path = folder.join(name);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, text).unwrap();
                std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
            };
            for name in ["evil.sh", "bin/synth", "bin/cargo", "synth", ".bashrc", "cargo/bin/cargo"] {
                write(name, &script);
            }
            let evil = folder.join("evil.sh").display().to_string();
            let settings = format!("[build]\nrustc-wrapper = {evil:?}\nrustc-workspace-wrapper = {evil:?}\n");
            for name in [".cargo/config.toml", "cargo/config.toml", ".cargo/config"] {
                write(name, &settings);
            }
            write("rust-toolchain.toml", "[toolchain]\npath = \"/nowhere\"\n");
            write("rust-toolchain", "1.0.0");
            write("build.rs", &format!("fn main() {{ std::fs::write({ran:?}, \"\").unwrap() }}\n"));
            write("src/main.rs", &format!("fn main() {{ std::fs::write({ran:?}, \"\").unwrap() }}\n"));
        });
        let checkout = pull_request.repository.path();
        let base = pull_request.repository.git(&["rev-parse", "HEAD^1"]);
        let action = if beside {
            let folder = pull_request.path("base");
            pull_request.repository.git(&["worktree", "add", "--quiet", folder.to_str().unwrap(), &base]);
            folder.join(".github/actions/synth-diff")
        } else {
            checkout.join(".github/actions/synth-diff")
        };
        let path = format!("{}:{}", checkout.join("bin").display(), std::env::var("PATH").unwrap());
        let cargo_home = checkout.join("cargo").display().to_string();
        let wrapper = checkout.join("evil.sh").display().to_string();
        let home = std::env::var("HOME").unwrap();
        let rustup = std::env::var("RUSTUP_HOME").unwrap_or_else(|_| format!("{home}/.rustup"));
        let output = pull_request.step(
            "diff.sh",
            &[
                ("GITHUB_ACTION_PATH", action.to_str().unwrap()),
                ("BASE_SHA", &base),
                ("HOME", &home),
                ("RUSTUP_HOME", &rustup),
                ("CARGO_HOME", &cargo_home),
                ("RUSTC_WRAPPER", &wrapper),
                ("PATH", &path),
            ],
        );
        assert!(output.status.success(), "{}", text(&output.stderr));
        assert!(!pull_request.path("ran").exists(), "{}", text(&output.stderr));
        assert!(pull_request.path("built").exists(), "the base's synth ran: {}", text(&output.stderr));
        assert_eq!(
            (pull_request.output("status"), pull_request.output("changed")),
            ("0".to_owned(), "true".to_owned())
        );
        let refused = pull_request.step("diff.sh", &[("SYNTH", "./synth")]);
        assert!(!refused.status.success() && text(&refused.stderr).contains("is in the checkout"));
        assert!(!pull_request.path("ran").exists());
    }
}

/// The author of a pull request chooses the parents of a merge in it, but not the base.
#[test]
fn merges_of_the_pull_request_are_not_the_base() {
    let pull_request = PullRequest::new(with_another_action);
    let repository = &pull_request.repository;
    let base = repository.git(&["rev-parse", "HEAD^1"]);
    repository.git(&["checkout", "--quiet", "work"]);
    repository.git(&["checkout", "--quiet", "-b", "side", "HEAD~1"]);
    std::fs::write(repository.path().join("side"), "").unwrap();
    repository.commit("side");
    repository.git(&["checkout", "--quiet", "work"]);
    repository.git(&["merge", "--quiet", "--no-ff", "-m", "own", "side"]);
    // Compared with the merge's first parent, nothing changes.
    pull_request.diff(&[("BASE_SHA", &base), ("GITHUB_SHA", "0123456789012345678901234567890123456789")]);
    assert_eq!(pull_request.output("changed"), "true");
}

#[test]
fn actions_are_pinned_by_commit() {
    for name in ["workflows/review.yml", "workflows/ci.yml", "actions/synth-diff/action.yml"] {
        let text = std::fs::read_to_string(root().join(".github").join(name)).unwrap();
        for uses in text.lines().filter_map(|line| line.split_once("uses: ")).map(|(_, uses)| uses) {
            let pinned = uses.split_once('@').is_some_and(|(_, version)| {
                let (commit, comment) = version.split_at(version.len().min(40));
                commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()) && comment.starts_with(" # v")
            });
            assert!(pinned || uses.starts_with("./base/"), "{name}: {uses}");
        }
    }
}

/// Text from a pull request must not become part of a script, and code from a fork must not get a token that can write.
#[test]
fn workflows_isolate_untrusted_text_and_tokens() {
    let action = read(&root().join(".github/actions/synth-diff/action.yml"));
    for step in action["runs"]["steps"].as_array().unwrap() {
        let run = step["run"].as_str().unwrap();
        assert!(!run.contains("${{"), "{run}");
        let has_token = step["env"].as_object().unwrap().contains_key("GH_TOKEN");
        assert_eq!(has_token, run.contains("comment.sh"), "{run}");
    }
    for name in ["review.yml", "ci.yml"] {
        let workflow = read(&root().join(".github/workflows").join(name));
        let text = workflow.to_string();
        assert!(!text.contains("pull_request_target") && !text.contains("secrets."), "{name}");
        let allowed = workflow["permissions"].as_object().unwrap();
        assert!(
            allowed.iter().all(|(what, how)| how == "read" || (name == "review.yml" && what == "pull-requests")),
            "{allowed:?}"
        );
    }
}

/// The workflow that the documentation shows gives the action only what it takes.
#[test]
fn documented_workflow_uses_known_inputs() {
    let page = std::fs::read_to_string(root().join("docs/review.md")).unwrap();
    let workflow = page.split("```yaml\n").skip(1).find(|block| block.contains("actions/synth-diff@")).unwrap();
    let workflow: serde_json::Value = serde_saphyr::from_str(workflow.split("```").next().unwrap()).unwrap();
    let action = read(&root().join(".github/actions/synth-diff/action.yml"));
    assert_eq!(workflow["permissions"], read(&root().join(".github/workflows/review.yml"))["permissions"]);
    let steps = workflow["jobs"]["diff"]["steps"].as_array().unwrap();
    let step =
        steps.iter().find(|step| step["uses"].as_str().is_some_and(|uses| uses.contains("synth-diff@"))).unwrap();
    for input in step["with"].as_object().unwrap().keys() {
        assert!(action["inputs"].as_object().unwrap().contains_key(input), "the action has no input `{input}`");
    }
}

fn read(path: &Path) -> serde_json::Value {
    serde_saphyr::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
