//! What to do after `synth init`.

use std::io::Write;
use std::path::Path;

use synth::scaffold::repository::{Repository, STACK};
use synth::scaffold::runner::{Library, UNKNOWN_OWNER};

/// Prints the steps from the new repository to a deployed function.
pub(super) fn steps(repository: &Repository, folder: &Path, err: &mut dyn Write) -> anyhow::Result<()> {
    let Some(stage) = repository.stages.first() else { return Ok(()) };
    let (name, region) = (&stage.name, &repository.aws_region);
    let mut number = 0;
    let mut step = |err: &mut dyn Write, text: &str| {
        number += 1;
        writeln!(err, "\n{number}. {text}")
    };
    if folder != Path::new(".") {
        step(err, "Go to the repository:")?;
        writeln!(err, "  cd {}", folder.display())?;
    }
    if repository.code.as_ref().is_some_and(Library::is_unknown) {
        step(
            err,
            &format!(
                "In runner/Cargo.toml, replace {UNKNOWN_OWNER} with the account whose repository of this project you use."
            ),
        )?;
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
        step(err, "Let GitHub deploy: see the first lines of deploy-role.yaml. Then push to the branch main:")?;
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

/// Returns two stages that have the same organisation.
fn shared(repository: &Repository) -> Option<(&str, &str)> {
    let stages = &repository.stages;
    let mut pairs = stages.iter().enumerate().flat_map(|(at, b)| stages.iter().take(at).map(move |a| (a, b)));
    pairs.find(|(a, b)| a.organization == b.organization).map(|(a, b)| (a.name.as_str(), b.name.as_str()))
}
