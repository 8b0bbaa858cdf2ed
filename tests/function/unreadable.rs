//! Records that the ordinary reader refuses: what is ours is carried out or ends as a failure, what is not stays
//! untouched, and what may be ours leaves a line and a metric.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use local::{KafkaEvent, Random};
use serde_json::{Value, json};

use crate::deployment::CLIENT_SECRET;
use crate::function::{Function, done};
use crate::messages::{ours, tutorial};

/// A run of `vm_create_vm` whose title is `TITLE`, as text.
const OURS: &str = r#"{"action":"vm_create_vm","context":{"runId":"r_1","blueprint":"vm","entity":null},"trigger":{"by":{"user":{"firstName":"NAME"}}},"inputs":{"title":"TITLE","cpu":2,"memory":4,"storage":50,"region":"eu-west-1","extra":EXTRA},"entity":null}"#;

/// Returns the message of a run with a title, a person's name and one more input, each as JSON inside its quotes.
fn message(title: &str, name: &str, extra: &str) -> Vec<u8> {
    OURS.replace("TITLE", title).replace("NAME", name).replace("EXTRA", extra).into_bytes()
}

impl Function {
    /// Delivers one record and returns the lines that the function printed about it.
    fn deliver_record(&self, record: &[u8]) -> Vec<Value> {
        let before = self.process().output().len();
        let event = KafkaEvent::new("org.runs").record(0, 1, Some(record)).build();
        assert_eq!(self.invoke(&event, Duration::from_secs(20)).answer, done(), "{}", String::from_utf8_lossy(record));
        let lines = || self.process().output().split_at(before).1.to_owned();
        // A batch that leaves a line of its own also leaves metrics, behind all lines.
        let ended = |lines: &str| match lines.split_once("\"message\":\"batch\"") {
            Some((before, after)) => !before.contains('\n') || after.contains("\"Rejected\""),
            None => false,
        };
        let deadline = std::time::Instant::now() + Duration::from_secs(5);
        while !(ended(&lines()) && lines().ends_with('\n')) && std::time::Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
        lines().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Returns the line with this message.
fn line<'a>(lines: &'a [Value], message: &str) -> Option<&'a Value> {
    lines.iter().find(|line| line["message"] == message)
}

/// Returns a metric of the batch, 0 if there is none.
fn metric(lines: &[Value], name: &str) -> u64 {
    lines.iter().filter(|line| line.get("Outcome").is_none()).find_map(|line| line[name].as_u64()).unwrap_or_default()
}

fn nested(levels: usize) -> String {
    format!("{}{}", "[".repeat(levels), "]".repeat(levels))
}

