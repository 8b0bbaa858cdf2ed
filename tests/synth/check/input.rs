//! What is input, what cannot be read, and the documents in arrays and in answers of Port's API.

use std::os::unix::fs::symlink;
use std::process::Command;

use serde_json::{Map, Value, json};

use crate::workspace::{Workspace, code, text};

pub(super) const ZONE: &str = r#"{ "identifier": "zone", "title": "Zone", "schema": { "properties": {} } }"#;
const STOP: &str = r#"{ "identifier": "stop", "title": "Stop", "trigger": { "type": "self-service",
  "operation": "DELETE", "userInputs": { "properties": {} } }, "invocationMethod": { "type": "KAFKA" } }"#;

impl Workspace {
    pub(super) fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(super) fn get(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Returns the findings of a command as JSON.
    pub(super) fn findings(&self, arguments: &[&str]) -> Vec<Value> {
        let output = self.synth(&[arguments, &["--message-format", "json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
    }
}

fn wide(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

/// Whatever cannot be read is a finding, in every format, and the other files are still judged.
#[test]
fn unreadable_files_are_findings() {
    let workspace = Workspace::new();
    let at = |name: &str| workspace.path().join("blueprints").join(name);
    workspace.put("blueprints/wide.json", wide(ZONE));
    workspace.put("blueprints/latin.json", b"{\n  \"identifier\": \"\xE9\" }");
    workspace.put("blueprints/binary.json", b"\x7FELF\x02\x01\xFF\x00");
    workspace.put("blueprints/wrong.json", ZONE.replace("title", "titel"));
    std::fs::create_dir(at("folder.json")).unwrap();
    symlink("nowhere", at("dangling.json")).unwrap();
    symlink("/dev/zero", at("endless.json")).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe.json")).status().unwrap().success());
    for command in ["check", "build"] {
        let findings = workspace.findings(&[command]);
        let found: Vec<(&str, &str, &Value)> = findings
            .iter()
            .map(|finding| (finding["file"].as_str().unwrap(), finding["code"].as_str().unwrap(), &finding["start"]))
            .collect();
        let none = Value::Null;
        let (first, second) =
            (json!({"line": 1, "column": 1, "byte": 0}), json!({"line": 2, "column": 18, "byte": 19}));
        assert_eq!(
            found,
            [
                ("blueprints/binary.json", "unreadable", &none),
                ("blueprints/dangling.json", "unreadable", &none),
                ("blueprints/endless.json", "unreadable", &none),
                ("blueprints/folder.json", "unreadable", &none),
                ("blueprints/latin.json", "unreadable", &second),
                ("blueprints/pipe.json", "unreadable", &none),
                ("blueprints/wide.json", "unreadable", &first),
                ("blueprints/wrong.json", "unknown-key", &json!({"line": 1, "column": 25, "byte": 24})),
            ]
        );
        let output = workspace.synth(&[command]);
        let words = text(&output.stderr);
        assert_eq!(code(&output), 1, "{words}");
        assert!(
            words.contains("this file is UTF-16, not UTF-8") && words.contains("help: save it as UTF-8"),
            "{words}"
        );
        let sarif: Value =
            serde_json::from_slice(&workspace.synth(&[command, "--message-format", "sarif"]).stdout).unwrap();
        assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 8);
    }
}

/// The settings are read like the input: what cannot be read is a finding, whatever it is.
#[test]
fn unreadable_settings_are_findings() {
    type Make = fn(&std::path::Path);
    let makes: [Make; 5] = [
        |path| symlink("nowhere", path).unwrap(),
        |path| symlink("/dev/zero", path).unwrap(),
        |path| std::fs::create_dir(path).unwrap(),
        |path| assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
        |path| std::fs::write(path, wide("memory = 512")).unwrap(),
    ];
    for name in ["synth.toml", "overrides.json"] {
        for make in makes {
            let workspace = Workspace::new();
            make(&workspace.path().join(name));
            for command in ["check", "build"] {
                let findings = workspace.findings(&[command]);
                assert_eq!((&findings[0]["file"], &findings[0]["code"]), (&json!(name), &json!("unreadable")));
                assert_eq!(code(&workspace.synth(&[command])), 1, "{name}");
            }
        }
    }
}

/// A form with more inputs than anybody fills in is not tried, since each field is tried on all of them.
#[test]
fn a_form_with_too_many_inputs_is_too_large() {
    let workspace = Workspace::new();
    for (count, want) in [(4000, 0), (4001, 1)] {
        let inputs: Map<String, Value> = (0..count).map(|n| (format!("i{n}"), json!({"type": "string"}))).collect();
        let action = json!({
            "identifier": "create", "title": "Create", "trigger": "CREATE", "invocationMethod": {"type": "KAFKA"},
            "userInputs": {"properties": inputs}, "runner": {"entity": {"identifier": "{{ .inputs.i0 | slug }}"}}
        });
        let blueprint = json!({"identifier": "vm", "title": "VM", "schema": {"properties": {}}, "actions": [action]});
        workspace.put("blueprints/vm.json", blueprint.to_string());
        let findings = workspace.findings(&["check"]);
        let too_large: Vec<&Value> = findings.iter().filter(|finding| finding["code"] == "too-large").collect();
        assert_eq!(too_large.len(), want, "{count}");
        assert!(too_large.iter().all(|finding| finding["pointer"] == "/actions/0/userInputs"), "{too_large:?}");
    }
}

/// A pipe in the place of a file is an error, where waiting for it would never end.
#[test]
fn pipes_are_not_waited_for() {
    let workspace = Workspace::new();
    let pipe =
        |name: &str| assert!(Command::new("mkfifo").arg(workspace.path().join(name)).status().unwrap().success());
    pipe("pipe.json");
    for arguments in [&["graph", "pipe.json"][..], &["filter-test", "pipe.json"], &["diff", "./pipe.json"]] {
        let output = workspace.synth(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(text(&output.stderr).contains("it is not a regular file"), "{}", text(&output.stderr));
    }
    assert_eq!(code(&workspace.synth(&["build"])), 0);
    std::fs::remove_file(workspace.path().join("out/template.yaml")).unwrap();
    pipe("out/template.yaml");
    assert_eq!(code(&workspace.synth(&["build"])), 2);
}

/// Files of editors are not input. What looks like input and is not is named.
#[test]
fn hidden_files_are_not_input_and_others_are_named() {
    let workspace = Workspace::new();
    symlink("u@h.1:2", workspace.path().join("blueprints/.#vm.json")).unwrap();
    for hidden in [".x.json", ".vm.json.swp", ".git/x.json", "README.md", "vm.json~"] {
        workspace.put(&format!("blueprints/{hidden}"), "{");
    }
    for command in ["check", "build"] {
        assert!(!text(&workspace.synth(&[command]).stderr).contains("note:"));
    }
    for other in ["vm.yaml", "VM.JSON", "team/vm.yml"] {
        workspace.put(&format!("blueprints/{other}"), "{");
    }
    symlink(workspace.path().join("blueprints"), workspace.path().join("blueprints/again")).unwrap();
    for command in ["check", "build"] {
        let output = workspace.synth(&[command]);
        let words = text(&output.stderr);
        assert_eq!(code(&output), 0, "{words}");
        let names = "`blueprints/VM.JSON`, `blueprints/again`, `blueprints/team/vm.yml`, `blueprints/vm.yaml`";
        assert!(words.contains(&format!("not read: {names}\n")), "{words}");
    }
}

/// `out/port/` mirrors the input, and `check` and `build` see the same files.
#[test]
fn subfolders_and_jsonc_are_input() {
    let workspace = Workspace::new();
    workspace.put("blueprints/team/zone.jsonc", format!("// ours\n{ZONE}"));
    workspace.put("blueprints/team/b/zone.jsonc", ZONE.replace("zone", "b"));
    workspace.put("blueprints/team/b/zone.json", ZONE.replace("zone", "c"));
    let output = workspace.synth(&["check"]);
    assert_eq!(text(&output.stderr), "4 blueprints, 3 actions: no errors\n");
    assert_eq!(code(&workspace.synth(&["build"])), 0);
    let published = |name: &str| {
        let value: Value = serde_json::from_str(&workspace.get(&format!("out/port/{name}"))).unwrap();
        value["blueprint"]["identifier"].as_str().unwrap().to_owned()
    };
    for (name, identifier) in [("team/zone.json", "zone"), ("team/b/zone.json", "c"), ("team/b/zone.jsonc.json", "b")] {
        assert_eq!(published(name), identifier);
    }
    // What is no longer generated is removed, in subfolders too.
    std::fs::remove_file(workspace.path().join("blueprints/team/b/zone.json")).unwrap();
    assert_eq!(code(&workspace.synth(&["build", "--check"])), 1);
    assert_eq!(code(&workspace.synth(&["build"])), 0);
    assert_eq!(published("team/b/zone.json"), "b");
    assert!(!workspace.path().join("out/port/team/b/zone.jsonc.json").exists());
    assert_eq!(code(&workspace.synth(&["build", "--check"])), 0);
}

/// The law: a document in an array or in an answer of Port's API is judged and built as it is alone.
#[test]
fn wrapped_documents_are_judged_and_built_the_same() {
    let wraps: [(&str, &str, &str); 8] = [
        ("[", "]", "/0"),
        ("[ /* one */ ", ", ]", "/0"),
        (r#"{"ok": true, "blueprint": "#, "}", "/blueprint"),
        (r#"{"blueprints": ["#, "]}", "/blueprints/0"),
        (r#"{"ok": true, "count": 1, "blueprints": ["#, "]}", "/blueprints/0"),
        (r#"[{"ok": true, "blueprint": "#, "}]", "/0/blueprint"),
        ("[[", "]]", "/0/0"),
        (r#"{"actions": [], "blueprint": "#, "}", "/blueprint"),
    ];
    let mut compared = 0;
    let folder = crate::root().join("tests/cases");
    let cases = ["refuse", "corpus/blueprints", "build/samples", "build/generations", "build/tutorial"]
        .map(|name| folder.join(name));
    for path in cases.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path()) {
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let document = std::fs::read_to_string(&path).unwrap();
        let document = document.trim_start_matches('\u{feff}');
        let workspace = Workspace::empty();
        workspace.put("blueprints/a.json", document);
        let alone = workspace.findings(&["build"]);
        // A document that is not JSON, or is in a list already, has no place to shift.
        if alone.iter().any(|finding| finding["pointer"].is_null() || finding["pointer"] == "") {
            continue;
        }
        let out = |name: &str| std::fs::read_to_string(workspace.path().join("out").join(name)).ok();
        let made = [out("template.yaml"), out("plan.json")];
        for (before, after, base) in wraps {
            workspace.put("blueprints/a.json", format!("{before}{document}{after}"));
            let shifted = |finding: &Value| {
                let pointer = finding["pointer"].as_str().unwrap();
                (
                    finding["code"].clone(),
                    finding["message"].clone(),
                    finding["help"].clone(),
                    format!("{base}{pointer}"),
                )
            };
            let found = |finding: &Value| {
                let pointer = finding["pointer"].as_str().unwrap().to_owned();
                (finding["code"].clone(), finding["message"].clone(), finding["help"].clone(), pointer)
            };
            let wrapped = workspace.findings(&["build"]);
            let (alone, wrapped) = (alone.iter().map(shifted), wrapped.iter().map(found));
            assert_eq!(alone.collect::<Vec<_>>(), wrapped.collect::<Vec<_>>(), "{} {before}", path.display());
            assert_eq!([out("template.yaml"), out("plan.json")], made, "{} {before}", path.display());
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared}");
}

/// An array stays an array in `out/port/`, and an envelope becomes its content.
#[test]
fn lists_are_published_as_lists() {
    let workspace = Workspace::new();
    workspace.put("blueprints/list.json", format!("[{ZONE}, {}]", ZONE.replace("zone", "area")));
    workspace.put("blueprints/one.json", format!("[{}]", ZONE.replace("zone", "one")));
    workspace
        .put("blueprints/answer.json", format!(r#"{{"ok": true, "blueprint": {}}}"#, ZONE.replace("zone", "answer")));
    assert_eq!(code(&workspace.synth(&["build"])), 0);
    let published =
        |name: &str| -> Value { serde_json::from_str(&workspace.get(&format!("out/port/{name}"))).unwrap() };
    let identifiers = |value: &Value| -> Vec<String> {
        value
            .as_array()
            .unwrap()
            .iter()
            .map(|entry| entry["blueprint"]["identifier"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(identifiers(&published("list.json")), ["zone", "area"]);
    assert_eq!(identifiers(&published("one.json")), ["one"]);
    assert_eq!(published("answer.json")["blueprint"]["identifier"], "answer");
    // `diff` reads them: nothing changes between the folder and the input.
    std::fs::rename(workspace.path().join("out"), workspace.path().join("before")).unwrap();
    assert_eq!(code(&workspace.synth(&["diff", "--exit-code", "./before"])), 0);
    workspace.put("blueprints/list.json", format!("[{ZONE}]"));
    let output = workspace.synth(&["diff", "--exit-code", "./before"]);
    assert!(code(&output) == 1 && text(&output.stdout).contains("area"), "{}", text(&output.stdout));
}

/// A second definition in the same list, and an action that is alone, are found at their place.
#[test]
fn places_are_inside_of_lists() {
    let workspace = Workspace::new();
    workspace.put("blueprints/list.json", format!("[\n{ZONE},\n{ZONE}, 7]"));
    workspace.put("blueprints/answer.json", format!("{{\"ok\": true,\n\"actions\": [\n{STOP}]}}"));
    let findings = workspace.findings(&["check"]);
    let found: Vec<(&str, &str)> =
        findings.iter().map(|it| (it["code"].as_str().unwrap(), it["pointer"].as_str().unwrap())).collect();
    assert_eq!(
        found,
        [("action-alone", "/actions/0/identifier"), ("duplicate-identifier", "/1/identifier"), ("wrong-type", "/2")]
    );
    assert_eq!(
        (&findings[1]["start"]["line"], &findings[1]["related"][0]["pointer"]),
        (&json!(3), &json!("/0/identifier"))
    );
}

/// `new` and `upgrade` edit inside of a list and keep what is around.
#[test]
fn lists_are_edited_in_place() {
    let workspace = Workspace::empty();
    let old = r#"{ "identifier": "grow", "title": "Grow", "trigger": "DAY-2", "invocationMethod": "KAFKA" }"#;
    let list = format!(
        "[\n  // first\n  {ZONE},\n  {{\n    \"identifier\": \"vm\", // ours\n    \"title\": \"VM\",\n    \"schema\": {{ \"properties\": {{}} }},\n    \"actions\": [\n      {old}\n    ]\n  }}\n]\n"
    );
    workspace.put("blueprints/list.jsonc", &list);
    assert_eq!(code(&workspace.synth(&["upgrade"])), 0);
    let output = workspace.synth(&["new", "action", "make_vm", "--blueprint", "vm", "--operation", "CREATE"]);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
    let edited = workspace.get("blueprints/list.jsonc");
    assert!(edited.starts_with(&list[..list.find("\"actions\"").unwrap()]), "{edited}");
    assert!(
        edited.contains("\"identifier\": \"vm_grow\"")
            && edited.contains("\n      {\n        \"identifier\": \"make_vm\""),
        "{edited}"
    );
    assert_eq!(text(&workspace.synth(&["check"]).stderr), "2 blueprints, 2 actions: no errors\n");
}

/// Without a path, `check` finds what `build` finds, and ends with the same code.
#[test]
fn check_is_build_without_writing() {
    for (name, content) in [
        ("synth.toml", "memory == 1"),
        ("synth.toml", "memroy = 1"),
        ("overrides.json", r#"{"Resources": {"Runer": {}}}"#),
        ("overrides.json", "\u{0}"),
        ("blueprints/a.json", STOP),
        ("blueprints/a.json", "{"),
        ("blueprints/a.json", ZONE),
        ("other.toml", "memory = 1"),
    ] {
        for flags in [&[][..], &["--strict"], &["--config", "synth.toml"], &["--config", "other.toml"]] {
            let workspace = Workspace::new();
            workspace.put("synth.toml", "");
            workspace.put("other.toml", "");
            workspace.put(name, content);
            let build = [&["build"], flags].concat();
            let check = [&["check"], flags].concat();
            assert_eq!(workspace.findings(&check), workspace.findings(&build), "{name} {content} {flags:?}");
            let codes = [&check, &build].map(|arguments| code(&workspace.synth(arguments)));
            assert_eq!(codes[0], codes[1], "{name} {content} {flags:?}");
            assert_eq!(workspace.synth(&["check"]).stdout, b"");
        }
    }
}

#[test]
fn standard_input_is_checked() {
    let workspace = Workspace::empty();
    for (content, want, says) in [(ZONE, 0, "1 blueprint, 0 actions"), ("{", 1, "<stdin>:1:1")] {
        workspace.put("content", content);
        let mut command = workspace.command(&["check", "-"]);
        let output = command.stdin(std::fs::File::open(workspace.path().join("content")).unwrap()).output().unwrap();
        let words = text(&output.stderr);
        assert!(code(&output) == want && words.contains(says), "{words}");
    }
    let output = workspace.synth(&["check", "-", "content"]);
    assert!(code(&output) == 2 && text(&output.stderr).contains("`-` is standard input"), "{}", text(&output.stderr));
}

/// The limits are those of all files together, and what exceeds them is not read.
#[test]
fn too_much_input_is_refused() {
    let workspace = Workspace::new();
    let vm = workspace.get("blueprints/vm.json");
    workspace.put("blueprints/vm.json", vm.replace(".inputs.cpu }}", ".inputs.cpus }}"));
    let large = std::fs::File::create(workspace.path().join("blueprints/large.json")).unwrap();
    large.set_len(60_000_000).unwrap();
    let findings = workspace.findings(&["check"]);
    assert_eq!((&findings[0]["code"], &findings[0]["file"]), (&json!("too-large"), &json!("blueprints/large.json")));
    // The other file is still read.
    assert_eq!((findings.len(), &findings[1]["code"]), (2, &json!("unknown-input")));
    large.set_len(30_000_000).unwrap();
    std::fs::File::create(workspace.path().join("blueprints/next.json")).unwrap().set_len(30_000_000).unwrap();
    let findings = workspace.findings(&["check"]);
    assert!(findings.iter().any(|finding| finding["code"] == "too-large" && finding["file"] == "blueprints/next.json"));
    workspace.put("blueprints/large.json", format!("[{}0]", "0,".repeat(5_000_000)));
    let findings = workspace.findings(&["check"]);
    assert_eq!((&findings[0]["code"], findings.len()), (&json!("too-large"), 1));
    for name in ["large", "next"] {
        std::fs::remove_file(workspace.path().join(format!("blueprints/{name}.json"))).unwrap();
    }
    for at in 0..10_001 {
        workspace.put(&format!("blueprints/many/{at}.json"), "{}");
    }
    let findings = workspace.findings(&["check"]);
    let codes: Vec<&Value> =
        findings.iter().map(|finding| &finding["code"]).filter(|code| *code == "too-large").collect();
    assert_eq!(codes.len(), 1);
}

#[test]
fn a_stack_with_nothing_to_run_is_a_warning() {
    let workspace = Workspace::empty();
    for content in ["[]", "[[], []]", r#"{"ok": true, "blueprints": []}"#, ZONE] {
        workspace.put("blueprints/zone.json", content);
        for command in ["check", "build"] {
            assert_eq!(workspace.findings(&[command])[0]["code"], "nothing-to-run", "{content}");
            assert_eq!(code(&workspace.synth(&[command, "--strict"])), 1);
        }
    }
    assert_eq!(code(&workspace.synth(&["check", "blueprints/zone.json", "--strict"])), 0);
}

/// Raw control characters are not JSON, and an unresolved conflict is called one.
#[test]
fn mistakes_in_the_text_are_named() {
    let workspace = Workspace::new();
    for (content, says) in [
        (ZONE.replace("Zone", "a\u{1b}]0;t"), "control character U+001B in a string"),
        (ZONE.replace("title", "ti\u{1}tle"), "control character U+0001 in a string"),
        (ZONE.replace("Zone", "a\nb"), "control character U+000A in a string"),
        (
            format!("<<<<<<< HEAD\n{ZONE}\n=======\n{ZONE}\n>>>>>>> other\n"),
            "this file has an unresolved merge conflict",
        ),
        (format!("{{\n<<<<<<< HEAD\n{}", &ZONE[1..]), "this file has an unresolved merge conflict"),
    ] {
        workspace.put("blueprints/a.json", &content);
        let output = workspace.synth(&["check"]);
        assert!(code(&output) == 1 && text(&output.stderr).contains(says), "{}", text(&output.stderr));
    }
    let misspelt = workspace.findings(&["check"]).len();
    assert_eq!(misspelt, 1);
}
