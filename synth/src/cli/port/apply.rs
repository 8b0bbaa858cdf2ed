//! `synth port apply`: carries out a plan, and says what was done and what was not.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use documents::finding::{Findings, Place};
use documents::{Catalog, FileId};
use port::{Collection, Failure};
use synth::sync::{self, ResourceKind, Step, SyncPlan, Verb};

use super::access::{Access, Session};
use super::plan::{Saved, Scope};
use super::{explained, held, plain, wanted};
use crate::cli::read::Read;
use crate::cli::{Outcome, plural, show_alone, width};

/// Change Port to what the input says
///
/// Blueprints go in the order of their relations, then actions. It stops at the first refusal; what was done is done, and
/// the next apply goes on from there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth port apply                     shows the plan and asks
  synth port apply --yes               for a pipeline
  synth port apply port.plan --yes     only if Port still is as it was when the plan was made

Exit codes: 0 done, 1 refused: by you, by Port, or by the input, 2 Port or synth failed.")]
pub(super) struct Args {
    /// A plan of `synth port plan --out FILE`
    #[arg(value_name = "FILE", conflicts_with_all = ["prune", "prune_blueprint"])]
    file: Option<PathBuf>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Also do what loses something: delete a blueprint or a property, change a property's type
    #[arg(long)]
    allow_destructive: bool,
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    access: Access,
}

pub(super) async fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let session = args.access.session()?;
    let (plan, read) = if let Some(path) = &args.file {
        let Some(plan) = saved(path, &session, err).await? else { return Ok(Outcome::Refused) };
        (plan, None)
    } else {
        let Some((read, wanted)) = wanted(&args.scope.blueprints, err)? else { return Ok(Outcome::Refused) };
        (sync::plan(&held(&session).await?, &wanted, &args.scope.options()), Some(read))
    };
    out.write_all(width::wrap(&sync::text(&plan), width::of_output(), None).as_bytes())?;
    out.flush()?;
    if plan.is_empty() {
        return Ok(Outcome::Done);
    }
    if plan.destroys() && !args.allow_destructive {
        writeln!(err, "error: this would lose something, see `destroys` above; nothing was done")?;
        writeln!(err, "  help: if that is meant, say --allow-destructive")?;
        return Ok(Outcome::Refused);
    }
    if !args.yes && !confirmed(err)? {
        return Ok(Outcome::Refused);
    }
    carry_out(&plan, read.as_ref(), &session, err).await
}

/// Loads a saved plan; `None` if Port has changed since.
async fn saved(path: &Path, session: &Session, err: &mut dyn Write) -> anyhow::Result<Option<SyncPlan>> {
    let saved = Saved::read(path)?;
    let now = sync::plan(&held(session).await?, &saved.wanted, &saved.options);
    if now == saved.plan {
        return Ok(Some(now));
    }
    writeln!(err, "error: Port is no longer as it was when `{}` was made; nothing was done", path.display())?;
    writeln!(err, "  help: look at what would change now, with `synth port plan`; it would be:\n")?;
    err.write_all(width::wrap(&sync::text(&now), Some(width::of_findings()), None).as_bytes())?;
    Ok(None)
}

/// Asks on a terminal; elsewhere nobody can be asked.
fn confirmed(err: &mut dyn Write) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        writeln!(err, "error: nobody can be asked here; nothing was done\n  help: say --yes")?;
        return Ok(false);
    }
    // Not by way of `err`: what --quiet holds back nobody could answer.
    write!(io::stderr(), "\nDo this in Port? [y/N] ").and_then(|()| io::stderr().flush())?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let confirmed = ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
    if !confirmed {
        writeln!(err, "nothing was done")?;
    }
    Ok(confirmed)
}

