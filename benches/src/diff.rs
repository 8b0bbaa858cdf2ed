//! `synth diff` as a whole process, and how much there is to read.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use crate::Paths;
use crate::effort::Effort;
use crate::figures::{ratio, show};
use crate::process::{Meter, Taken, rounds};
use crate::table::Table;

/// The resources of each template: the maximum that CloudFormation accepts.
const RESOURCES: u32 = 500;

/// Measures, and prints the tables.
pub(crate) fn measure(paths: &Paths, effort: &Effort, out: &mut dyn Write) -> anyhow::Result<()> {
    writeln!(out, "\n## synth diff\n")?;
    let meter = Meter::find()?;
    let folder = tempfile::tempdir()?;
    let mut table = Table::new(["two templates of 500", "KiB", "ms", "CPU ms", "peak MiB", "bare ms", "time", "aim"]);
    for (words, every, renamed) in
        [("one hundred changed", 5, ""), ("all changed", 1, ""), ("all renamed", 500, "Again")]
    {
        let place = folder.path().join(words);
        fs::create_dir(&place)?;
        let (old, new) = (template(0, ""), template(every, renamed));
        fs::write(place.join("old.json"), &old)?;
        fs::write(place.join("new.json"), &new)?;
        let arguments = ["diff", "old.json", "--head", "new.json", "--format", "markdown"];
        let (bare, taken) = rounds(effort.example, |(bare, taken): &mut (Taken, Taken)| {
            meter.run(&place, &paths.bare, ["."], bare)?;
            meter.run(&place, &paths.synth, arguments, taken)
        })?;
        table.row([
            words.to_owned(),
            (old.len() + new.len()).div_ceil(1024).to_string(),
            show(taken.wall.median()),
            show(taken.cpu.median()),
            show(taken.memory.median()),
            show(bare.wall.median()),
            ratio(taken.wall.median(), bare.wall.median()),
            "50 ms".to_owned(),
        ]);
    }
    write!(out, "{table}")?;
    let (ours, theirs) = lines(paths, folder.path())?;
    writeln!(out, "\none action added: {ours} lines of Markdown (aim: under 60); `git diff out/` has {theirs}")?;
    Ok(())
}

/// Returns a template as JSON. Every n-th resource has a change.
fn template(every: u32, renamed: &str) -> String {
    let resources = (0..RESOURCES / 2).flat_map(|number| {
        let changed = |at: u32| every > 0 && renamed.is_empty() && at.is_multiple_of(every);
        let (queue, role) = (format!("Queue{number}{renamed}"), format!("Role{number}{renamed}"));
        let retention = if changed(2 * number) { 60 } else { 120 };
        let action = if changed(2 * number + 1) { "sqs:*" } else { "sqs:SendMessage" };
        let statement = json!({"Effect": "Allow", "Action": [action, "sqs:GetQueueUrl"], "Resource": {"Fn::GetAtt": [queue, "Arn"]}});
        let trust = json!({"Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]});
        [
            (queue.clone(), json!({"Type": "AWS::SQS::Queue", "Properties": {
                "MessageRetentionPeriod": retention, "Tags": [{"Key": "number", "Value": number}]}})),
            (role, json!({"Type": "AWS::IAM::Role", "Properties": {
                "AssumeRolePolicyDocument": trust,
                "Policies": [{"PolicyName": "own", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement]}}]}})),
        ]
    });
    json!({ "Resources": resources.collect::<serde_json::Map<String, Value>>() }).to_string()
}

/// Returns how many lines a reviewer reads for one added action: in the comment, and in the diff of the folder.
fn lines(paths: &Paths, folder: &Path) -> anyhow::Result<(usize, usize)> {
    let input = folder.join("blueprints");
    fs::create_dir(&input)?;
    let example = fs::read_to_string(paths.blueprints.join("vm.json"))?;
    let build = |out: &str| -> anyhow::Result<()> {
        let built = Command::new(&paths.synth).args(["build", "--out", out]).current_dir(folder).output()?;
        ensure!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        Ok(())
    };
    fs::write(input.join("vm.json"), &example)?;
    build("old")?;
    let action = json!({
        "identifier": "restart_vm",
        "title": "Restart VM",
        "trigger": { "type": "self-service", "operation": "DAY-2", "userInputs": { "properties": {} } },
        "invocationMethod": { "type": "KAFKA" },
        "runner": { "entity": { "properties": { "deployed": "Restarting" } } },
    });
    let (before, after) = example.rsplit_once("  ]\n}").context("the example does not end as expected")?;
    fs::write(input.join("vm.json"), format!("{},\n{action:#}\n  ]\n}}{after}", before.trim_end()))?;
    build("new")?;
    let count = |command: &mut Command| -> anyhow::Result<usize> {
        Ok(String::from_utf8_lossy(&command.current_dir(folder).output()?.stdout).lines().count())
    };
    let ours = count(Command::new(&paths.synth).args(["diff", "./old", "--head", "new", "--format", "markdown"]))?;
    let theirs = count(Command::new("git").args(["diff", "--no-index", "--no-color", "old", "new"]))?;
    Ok((ours, theirs))
}
