//! `synth init` on the command line.

use std::process::{Command, Stdio};

use super::{ANSWERS, init};
use crate::cases::settings;
use crate::port::organization::Organization;
use crate::workspace::{Workspace, code, text};

/// Wrong answers: the arguments, the exit code, and what is said.
const WRONG: [(&[&str], i32, &str); 22] = [
    (&["--organization", "acme"], 2, "an organisation's id is `org_` followed by"),
    (&["--organization", ""], 2, "an organisation's id is `org_` followed by"),
    (&["--organization", "org_a b"], 2, "an organisation's id is `org_` followed by"),
    (&["--organization", "org_a\n"], 2, "an organisation's id is `org_` followed by"),
    (&["--organization", "test=org_1"], 1, "--organization names the stage `test`, which is not one"),
    (&["--organization", "org_1", "--organization", "org_2"], 1, "--organization is there twice for all stages"),
    (
        &["--organization", "dev=org_1", "--organization", "dev=org_1"],
        1,
        "--organization is there twice for the stage `dev`",
    ),
    (&["--organization", "Test=org_1"], 2, "a stage has a name of up to 20 lower-case letters"),
    (&["--region", "europe"], 2, "[possible values: eu, us]"),
    (&["--aws-region", "Frankfurt"], 2, "an AWS region has a name such as eu-west-1"),
    (&["--aws-region", "eu-west-1a"], 2, "an AWS region has a name such as eu-west-1"),
    (&["--github", "acme"], 2, "a repository on GitHub is written ORG/REPO"),
    (&["--github", "https://github.com/acme/runners"], 2, "a repository on GitHub is written ORG/REPO"),
    (&["--github", "acme/run*"], 2, "a repository on GitHub is written ORG/REPO"),
    (&["--github", "None"], 2, "a repository on GitHub is written ORG/REPO"),
    (&["--stages", "dev,Prod"], 2, "a stage has a name of up to 20 lower-case letters"),
    (&["--stages", "dev,,prod"], 2, "a stage has a name of up to 20 lower-case letters"),
    (&["--stages", "dev,prod,dev"], 1, "stage `dev` is there twice"),
    (&["--stages", "a-1,a1"], 1, "stages `a-1` and `a1` have to differ by more than hyphens"),
    (&["--stages", "default"], 2, "`default`, `example`, `local` and `secret` are taken"),
    (&["--stages", "../etc"], 2, "a stage has a name of up to 20 lower-case letters"),
    (&["--stages", "dev prod"], 2, "a stage has a name of up to 20 lower-case letters"),
];

#[test]
fn wrong_answers_are_refused_with_what_is_right() {
    for (arguments, status, want) in WRONG {
        let workspace = Workspace::empty();
        let given = [("--organization", ANSWERS[1]), ("--github", ANSWERS[3])];
        let other = given.into_iter().filter(|(flag, _)| !arguments.contains(flag));
        let other: Vec<&str> = other.flat_map(|(flag, value)| [flag, value]).collect();
        let other = if arguments.contains(&"test=org_1") { ANSWERS.to_vec() } else { other };
        let output = workspace.synth(&[&["init", "--yes"], other.as_slice(), arguments].concat());
        let message = text(&output.stderr);
        assert!(code(&output) == status && message.contains(want), "{arguments:?}: {message}");
        assert_eq!(workspace.files(), Vec::<String>::new(), "{arguments:?}");
    }
}

/// Without a terminal nothing is asked, and all that is missing is named at once.
#[test]
fn missing_answers_name_their_flags() {
    for (arguments, want) in [
        (
            &[][..],
            "error: answers are missing, and there is no terminal to ask on; nothing was written
  help: pass --organization ID, --github ORG/REPO (or none)
  help: pass --yes for the defaults: --stages dev,prod --region eu --aws-region eu-west-1
",
        ),
        (
            &["--yes"],
            "error: answers are missing, and there is no terminal to ask on; nothing was written
  help: pass --organization ID, --github ORG/REPO (or none)
",
        ),
        (
            &["--organization", "org_1", "--region", "us", "--github", "none"],
            "error: answers are missing, and there is no terminal to ask on; nothing was written
  help: pass --yes for the defaults: --stages dev,prod --aws-region us-east-1
",
        ),
        (&["--organization", "dev=org_1", "--stages", "dev,prod", "--yes", "--github", "none"], ""),
    ] {
        let workspace = Workspace::empty();
        let output = workspace.synth(&[&["init"], arguments].concat());
        if want.is_empty() {
            assert_eq!(code(&output), 0, "the organisation before is the default: {}", text(&output.stderr));
            continue;
        }
        assert_eq!((code(&output), text(&output.stderr).as_str()), (1, want), "{arguments:?}");
        assert_eq!(workspace.files(), Vec::<String>::new());
    }
}