async fn carry_out(
    plan: &SyncPlan,
    read: Option<&Read>,
    session: &Session,
    err: &mut dyn Write,
) -> anyhow::Result<Outcome> {
    let all = plan.steps.len();
    for (done, step) in plan.steps.iter().enumerate() {
        let Err(failure) = send(step, session).await else {
            writeln!(err, "{}", words(step))?;
            continue;
        };
        let refused = matches!(failure, Failure::Refused { .. });
        if refused {
            show_refusal(step, &failure, read, err)?;
        }
        writeln!(err, "done were {done} of {}; not done:", plural(all, "step"))?;
        for (ahead, step) in plan.steps.iter().skip(done).enumerate() {
            // Where no answer came it may have been carried out all the same.
            let perhaps =
                if ahead == 0 && matches!(failure, Failure::Unavailable { .. }) { ", or perhaps" } else { "" };
            writeln!(err, "  {} `{}`{perhaps}", step.kind.as_str(), step.identifier)?;
        }
        writeln!(err, "run `synth port apply` again once that is mended: it goes on from here")?;
        if refused {
            return Ok(Outcome::Refused);
        }
        return Err(explained(&failure).context(format!("{} `{}`", step.kind.as_str(), step.identifier)));
    }
    writeln!(err, "done: {}", plural(all, "step"))?;
    Ok(Outcome::Done)
}

/// Makes the one call of a step.
async fn send(step: &Step, session: &Session) -> Result<(), Failure> {
    let collection = match step.kind {
        ResourceKind::Blueprint => Collection::Blueprints,
        ResourceKind::Action => Collection::Actions,
    };
    let (client, deadline, name) = (&session.client, session.deadline(), step.identifier.as_str());
    match step.verb {
        Verb::Create => match client.create_document(collection, &step.body, deadline).await {
            // A try that broke off may have made it; and somebody else may have made another.
            Err(Failure::Refused { status: 409, error, message }) => {
                let there = client.document(collection, name, session.deadline()).await?;
                let same = there.is_some_and(|there| {
                    sync::normalized(step.kind, &there) == sync::normalized(step.kind, &step.body)
                });
                if same { Ok(()) } else { Err(Failure::Refused { status: 409, error, message }) }
            }
            other => other,
        },
        Verb::Change | Verb::Complete => client.replace_document(collection, name, &step.body, deadline).await,
        Verb::Delete => client.delete_document(collection, name, deadline).await,
    }
}

fn words(step: &Step) -> String {
    let verb = match step.verb {
        Verb::Create => "created",
        Verb::Change => "changed",
        Verb::Complete => "added the relations of",
        Verb::Delete => "deleted",
    };
    format!("{verb} {} `{}`", step.kind.as_str(), step.identifier)
}

/// Port's own words, at the place in the file that they are about.
fn show_refusal(step: &Step, failure: &Failure, read: Option<&Read>, err: &mut dyn Write) -> anyhow::Result<()> {
    let (name, kind) = (&step.identifier, step.kind.as_str());
    let Failure::Refused { status, error, message } = failure else { return Ok(()) };
    let words = format!("Port refused {kind} `{name}`: {status} `{error}`: {}", plain(message));
    let Some((read, (file, pointer))) = read.and_then(|read| Some((read, place(step, &read.catalog)?))) else {
        writeln!(err, "error: {words}")?;
        return Ok(());
    };
    let mut findings = Findings::default();
    findings.error(file, Place::Value(format!("{pointer}/identifier")), "port-refused", words);
    show_alone(&findings, &read.sources, err)?;
    Ok(())
}

/// The file and the pointer of a document.
fn place(step: &Step, catalog: &Catalog) -> Option<(FileId, String)> {
    match step.kind {
        ResourceKind::Blueprint => {
            let entry = catalog.entries().find(|entry| entry.blueprint.identifier == step.identifier)?;
            Some((entry.file, String::new()))
        }
        ResourceKind::Action => {
            let (entry, pointers, _) = catalog.actions().find(|(_, _, action)| action.identifier == step.identifier)?;
            Some((entry.file, pointers.action.clone()))
        }
    }
}
