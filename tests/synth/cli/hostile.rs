//! Names that act on a terminal, a runner's log or a page are shown, and do nothing.

use std::process::Output;

use local::{Effect, Fault, Progress};
use serde_json::{Value, json};

use crate::port::organization::Organization;
use crate::workspace::{Workspace, code, text};

/// What a name may hold: sequences for terminals, characters that hide or turn others, and commands of runners.
const NAMES: [&str; 3] = [
    "a\u{1b}]0;title\u{7}\u{1b}[31m\0\u{8}\u{7f}\u{9b}31m\u{85}\u{202e}\u{2066}\u{2069}\u{200e}\u{61c}\u{200b}\u{200d}\u{feff}\u{2060}\u{ad}\
     \u{2028}\u{2029}b",
    "a\n::error::b\n  ::stop-commands::x\r::warning::\r\n##[error]c\n##vso[task.complete]",
    "a</text></script><script>alert(1)</script><!-- --><img src=x onerror=alert(1)>]]>`|**b** @team #1 \
     [x](https://example.com) ```\n# b\\N\"; --> %%{init}%%",
];

/// Checks that standard output and standard error have nothing hidden but newlines, tabs and colours of ours, and no line
/// that is a command.
fn check(arguments: &[&str], output: &Output) -> (String, String) {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    for stream in [&out, &err] {
        let plain = uncolored(stream);
        if let Some(hidden) = plain.chars().find(|c| model::visible::is_hidden(*c) && !['\n', '\t'].contains(c)) {
            panic!("{arguments:?}: {hidden:?} in {plain:?}");
        }
        for line in plain.lines() {
            let command = line.trim_start().starts_with("::") || line.contains("##[") || line.contains("##vso[");
            assert!(!command, "{arguments:?}: {line}");
        }
    }
    (out, err)
}

/// Removes the colours that miette writes.
fn uncolored(text: &str) -> String {
    let mut plain = String::new();
    let mut pieces = text.split('\u{1b}');
    plain += pieces.next().unwrap_or_default();
    for piece in pieces {
        let end = piece.find('m').unwrap();
        let digits = piece[..end].strip_prefix('[').unwrap();
        assert!(digits.chars().all(|c| c.is_ascii_digit() || c == ';'), "{piece:?}");
        plain += &piece[end + 1..];
    }
    plain
}

/// A template with a name in every place that a report or a picture shows.
fn template(name: &str, more: &str) -> Value {
    json!({
        "Description": name,
        "Parameters": { name: { "Type": "String", "Default": name, "Description": name } },
        "Conditions": { name: { "Fn::Equals": [{ "Ref": name }, name] } },
        "Resources": {
            name: { "Type": "AWS::SQS::Queue", "Condition": name, "Properties": { "QueueName": format!("{name}{more}"), name: more } },
            "Fn": { "Type": "AWS::Serverless::Function", "Properties": {
                "Description": name, "Handler": name, "Environment": { "Variables": { name: { "Ref": name }, "A": more } },
                "Events": { name: { "Type": "SQS", "Properties": { "Queue": { "Fn::GetAtt": [name, "Arn"] } } } },
                "Policies": [{ "Statement": [{ "Effect": "Allow", "Action": format!("sqs:{name}{more}"), "Resource": name }] }],
            } },
            format!("{name}{more}"): { "Type": name, "Properties": { "A": { "Ref": name } } },
        },
        "Outputs": { name: { "Value": name, "Description": more } },
    })
}

#[test]
fn templates_are_shown_and_not_obeyed() {
    for name in NAMES {
        let workspace = Workspace::empty();
        for (file, more) in [("old.json", "1"), ("new.json", "2")] {
            std::fs::write(workspace.path().join(file), template(name, more).to_string()).unwrap();
        }
        for format in ["text", "markdown", "json", "html"] {
            let arguments = ["diff", "old.json", "--head", "new.json", "--format", format, "--fail-on", "replacement"];
            let (out, _) = check(&arguments, &workspace.synth(&arguments));
            match format {
                "html" => assert_markup(&out),
                "markdown" => assert_markdown(&out),
                "json" => drop(serde_json::from_str::<Value>(&out).unwrap()),
                _ => {}
            }
        }
        for format in ["svg", "dot", "mermaid"] {
            let arguments = ["graph", "old.json", "--format", format];
            let (out, _) = check(&arguments, &workspace.synth(&arguments));
            if format == "svg" {
                assert_markup(&out);
            }
        }
    }
}