/// On a terminal it asks, again after a wrong answer, and offers what it knows.
#[test]
fn a_terminal_is_asked() {
    let workspace = Workspace::empty();
    workspace.git(&["init", "--quiet"]);
    workspace.git(&["remote", "add", "origin", "git@github.com:acme/runners.git"]);
    let typed = "dev,prod\nacme\norg_1\norg_2\nus\n\n\n";
    let mut script = Command::new("script");
    let command = format!("'{}' init", env!("CARGO_BIN_EXE_synth"));
    script.args(["--quiet", "--return", "--echo", "never", "--command", &command, "/dev/null"]);
    let mut child = script.current_dir(workspace.path()).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let shown = text(&output.stdout).replace('\r', "");
    for part in [
        "Stages, in the order of their deployment [dev,prod]: ",
        "Id of the organisation in Port for `dev`: ",
        "  an organisation's id is `org_` followed by",
        "Id of the organisation in Port for `prod` [org_1]: ",
        "Port's region, eu or us [eu]: ",
        "AWS region of the stacks [us-east-1]: ",
        "Repository on GitHub, ORG/REPO, or none [acme/runners]: ",
        "wrote 14 files to `.`",
    ] {
        assert!(shown.contains(part), "{part}\n{shown}");
    }
    let read = |file: &str| std::fs::read_to_string(workspace.path().join(file)).unwrap();
    assert!(read("params.prod.yaml").contains("PortOrganizationId: org_2\nPortRegion: us\n"));
    assert!(read("deploy-role.yaml").contains(": repo:acme/runners:environment:prod\n"));
}

/// What to do next can be copied: the secrets come from files, never from the command line.
#[test]
fn next_steps_are_printed() {
    let workspace = Workspace::empty();
    let output = init(&workspace, &["runners", "--organization", "prod=org_2"]);
    settings("init").bind(|| insta::assert_snapshot!("next-steps", text(&output.stderr)));
    assert_eq!(text(&output.stdout), "");
    let quiet = Workspace::empty();
    assert_eq!(text(&init(&quiet, &["--quiet"]).stderr), "");
}

/// The organisation's blueprints take the place of the example, and nothing is written if they cannot be had.
#[test]
fn a_repository_can_begin_with_what_port_has() {
    let organization = Organization::example();
    let arguments = [&["init", "--yes", "--from-port", "new"], &ANSWERS[..]].concat();
    let empty = organization.connected(&arguments).output().unwrap();
    let want = "error: the organisation has no blueprints; leave out --from-port to begin with the example\n";
    assert_eq!((code(&empty), text(&empty.stderr).as_str()), (1, want));
    let refused = organization.connected(&arguments).env("PORT_CLIENT_ID", "other").output().unwrap();
    assert_eq!(code(&refused), 2);
    assert!(!organization.workspace.path().join("new").exists());

    organization.done(&["apply", "--yes"]);
    let blueprint = serde_json::json!({"identifier": "größe/x", "title": "X", "schema": {"properties": {}}});
    organization.port.add_blueprint(blueprint);
    let made = organization.connected(&arguments).output().unwrap();
    Organization::is_discreet(&made);
    assert_eq!(code(&made), 0, "{}", text(&made.stderr));
    let files = organization.workspace.files();
    let imported: Vec<&str> = files.iter().filter_map(|file| file.strip_prefix("new/blueprints/")).collect();
    assert_eq!(imported, ["größe_x.json", "vm.json"]);
    assert!(text(&made.stderr).contains("  synth try ACTION --input KEY=VALUE\n"), "{}", text(&made.stderr));
    let mut again = organization.connected(&["port", "plan", "--exit-code"]);
    let plan = again.current_dir(organization.workspace.path().join("new")).output().unwrap();
    assert_eq!(code(&plan), 0, "{}", text(&plan.stdout));
}

/// What is printed for a shell is one word there, and never a flag.
#[test]
fn folders_are_quoted_for_a_shell() {
    for (folder, want) in [
        ("runners", "  cd runners\n"),
        ("a b; rm -rf $HOME", "  cd 'a b; rm -rf $HOME'\n"),
        ("it's", "  cd 'it'\\''s'\n"),
        ("./--weird", "  cd ./--weird\n"),
        ("--", "  cd ./--\n"),
    ] {
        let workspace = Workspace::empty();
        let output = workspace.synth(&[&["init", "--yes"], &ANSWERS[..], &["--", folder]].concat());
        assert_eq!(code(&output), 0, "{folder}");
        assert!(text(&output.stderr).contains(want), "{folder}: {}", text(&output.stderr));
        let around = Workspace::empty();
        around.git(&["init", "--quiet"]);
        let refused = around.synth(&[&["init", "--yes"], &ANSWERS[..], &["--", folder]].concat());
        let want = want.trim().replace("cd ", "`git init ") + "`\n";
        assert!(text(&refused.stderr).ends_with(&want), "{folder}: {}", text(&refused.stderr));
        // As a shell reads it.
        let said = text(&refused.stderr);
        let command = said.rsplit("with `").next().unwrap().trim_end().trim_end_matches('`');
        let done = Command::new("sh")
            .args(["-c", &format!("{command} >/dev/null")])
            .current_dir(around.path())
            .status()
            .unwrap();
        assert!(done.success() && around.path().join(folder).join(".git").exists(), "{command}");
    }
}
