//! What a person gives: refused as Port's form refuses it, before anything is started.

use std::process::{Command, Output};

use serde_json::{Value, json};

use super::{INPUTS, bootstrap, folder, seen, tried};
use crate::workspace::{Workspace, code, text};

const FORM: &str = r#"{"identifier": "db", "title": "DB", "schema": {"properties": {"size": {"type": "number", "minimum": 1},
    "name": {"type": "string"}, "kind": {"type": "string"}, "tags": {"type": "array"}, "on": {"type": "boolean"}, "mail": {"type": "string"}}},
    "relations": {"host": {"target": "db", "many": false, "required": false}},
    "actions": [
        {"identifier": "make", "title": "Make", "trigger": "CREATE", "invocationMethod": {"type": "KAFKA"},
            "userInputs": {"properties": {
                "name": {"type": "string", "minLength": 3, "pattern": "^[a-z]+$"},
                "size": {"type": "number", "minimum": 1, "maximum": 9},
                "kind": {"type": "string", "enum": ["it's", "b"]},
                "tags": {"type": "array", "items": {"type": "string"}},
                "on": {"type": "boolean", "default": true},
                "mail": {"type": "string", "format": "email"}},
            "required": ["name", "kind"]}},
        {"identifier": "grow", "title": "Grow", "trigger": "DAY-2", "invocationMethod": {"type": "KAFKA"},
            "userInputs": {"properties": {}}},
        {"identifier": "hook", "title": "Hook", "trigger": "CREATE", "invocationMethod": {"type": "WEBHOOK", "url": "https://example.com"},
            "userInputs": {"properties": {}}}]}"#;