/// Checks that names are text outside of blocks of code, and end none.
fn assert_markdown(comment: &str) {
    let mut fence = None;
    for line in comment.lines() {
        match &fence {
            None if line.starts_with("```") => fence = Some(line.trim_end_matches("diff").to_owned()),
            Some(fence_of_block) if line.starts_with(fence_of_block) => fence = None,
            None => {
                assert!(
                    !["<script", "<img", "@team", "](http", "**b"].iter().any(|part| line.contains(part)),
                    "{line}"
                );
            }
            Some(_) => {}
        }
    }
    assert!(fence.is_none() && comment.trim_end().ends_with("</details>"), "{comment}");
}

/// Checks that all elements are ours and closed.
fn assert_markup(page: &str) {
    let known = [
        "!doctype",
        "?xml",
        "article",
        "body",
        "br",
        "caption",
        "code",
        "dd",
        "desc",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "g",
        "h1",
        "h2",
        "h3",
        "head",
        "header",
        "html",
        "li",
        "main",
        "meta",
        "nav",
        "ol",
        "p",
        "path",
        "pre",
        "rect",
        "section",
        "span",
        "strong",
        "style",
        "summary",
        "svg",
        "table",
        "tbody",
        "td",
        "text",
        "th",
        "thead",
        "title",
        "tr",
        "ul",
        "a",
    ];
    let mut open = Vec::new();
    for tag in page.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').unwrap_or_else(|| panic!("{tag}"));
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap().to_lowercase();
        assert!(known.contains(&name.as_str()), "<{tag}>");
        assert!(!tag.contains("onerror"), "<{tag}>");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{tag}>");
        } else if !tag.ends_with('/') && !["!doctype", "?xml", "meta", "br"].contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

/// Documents with a name in every place, of which some are wrong.
fn documents(name: &str) -> [String; 2] {
    let action = json!({"identifier": name, "title": name, "trigger": "CREATE", "invocationMethod": {"type": "KAFKA"}, name: 1,
        "userInputs": {"properties": {name: {"type": name, "title": name}}, "required": [name]},
        "runner": {"entity": {"identifier": format!("{{{{ .inputs.{name} }}}}"), "properties": {name: name}, name: name}}});
    let blueprint = json!({"identifier": name, "title": name, name: name,
        "schema": {"properties": {name: {"type": "string", "title": name, "enum": [name]}}, "required": [name]},
        "relations": {name: {"target": name, "many": name}}, "actions": [action.clone(), action]});
    let vm = std::fs::read_to_string(crate::root().join("blueprints/vm.json")).unwrap();
    let quoted = Value::from(name).to_string();
    let fine = vm.replace("\"title\": \"VM\"", &format!("\"title\": {quoted}, \"description\": {quoted}"));
    assert_ne!(fine, vm);
    [fine, blueprint.to_string()]
}

#[test]
fn documents_are_shown_and_not_obeyed() {
    for name in NAMES {
        let workspace = Workspace::new();
        let folder = workspace.path().join("blueprints");
        let documents = documents(name);
        std::fs::write(folder.join("vm.json"), &documents[0]).unwrap();
        std::fs::write(
            workspace.path().join("overrides.json"),
            json!({"Metadata": {name: name}, "Resources": {"Runner": {"Properties": {
            "Environment": {"Variables": {"A": name}}, "Description": name}}}})
            .to_string(),
        )
        .unwrap();
        for arguments in [
            &["check", "--color", "always"][..],
            &["--check"],
            &["--stdout"],
            &["--stdout", "--format", "json"],
            &["check", "--message-format", "json"],
            &["event", "--action", "create_vm"],
            &["graph"],
            &["diff", "./nothing"],
        ] {
            check(arguments, &workspace.synth(arguments));
        }
        // File names, keys and texts of a document that is wrong, and control characters as they are.
        let file = name.replace(['/', '\0'], "-");
        let raw = documents[1].replace("\\u001b", "\u{1b}").replace("\\u0007", "\u{7}").replace("\\r", "\r");
        std::fs::write(folder.join(format!("{file}.json")), raw).unwrap();
        std::fs::write(folder.join("broken.json"), format!("{{\"{name}\": {name}")).unwrap();
        let named = format!("blueprints/{file}.json");
        for arguments in [
            &["check", "--color", "always"][..],
            &["check", "--color", "never"],
            &["check", "--table"],
            &["check", "--message-format", "json"],
            &["check", "--message-format", "sarif"],
            &["build"],
            &["upgrade", "--check"],
            &["upgrade", "--stdout", &named],
            &["upgrade", &named],
            &["check", &named],
            &["check", &format!("{file}/nowhere")],
            &["explain", &file],
            &[&file],
            &["new", "blueprint", &file],
            &["new", "action", &file, "--blueprint", &file, "--operation", "CREATE"],
            &["diff", &file],
            &["graph", &file],
            &["build", "--out", &file],
            &["--color", "always", &file],
            &["event", "--action", &file],
        ] {
            let (out, _) = check(arguments, &workspace.synth(arguments));
            if arguments.contains(&"json") || arguments.contains(&"sarif") {
                let findings: Value = serde_json::from_str(&out).unwrap();
                assert_messages(&findings);
            }
        }
    }
}

