//! What to do after `synth init`.

use std::io::Write;
use std::path::Path;

use synth::scaffold::home::{self, UNKNOWN_OWNER};
use synth::scaffold::runner::MANIFEST;

use super::super::shell::quoted_path;
use synth::scaffold::repository::{RELEASE, Repository, STACK};

/// Prints the steps from the new repository to a deployed function. `unignored` are lines that its `.gitignore` lacks.
pub(super) fn steps(
    repository: &Repository,
    folder: &Path,
    unignored: &[String],
    err: &mut dyn Write,
) -> anyhow::Result<()> {
    let Some(stage) = repository.stages.first() else { return Ok(()) };
    let (name, region) = (&stage.name, &repository.aws_region);
    let mut number = 0;
    let mut step = |err: &mut dyn Write, text: &str| {
        number += 1;
        writeln!(err, "\n{number}. {text}")
    };
    if folder != Path::new(".") {
        step(err, "Go to the repository:")?;
        writeln!(err, "  cd {}", quoted_path(folder))?;
    }
    if !unignored.is_empty() {
        step(err, "Add these lines to .gitignore. Without them, secrets and the function would be committed:")?;
        unignored.iter().try_for_each(|line| writeln!(err, "  {line}"))?;
    }
    let unknown = repository.unknown();
    if !unknown.is_empty() {
        let text = format!(
            "Replace {UNKNOWN_OWNER} with the account on GitHub whose repository of this project you use, in {}.",
            unknown.join(", ")
        );
        step(err, &text)?;
    }
    if repository.github.is_some() {
        let text = format!(
            "In {RELEASE}, replace SHA256 with the SHA-256 of the release's archive for x86_64 Linux, which is in\n   \
             its SHA256SUMS. The workflows install that file and nothing else."
        );
        step(err, &text)?;
    }
    step(err, "Write out/, and see a run end on this machine:")?;
    let attempt = match repository.blueprints {
        None => "synth try create_vm --input cpu=2 --input memory=4 --input storage=8 --input region=eu-west-1",
        Some(_) => "synth try ACTION --input KEY=VALUE",
    };
    writeln!(err, "  synth\n  {attempt}")?;
    step(err, &format!("Store the credentials of `{name}` in AWS. Git ignores these two files:"))?;
    writeln!(err, "  kafka.{name}.secret.json   {{\"username\": \"…\", \"password\": \"…\"}}")?;
    writeln!(err, "  port.{name}.secret.json    {{\"clientId\": \"…\", \"clientSecret\": \"…\"}}\n")?;
    for secret in ["kafka", "port"] {
        writeln!(
            err,
            "  aws secretsmanager create-secret --region {region} --name {STACK}/{name}/{secret} --secret-string file://{secret}.{name}.secret.json --query ARN --output text"
        )?;
    }
    writeln!(err, "\nPut the two ARNs into {}, and remove the files.", stage.parameters())?;
    if let Some(github) = &repository.github {
        let text = format!(
            "Create the repository on GitHub, and do what the first lines of deploy-role.yaml say: they let only the branch\n   \
             main deploy to `{name}`, and make the role. Then push to that branch:"
        );
        step(err, &text)?;
        if !folder.join(".git").exists() {
            writeln!(err, "  git init --initial-branch=main")?;
            writeln!(err, "  git remote add origin git@github.com:{github}.git")?;
        }
        writeln!(err, "  git add --all && git commit --message \"Start\"\n  git push --set-upstream origin main")?;
    } else {
        step(err, "Deploy:")?;
        writeln!(err, "  sam deploy --config-env {name}")?;
    }
    let others: Vec<String> = repository.stages.iter().skip(1).map(|stage| format!("`{}`", stage.name)).collect();
    if !others.is_empty() {
        writeln!(err, "\nThe credentials and the role are needed again for {}.", others.join(", "))?;
    }
    if let Some((one, other)) = shared(repository) {
        writeln!(
            err,
            "note: `{one}` and `{other}` have the same organisation, so each run goes to one of the two; deploy one of them, or give each its own with --organization STAGE=ID"
        )?;
    }
    Ok(())
}

/// Prints what a crate needs that was added to a project.
pub(super) fn crate_steps(folder: &Path, err: &mut dyn Write) -> anyhow::Result<()> {
    if home::is_unknown(&home::address()) {
        let manifest = folder.join(MANIFEST);
        writeln!(
            err,
            "In {}, replace {UNKNOWN_OWNER} with the account on GitHub whose repository of this project you use.",
            manifest.display()
        )?;
    }
    writeln!(
        err,
        "Set `runtime = \"cargo\"` in synth.toml, and `\"runner\": {{\"code\": true}}` in each action that src/main.rs names with `.on(…)`."
    )?;
    Ok(())
}

/// Returns two stages that have the same organisation.
fn shared(repository: &Repository) -> Option<(&str, &str)> {
    let stages = &repository.stages;
    let mut pairs = stages.iter().enumerate().flat_map(|(at, b)| stages.iter().take(at).map(move |a| (a, b)));
    pairs.find(|(a, b)| a.organization == b.organization).map(|(a, b)| (a.name.as_str(), b.name.as_str()))
}