#[test]
fn wrong_input_is_refused() {
    let workspace = folder(FORM);
    let good = ["make", "--input", "name=abc", "--input", "kind=b"];
    for (arguments, want) in [
        (&["mak"][..], "error: action `mak` is not in `blueprints`\n  help: did you mean `make`?\n"),
        (&["grew", "--entity", "x"], "help: did you mean `grow`?"),
        (&["hook"], "error: action `hook` is not published to Kafka, so the function never sees a run of it\n"),
        (
            &["make"],
            "error: action `db_make` requires input `name`; add --input name=…\n\
             error: action `db_make` requires input `kind`; add --input kind=…\n  help: this fits the form:\n    synth try make --input name=",
        ),
        (&["make", "--input", "kind=b", "--input", "name=ab"], "error: input `name` must have at least 3 characters"),
        (&["make", "--input", "kind=b", "--input", "name=ABC"], "error: input `name` must match"),
        (&["make", "--input", "kind=c", "--input", "name=abc"], "error: input `kind` must be `it's` or `b`"),
        (&[&good[..], &["--input", "size=0"]].concat(), "error: input `size` must be at least `1`, but this is `0`"),
        (&[&good[..], &["--input", "size=10"]].concat(), "error: input `size` must be at most `9`"),
        (&[&good[..], &["--input", "size=two"]].concat(), "error: input `size`: `two` is not valid JSON"),
        (
            &[&good[..], &["--input", "size=\"2\""]].concat(),
            "error: input `size` must be a number, but this is a string",
        ),
        (
            &[&good[..], &["--input", "tags=[1]"]].concat(),
            "error: item 1 of input `tags` must be a string, but this is a number",
        ),
        (&[&good[..], &["--input", "on=yes"]].concat(), "error: input `on`: `yes` is not valid JSON"),
        (&[&good[..], &["--input", "mail=me"]].concat(), "error: input `mail` must be an e-mail address"),
        (&[&good[..], &["--input", "sise=1"]].concat(), "has no input `sise`\n  help: did you mean `size`?"),
        (&[&good[..], &["--user", "me"]].concat(), "error: --user must be an e-mail address"),
        (&[&good[..], &["--entity", "x"]].concat(), "error: action `db_make` creates a new entity; remove --entity"),
        (
            &["grow"],
            "error: action `db_grow` is started on an entity; add --entity ID\n  help: this fits the form:\n    synth try grow --entity my-db\n",
        ),
        (&["grow", "--entity", "a b"], "error: the identifier of --entity contains a space"),
        (
            &["grow", "--entity", "x", "--entity-properties", "sise=1"],
            "error: blueprint `db` has no property `sise`\n  help: did you mean `size`?",
        ),
        (&["grow", "--entity", "x", "--entity-properties", "size=0"], "error: property `size` must be at least `1`"),
        (&["grow", "--entity", "x", "--entity-properties", "host=[]"], "error: relation `host` must be the identifier"),
        (&["grow", "--entity", "x", "--entity-properties", "host=y"], "no error"),
        (&[&good[..], &["--inputs", "absent.json"]].concat(), "error: cannot read `absent.json`"),
        (&[&good[..], &["--inputs", "list.json"]].concat(), "error: `list.json` must hold an object of inputs"),
        (&[&good[..], &["--inputs", "broken.json"]].concat(), "error: `broken.json` is not valid JSON"),
        (
            &[&good[..], &["--inputs", "text.json"]].concat(),
            "error: input `size` must be a number, but this is a string",
        ),
        (&[&good[..], &["--timeout", "0"]].concat(), "error: invalid value '0' for '--timeout <SECONDS>'"),
        (&["make", "--input", "name"], "error: invalid value 'name' for '--input <KEY=VALUE>': write it as KEY=VALUE"),
        (&["make", "--entity-properties", "size=1"], "error: the following required arguments were not provided"),
    ] {
        for (name, content) in [("list.json", "[1]"), ("broken.json", "{"), ("text.json", r#"{"size": "2"}"#)] {
            std::fs::write(workspace.path().join(name), content).unwrap();
        }
        let output = tried(&workspace, bootstrap(), arguments);
        if want == "no error" {
            assert_eq!(code(&output), 0, "{}", text(&output.stderr));
            continue;
        }
        assert!(text(&output.stderr).contains(want), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!((code(&output), text(&output.stdout).as_str()), (2, ""), "{arguments:?}");
    }
}

/// Runs the command line that an error suggests.
fn suggested(workspace: &Workspace, output: &Output) {
    let error = text(&output.stderr);
    assert_eq!(code(output), 2, "{error}");
    // A value may have several lines.
    let (_, suggested) = error.split_once("help: this fits the form:\n").unwrap();
    let line = format!("{} --function {}", suggested.trim(), bootstrap().display());
    let line = line.replacen("synth", env!("CARGO_BIN_EXE_synth"), 1);
    let run = Command::new("sh").args(["-c", &line]).current_dir(workspace.path()).output().unwrap();
    assert_eq!(code(&run), 0, "{line}: {}{}", text(&run.stderr), text(&run.stdout));
}

/// The command line that is suggested works as it is: given values that fit are kept.
#[test]
fn the_suggested_command_works() {
    let workspace = folder(FORM);
    let output = tried(&workspace, bootstrap(), &["make", "--input", "tags=[\"it's\"]"]);
    let error = text(&output.stderr);
    let last = error.lines().last().unwrap().trim();
    assert!(last.starts_with("synth try make --input 'tags=") && last.contains("--input kind="), "{error}");
    suggested(&workspace, &output);
}

/// Whatever the form requires, and whether or not Port would fill it in.
#[test]
fn the_suggested_command_works_for_every_kind_of_input() {
    let entity = |more: &str| format!(r#"{{"type": "string", "format": "entity", "blueprint": "db"{more}}}"#);
    let list = |items: &str| format!(r#"{{"type": "array", "items": {items}, "minItems": 1}}"#);
    let formats = ["date-time", "url", "email", "ipv4", "ipv6", "yaml", "user", "team", "markdown", "multi-line"];
    let by_format = formats.map(|format| format!(r#"{{"type": "string", "format": "{format}"}}"#));
    let kinds = [
        r#"{"type": "string", "default": {"jqQuery": ".user.email"}}"#.to_owned(),
        r#"{"type": "number", "default": {"jqQuery": "1 + 1"}}"#.to_owned(),
        r#"{"type": "array", "items": {"type": "string"}, "default": {"jqQuery": "[]"}}"#.to_owned(),
        entity(r#", "default": {"jqQuery": ".entity.identifier"}"#),
        entity(""),
        list(&entity("")),
        list(r#"{"type": "string", "format": "user"}"#),
        r#"{"type": "string", "pattern": "^[A-Z]{2}'[0-9]$"}"#.to_owned(),
        r#"{"type": "boolean"}"#.to_owned(),
        r#"{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}"#.to_owned(),
        r#"{"type": "number", "exclusiveMinimum": 4, "maximum": 5}"#.to_owned(),
    ];
    for kind in kinds.into_iter().chain(by_format) {
        let (properties, relations) = match serde_json::from_str::<Value>(&kind).unwrap() {
            input if kind.contains("entity\"") => {
                let many = input["type"] == "array";
                (json!({}), json!({"s": {"target": "db", "many": many, "required": false}}))
            }
            input => (json!({"s": {"type": input["type"]}}), json!({})),
        };
        let workspace = folder(&format!(
            r#"{{"identifier": "db", "title": "DB", "schema": {{"properties": {properties}}}, "relations": {relations}, "actions": [{{"identifier": "jq",
                "title": "J", "trigger": "CREATE", "invocationMethod": {{"type": "KAFKA"}}, "userInputs": {{"properties": {{
                "s": {kind}, "title": {{"type": "string"}}}}, "required": ["s"]}}}}]}}"#
        ));
        suggested(&workspace, &tried(&workspace, bootstrap(), &["jq"]));
    }
}

/// What a person cannot choose or type in Port's form is not tried: it would end with a SUCCESS that Port never sees.
#[test]
fn values_that_a_form_cannot_send_are_refused() {
    let workspace = folder(
        r#"[{"identifier": "vm", "title": "VM", "schema": {"properties": {"usr": {"type": "string"}, "users": {"type": "array"},
            "y": {"type": "string"}}},
            "relations": {"zone": {"target": "zone", "many": false, "required": false}, "zones": {"target": "zone", "many": true,
            "required": false}}, "actions": [
            {"identifier": "make", "title": "Make", "trigger": "CREATE", "invocationMethod": {"type": "KAFKA"},
                "userInputs": {"properties": {
                "zone": {"type": "string", "format": "entity", "blueprint": "zone"},
                "zones": {"type": "array", "items": {"type": "string", "format": "entity", "blueprint": "region"}},
                "usr": {"type": "string", "format": "user"},
                "users": {"type": "array", "items": {"type": "string", "format": "user"}},
                "y": {"type": "string", "format": "yaml"}}}},
            {"identifier": "grow", "title": "Grow", "trigger": "DAY-2", "invocationMethod": {"type": "KAFKA"},
                "userInputs": {"properties": {}}}]}]"#,
    );
    let identifier = "must be the identifier of an entity, but this ";
    for (arguments, want) in [
        (&["make", "--input", "zone=a b"][..], format!("input `zone` {identifier}contains a space; only letters")),
        (&["make", "--input", "zone="], format!("input `zone` {identifier}is empty")),
        (&["make", "--input", "zone=.."], format!("input `zone` {identifier}is only dots")),
        (&["make", "--input", r#"zone={"identifier":"z"}"#], format!("input `zone` {identifier}contains `{{`")),
        (
            &["make", "--input", r#"zones=["a", "b c"]"#],
            format!("item 2 of input `zones` {identifier}contains a space"),
        ),
        (&["make", "--input", "usr=x"], "input `usr` must be an e-mail address such as".to_owned()),
        (&["make", "--input", "usr="], "input `usr` must be an e-mail address such as".to_owned()),
        (
            &["make", "--input", r#"users=["a@b.c", "x"]"#],
            "item 2 of input `users` must be an e-mail address".to_owned(),
        ),
        (&["make", "--input", "y=a: ["], "input `y` must be YAML, but line 1 is not".to_owned()),
        (&["make", "--exists", "vm=b a"], "the identifier of --exists vm contains a space".to_owned()),
        (&["make", "--exists", "vm="], "the identifier of --exists vm is empty".to_owned()),
        (
            &["make", "--exists", "vn=a"],
            "blueprint `vn` is not in the input files\n  help: did you mean `vm`?".to_owned(),
        ),
        (&["make", "--exists", "qqqqqqqq=a"], "those are region, vm and zone".to_owned()),
        (
            &["grow", "--entity", "a", "--entity-properties", "zone=a b"],
            format!("relation `zone` {identifier}contains a space"),
        ),
        (
            &["grow", "--entity", "a", "--entity-properties", r#"zones=["",""]"#],
            format!("item 1 of relation `zones` {identifier}is empty"),
        ),
    ] {
        let output = tried(&workspace, bootstrap(), arguments);
        assert!(text(&output.stderr).contains(&want), "{arguments:?}: {}", text(&output.stderr));
        assert_eq!((code(&output), text(&output.stdout).as_str()), (2, ""), "{arguments:?}");
    }
    // Blueprints that only Port has, and YAML of any kind.
    let arguments = [
        "make",
        "--exists",
        "region=r",
        "--exists",
        "zone=z",
        "--input",
        "zone=größe/2",
        "--input",
        "y=a: 1\n---\nb: !x 2",
    ];
    let output = tried(&workspace, bootstrap(), &arguments);
    assert_eq!(code(&output), 0, "{}", text(&output.stderr));
}

/// A file holds JSON, and the command line comes on top.
#[test]
fn inputs_come_from_a_file() {
    let workspace = Workspace::new();
    let form = r#"{"cpu": 1, "memory": 4, "storage": 8, "region": "eu-west-1", "title": "From a file"}"#;
    std::fs::write(workspace.path().join("form.json"), form).unwrap();
    let output = tried(&workspace, bootstrap(), &["create_vm", "--inputs", "form.json", "--input", "cpu=2", "--json"]);
    let seen = seen(&output);
    let entity = &seen["entities"][0]["after"];
    assert_eq!((&entity["identifier"], &entity["properties"]["cpu_cores"]), (&"from-a-file".into(), &2.into()));
}

/// An action is known by the name in its file, unless that is in two of them.
#[test]
fn an_action_has_one_meaning() {
    let workspace = Workspace::new();
    let vm = std::fs::read_to_string(workspace.path().join("blueprints/vm.json")).unwrap();
    let other = vm.replacen("\"vm\"", "\"pc\"", 1).replace("resize_vm", "resize_pc").replace("delete_vm", "delete_pc");
    let other = other.replace("\"blueprintIdentifier\": \"vm\"", "\"blueprintIdentifier\": \"pc\"");
    std::fs::write(workspace.path().join("blueprints/pc.json"), other).unwrap();
    let output = tried(&workspace, bootstrap(), &[&["create_vm"], &INPUTS[..]].concat());
    assert_eq!(
        text(&output.stderr),
        "error: action `create_vm` is in several blueprints\n  help: write `pc_create_vm` or `vm_create_vm`\n"
    );
    let output = tried(&workspace, bootstrap(), &[&["pc_create_vm", "--json"], &INPUTS[..]].concat());
    assert_eq!(seen(&output)["entities"][0]["blueprint"], "pc");
}

/// Input files are read as `check` reads them.
#[test]
fn errors_in_input_files_stop_it() {
    let workspace = folder(&FORM.replace("\"KAFKA\"", "\"KAFCA\""));
    let output = tried(&workspace, bootstrap(), &["make"]);
    assert_eq!((code(&output), text(&output.stdout).as_str()), (1, ""));
    assert!(text(&output.stderr).contains("did you mean `KAFKA`?"), "{}", text(&output.stderr));
}