/// What tools show to people is visible after JSON was read, too.
fn assert_messages(findings: &Value) {
    match findings {
        Value::Object(pairs) => {
            for (key, value) in pairs {
                match value.as_str() {
                    Some(text) if ["message", "help", "text", "uri"].contains(&key.as_str()) => {
                        assert!(!text.contains(|c| model::visible::is_hidden(c) && c != '\n'), "{text:?}");
                    }
                    _ => assert_messages(value),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(assert_messages),
        _ => {}
    }
}

/// A template that is printed is the template that is written, whatever is in it.
#[test]
fn printed_templates_keep_their_meaning() {
    for name in NAMES {
        let workspace = Workspace::new();
        let patch = json!({"Resources": {"Runner": {"Properties": {"Description": name, "Tags": {"a": name}}}}});
        std::fs::write(workspace.path().join("overrides.json"), patch.to_string()).unwrap();
        let output = workspace.synth(&["--stdout"]);
        assert_eq!(code(&output), 0, "{}", text(&output.stderr));
        let printed: Value = serde_saphyr::from_str(&text(&output.stdout)).unwrap();
        assert_eq!(code(&workspace.synth(&[])), 0);
        let written = std::fs::read_to_string(workspace.path().join("out/template.yaml")).unwrap();
        let written: Value = serde_saphyr::from_str(&written).unwrap();
        assert_eq!(printed["Resources"]["Runner"]["Properties"]["Tags"]["a"], name);
        assert_eq!(printed, written);
        let output = workspace.synth(&["--stdout", "--format", "json"]);
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(printed["Resources"]["Runner"]["Properties"]["Description"], name);
    }
}

#[test]
fn words_of_port_are_shown_and_not_obeyed() {
    for name in NAMES {
        let organization = Organization::example();
        let ported = |arguments: &[&str]| check(arguments, &organization.synth(arguments));
        organization.done(&["apply", "--yes"]);
        // A plan that removes and changes what somebody else named.
        organization.port.add_blueprint(
            json!({"identifier": "theirs", "title": name, "schema": {"properties": {}}, "relations": {}}),
        );
        let mut vm = organization.port.blueprint("vm").unwrap();
        vm["title"] = name.into();
        vm["schema"]["properties"][name] = json!({"type": "string", "title": name});
        organization.port.add_blueprint(vm);
        for arguments in [
            &["plan"][..],
            &["plan", "--prune"],
            &["plan", "--prune", "--format", "json"],
            &["drift"],
            &["apply", "--yes", "--prune"],
            &["import"],
        ] {
            ported(arguments);
        }
        let entity = organization.port.actions()[0]["identifier"].as_str().unwrap().to_owned();
        organization.port.add_run(name, &entity, Some("vm"), None);
        organization.port.add_run("r_2", name, Some("vm"), None);
        ported(&["runs", "--all"]);
        ported(&["runs", "--all", "--format", "json"]);
        let script =
            [Progress::Log(name.to_owned()), Progress::End { status: name.to_owned(), summary: name.to_owned() }];
        organization.port.script_runs("vm_delete_vm", script);
        ported(&["run", "delete_vm", "--entity", &name.replace('\0', "-"), "--watch"]);
        let body = json!({"ok": false, "error": name, "message": name});
        for code in [401, 404, 422] {
            for path in ["access_token", "/v1/blueprints", "/v1/actions"] {
                organization.port.clear_faults();
                let refusal = Effect::Status { code, headers: Vec::new(), body: body.clone() };
                organization.port.script(Fault::new(refusal).path(path).times(9));
                for arguments in
                    [&["plan"][..], &["apply", "--yes", "--allow-destructive"], &["run", "delete_vm", "--entity", "x"]]
                {
                    ported(arguments);
                }
            }
        }
    }
}