/// What `serde_json` refuses but can be understood is carried out.
#[test]
fn a_message_that_can_be_understood_is_carried_out() {
    let function = Function::new();
    for (n, (record, title)) in [
        (message(r"Web \ud83d", "Ann", "1"), "Web \u{fffd}"),
        (message("Web", r"Ann \ud83d", "1"), "Web"),
        (message("Web", r"\ude80", r#"{"\udfff":1}"#), "Web"),
        (message("Web", "Ann", &nested(130)), "Web"),
        (message("Web", "Ann", &nested(250)), "Web"),
        (message("Web", "Ann", "1e999"), "Web"),
        (message("Web", "Ann", &"9".repeat(400)), "Web"),
        (message("Web", "Ann", "[NaN, Infinity, -Infinity]"), "Web"),
        (message("Web\u{1}\n", "Ann", "1"), "Web\u{1}\n"),
        ([b"\xef\xbb\xbf".to_vec(), message("Web", "Ann", "1")].concat(), "Web"),
        ([message("Web", "Ann", "1"), b"\0\0\n".to_vec()].concat(), "Web"),
        (message("W\u{e9}b", "Ann", "1").into_iter().filter(|byte| *byte != 0xc3).collect(), "W\u{fffd}b"),
        (message("Web", "Ann", r#"1,"title":"12 Last""#), "Last"),
    ]
    .into_iter()
    .enumerate()
    {
        let run = format!("r_{n}x");
        function.run(&run, "vm_create_vm", None);
        let record = replace(&record, b"r_1", run.as_bytes());
        let record = replace(&record, b"\"title\":\"", format!("\"title\":\"{n} ").as_bytes());
        let lines = function.deliver_record(&record);
        assert_eq!(function.status(&run), "SUCCESS", "{}", String::from_utf8_lossy(&record));
        assert_eq!(line(&lines, "run").unwrap()["outcome"], "SUCCESS");
        let title = format!("{n} {title}");
        let id = model::identifier::slug(&title);
        assert_eq!(function.port.entity("vm", &id).map(|entity| entity["title"].clone()), Some(json!(title)));
    }
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = text.windows(from.len()).position(|part| part == from).unwrap();
    [&text[..at], to, &text[at + from.len()..]].concat()
}

/// What cannot be understood ends as a failure that names the place and nothing of the message.
#[test]
fn a_message_that_cannot_be_understood_ends_as_a_failure() {
    let function = Function::new();
    let good = String::from_utf8(message("Web", "Ann", "1")).unwrap();
    let cannot = "The message of this run cannot be read: ";
    for (n, (record, want)) in [
        (good[..good.len() - 1].to_owned(), "it ends in the middle, after "),
        (good[..good.find("\"inputs\"").unwrap() + 20].to_owned(), "it ends in the middle, after "),
        (good.clone() + "{}", "something else follows its end, after "),
        (good.replace("Web", r"W\eb"), "a string has an unknown escape after "),
        (good.replace("Web", "W\"eb"), "it is not JSON after "),
        (good.replace("\"cpu\":2", "\"cpu\":0x2"), "it is not JSON after "),
        (good.replace("\"cpu\":2", "\"cpu\":undefined"), "it is not JSON after "),
        (good.replace("\"cpu\":2,", "\"cpu\":2,,"), "it is not JSON after "),
        (
            good.replace("\"extra\":1", &format!("\"extra\":{}", nested(300))),
            "it is nested more than 256 levels deep, after ",
        ),
        (
            good.replace("\"extra\":1", &format!("\"extra\":{}", "[".repeat(900_000))),
            "it is nested more than 256 levels deep, after ",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        let run = format!("r_{n}x");
        function.run(&run, "vm_create_vm", None);
        let lines = function.deliver_record(record.replace("r_1", &run).as_bytes());
        let summary = function.summary(&run);
        assert_eq!(function.status(&run), "FAILURE", "{record:.300}");
        assert!(summary.starts_with(&format!("{cannot}{want}")), "{summary}");
        let line = line(&lines, "run").unwrap();
        assert_eq!((&line["level"], &line["outcome"]), (&json!("WARN"), &json!("FAILURE")));
        assert!(line["cause"].as_str().unwrap().contains(want.trim()), "{line}");
    }
    assert!(function.calls().iter().all(|call| !call.contains("/entities")));
}

/// An entity that is too deep for the answer to be read, or too large for Port, is not sent.
#[test]
fn an_entity_that_port_would_not_take_ends_as_a_failure() {
    let mut function = Function::with_plan(|plan| {
        for action in
            plan["actions"].as_array_mut().unwrap().iter_mut().filter(|action| action["action"] == "vm_create_vm")
        {
            action["entity"]["properties"] = json!({"a": "{{ .inputs.extra }}", "b": "{{ .inputs.extra }}"});
        }
    });
    let large = "The entity is larger than 960 KiB, which is the most that can be sent to Port.";
    for (run, extra, want) in [
        ("r_deep", serde_json::from_str(&nested(122)).unwrap(), "The entity is nested more than 120 levels deep."),
        ("r_large", json!("x".repeat(600_000)), large),
        ("r_escaped", json!("\u{1}".repeat(90_000)), large),
        ("r_keys", json!({ "k".repeat(600_000): 1 }), large),
    ] {
        function.run(run, "vm_create_vm", None);
        assert_eq!(
            function.deliver(&[ours("vm_create_vm", run, None, &json!({"title": "Web", "extra": extra}))]),
            done()
        );
        assert_eq!((function.status(run).as_str(), function.summary(run).as_str()), ("FAILURE", want));
    }
    // The title counts, too, and what just fits comes back in Port's answer.
    for (run, length, status) in [("r_title", 4_000_000, "FAILURE"), ("r_fits", 980_000, "SUCCESS")] {
        function.run(run, "vm_create_vm", None);
        let title = format!("{run}{}", "x".repeat(length));
        assert_eq!(function.deliver(&[ours("vm_create_vm", run, None, &json!({"title": title}))]), done());
        assert_eq!(function.status(run), status);
    }
}

/// A signature over the text as it is.
fn signed(message: &str, secret: &str) -> String {
    use hmac::{Hmac, KeyInit as _, Mac as _};
    let mut hmac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let open = message.strip_suffix('}').unwrap();
    // `KafkaEvent` publishes offset 1 at this time.
    hmac.update(format!("1700000000.{open},\"headers\":{{}}}}").as_bytes());
    let mac = STANDARD.encode(hmac.finalize().into_bytes());
    format!(r#"{open},"headers":{{"X-Port-Signature":"v1,{mac}","X-Port-Timestamp":1700000000}}}}"#)
}

/// What happens to each kind of damage under each kind of signature.
#[test]
fn an_unreadable_message_ends_its_run_only_if_its_signature_allows_it() {
    for required in [false, true] {
        let function = Function::with_plan(|plan| {
            plan["signatures"] = json!(if required { "required" } else { "if-present" });
        });
        for n in 0.. {
            let run = format!("r_{n}x");
            let Some((name, record, optional, where_required)) = damaged_and_signed(&run).into_iter().nth(n) else {
                break;
            };
            let want = if required { where_required } else { optional };
            function.run(&run, "vm_create_vm", None);
            let lines = function.deliver_record(record.as_bytes());
            let case = format!("{n}: {name}, required: {required}: {lines:?}");
            assert_eq!(function.status(&run), want, "{case}");
            let calls = function.calls();
            if want == "IN_PROGRESS" {
                assert_eq!(calls, Vec::<String>::new(), "{case}");
                let line = line(&lines, "a message was not acted on").unwrap();
                assert_eq!((&line["level"], &line["runId"]), (&json!("ERROR"), &json!(run)), "{case}");
                assert_eq!(metric(&lines, "Rejected"), 1, "{case}");
            }
        }
    }
}

/// Messages of a run with the status that they lead to where signatures are optional, and where they are required.
fn damaged_and_signed(run: &str) -> [(&'static str, String, &'static str, &'static str); 12] {
    let good = String::from_utf8(message(&format!("Web {run}"), "Ann", "1")).unwrap().replace("r_1", run);
    let half = good.replace("Web", r"W\ud83d");
    let escape = good.replace("Web", r"W\eb");
    let deep = good.replace("\"extra\":1", &format!("\"extra\":{}", nested(300)));
    let quote = |text: &str| text.replace("Web", "W\"eb");
    let by_port = |text: &str| signed(text, CLIENT_SECRET);
    let by_another = |text: &str| signed(text, "another secret");
    [
        ("half a surrogate pair, unsigned", half.clone(), "SUCCESS", "IN_PROGRESS"),
        ("half a surrogate pair, signed", by_port(&half), "SUCCESS", "SUCCESS"),
        ("half a surrogate pair, forged", by_another(&half), "IN_PROGRESS", "IN_PROGRESS"),
        ("an escape, unsigned", escape.clone(), "FAILURE", "IN_PROGRESS"),
        ("an escape, signed", by_port(&escape), "FAILURE", "FAILURE"),
        ("an escape, forged", by_another(&escape), "IN_PROGRESS", "IN_PROGRESS"),
        ("a quote, unsigned", quote(&good), "FAILURE", "IN_PROGRESS"),
        ("a quote, signed before", quote(&by_port(&good)), "IN_PROGRESS", "IN_PROGRESS"),
        ("too deep, signed", by_port(&deep), "FAILURE", "FAILURE"),
        ("a tail, signed", by_port(&good) + "{}", "IN_PROGRESS", "IN_PROGRESS"),
        ("NULs, signed", by_port(&good) + "\0", "SUCCESS", "SUCCESS"),
        ("cut inside the signature", by_port(&good)[..good.len() + 50].to_owned(), "IN_PROGRESS", "IN_PROGRESS"),
    ]
}

/// A run of somebody else stays theirs, whatever it quotes and however it is damaged.
#[test]
fn a_foreign_message_that_quotes_ours_stays_foreign() {
    let function = Function::new();
    let quoted = tutorial("r_1").to_string();
    let foreign = json!({"action": "restart_pod", "context": {"blueprint": "pod", "runId": "r_theirs"},
        "inputs": {"note": quoted, "request": tutorial("r_1")}, "entity": {"action": "vm_create_vm", "runId": "r_1"}})
    .to_string();
    let of_another_blueprint =
        json!({"action": "create_vm", "context": {"blueprint": "pod", "runId": "r_1"}, "inputs": {"a": 1}});
    let news = json!({"action": "create_vm", "resourceType": "run", "status": "SUCCESS", "context": {"blueprint": "vm", "runId": "r_1"}, "inputs": {"a": 1}});
    let nested_only =
        json!({"action": "other", "context": {"action": "vm_create_vm"}, "payload": tutorial("r_1")}).to_string();
    function.run("r_1", "vm_create_vm", None);
    for record in [
        foreign.replace("restart_pod\"", "restart_pod\",\"x\":\"\\ud83d\""),
        foreign.replace("\"inputs\":{", "\"inputs\":{\"x\":\"\\ud83d\","),
        foreign.replace("\"inputs\":{", "\"inputs\":{\"x\":\"\\q\","),
        foreign.replace("\"inputs\":{", "\"inputs\":{\"x\":\"a\"b\","),
        foreign[..foreign.len() - 3].to_owned(),
        foreign[..foreign.find("vm_create_vm").unwrap() + 15].to_owned(),
        of_another_blueprint.to_string().replace('1', "\"\\ud83d\""),
        of_another_blueprint.to_string().replace(":1}", ":1"),
        news.to_string().replace("\"a\":1", "\"a\":\"\\ud83d\""),
        nested_only.replace("other\"", "other\",\"inputs\":\"\\q\""),
    ] {
        let lines = function.deliver_record(record.as_bytes());
        assert_eq!((function.status("r_1").as_str(), function.calls().len()), ("IN_PROGRESS", 0), "{record}");
        assert!(lines.iter().all(|line| line["level"] == "INFO"), "{record}\n{lines:?}");
    }
}

/// A record that may be ours and does not say so leaves a line and a metric, which has no alarm.
#[test]
fn a_record_that_may_be_ours_is_reported_to_operators() {
    let function = Function::new();
    function.run("r_1", "vm_create_vm", None);
    let good = message("Web", "Ann", "1");
    for record in [
        b"not json".to_vec(),
        b"\0\x01\x02\xff".to_vec(),
        Vec::new(),
        b"[[[[".to_vec(),
        good[1..].to_vec(),
        good[..20].to_vec(),
        replace(&good, b"action", b"acti\x01n"),
        replace(&good, b"vm_create_vm", b"vm_create_\xffm"),
        replace(&good, b"vm_create_vm\"", b"vm_create_vm"),
        replace(&good, b"\"vm\"", b"\"\xff\""),
        // The blueprint that an alias needs is lost.
        br#"{"action":"create_vm","context":{"runId":"r_1","blue"#.to_vec(),
    ] {
        let case = String::from_utf8_lossy(&record).into_owned();
        let lines = function.deliver_record(&record);
        assert_eq!((function.status("r_1").as_str(), function.calls().len()), ("IN_PROGRESS", 0), "{case}");
        let line = line(&lines, "a record cannot be read").unwrap_or_else(|| panic!("{case}: {lines:?}"));
        assert_eq!((&line["level"], &line["offset"]), (&json!("WARN"), &json!(1)), "{case}");
        assert_eq!((metric(&lines, "Unreadable"), metric(&lines, "Rejected")), (1, 0), "{case}");
    }
    // Ours, but nothing says which run.
    for record in [
        &br#"{"action":"vm_create_vm","context":{"runId":"r_"#[..],
        b"{\"action\":\"vm_create_vm\",\"context\":{\"runId\":\"r_\xff\"}}",
        br#"{"action":"vm_create_vm"}"#,
    ] {
        let lines = function.deliver_record(record);
        assert_eq!(metric(&lines, "Rejected"), 1);
        assert!(lines.iter().any(|line| line["level"] == "ERROR"), "{lines:?}");
    }
}

/// Whatever happens to one byte of a message of ours, its run is carried out, or ends as a failure, or an operator hears
/// of it; unless it is JSON that asks for something else now. It never goes back.
#[test]
fn no_damage_goes_unnoticed() {
    let function = Function::new();
    let mut random = Random::new(20_261_128);
    let mut ended = 0;
    for (n, good) in
        [message("Web", "Ann", "1"), tutorial("r_1").to_string().into_bytes()].iter().cycle().take(400).enumerate()
    {
        let run = format!("r_{n}x");
        function.run(&run, "vm_create_vm", None);
        let mut record = replace(good, b"r_1", run.as_bytes());
        let at = random.below(record.len());
        let byte = u8::try_from(random.below(256)).unwrap();
        match random.below(4) {
            0 => record.truncate(at),
            1 => record[at] ^= 1 << random.below(8),
            2 => record.insert(at, *random.one_of(b"\"{}[],:\\\0\xff ").unwrap()),
            _ => drop(record.splice(at..=at, (byte % 2 == 0).then_some(byte))),
        }
        let lines = function.deliver_record(&record);
        let status = function.status(&run);
        ended += usize::from(status != "IN_PROGRESS");
        let noticed = lines.iter().any(|line| line["level"] == "WARN" || line["level"] == "ERROR")
            && lines.iter().any(|line| line["message"] == "metrics");
        let is_json = serde_json::from_slice::<Value>(&record).is_ok();
        assert!(
            matches!(status.as_str(), "SUCCESS" | "FAILURE") || noticed || is_json,
            "{n}: {}\n{lines:?}",
            String::from_utf8_lossy(&record)
        );
    }
    assert!(ended > 200, "{ended}");
}
