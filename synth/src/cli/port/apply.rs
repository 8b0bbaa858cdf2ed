//! `synth port apply`: applies a plan, and prints what was applied and what was not.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use documents::finding::{Findings, Place};
use documents::wording::plural;
use documents::{Catalog, FileId};
use model::visible::visible;
use port::{Collection, Deadline, Failure};
use synth::sync::{self, ResourceKind, Step, SyncPlan, Verb};

use super::access::{Access, Session};
use super::plan::{Saved, Scope};
use super::{explained, held, wanted};
use crate::cli::read::Read;
use crate::cli::{Outcome, show_alone, width};

/// Update Port to match the input files
///
/// Blueprints are applied first, in the order of their relations, then actions. It stops at the first error; what was
/// applied before is not undone, and the next `apply` resumes there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth port apply                     show the plan and ask
  synth port apply --yes               for a pipeline
  synth port apply port.plan --yes     if Port has not changed since

Exit codes: 0 done; 1 you or Port refused, or the input files have errors; 2 Port or synth failed.")]
pub(super) struct Args {
    /// A plan from `synth port plan --out FILE`
    #[arg(value_name = "FILE", conflicts_with_all = ["prune", "prune_blueprint"])]
    file: Option<PathBuf>,
    /// Do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    /// Allow steps that lose data: deleting a blueprint or a property, changing a property's type
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
        writeln!(err, "error: this would lose data, see `destroys` above; nothing was applied")?;
        writeln!(err, "  help: to apply it anyway, add --allow-destructive")?;
        return Ok(Outcome::Refused);
    }
    writeln!(err, "{}", target(&session).await)?;
    if !args.yes && !confirmed(err)? {
        return Ok(Outcome::Refused);
    }
    apply(&plan, read.as_ref(), &session, err).await
}

/// Loads a saved plan; `None` if Port has changed since.
async fn saved(path: &Path, session: &Session, err: &mut dyn Write) -> anyhow::Result<Option<SyncPlan>> {
    let saved = Saved::read(path)?;
    let now = sync::plan(&held(session).await?, &saved.wanted, &saved.options);
    if now == saved.plan {
        return Ok(Some(now));
    }
    writeln!(err, "error: Port has changed since plan `{}` was made; nothing was applied", path.display())?;
    writeln!(err, "  help: make a new plan with `synth port plan`; it would now be:\n")?;
    err.write_all(width::wrap(&sync::text(&now), Some(width::of_findings()), None).as_bytes())?;
    Ok(None)
}

/// Names the organisation and the address that a plan is applied to. If Port does not name the organisation, that does not
/// stop anything.
async fn target(session: &Session) -> String {
    let url = &session.url;
    match session.client.organization(Deadline::after(SHORT)).await {
        Ok(name) => format!("applying to organisation `{}` at {url}", visible(&name)),
        Err(_) => format!("applying to {url}"),
    }
}

/// How long to wait for the name of the organisation.
const SHORT: Duration = Duration::from_secs(5);

/// Asks for confirmation on a terminal. Without a terminal, refuses.
fn confirmed(err: &mut dyn Write) -> anyhow::Result<bool> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        writeln!(err, "error: cannot ask for confirmation without a terminal; nothing was applied\n  help: add --yes")?;
        return Ok(false);
    }
    // Not to `err`, which --quiet keeps back until the command ends.
    write!(io::stderr(), "\nApply this to Port? [y/N] ").and_then(|()| io::stderr().flush())?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let confirmed = ["y", "yes"].contains(&answer.trim().to_lowercase().as_str());
    if !confirmed {
        writeln!(err, "nothing was applied")?;
    }
    Ok(confirmed)
}

async fn apply(
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
        writeln!(err, "applied {done} of {}; not applied:", plural(all, "step"))?;
        for (ahead, step) in plan.steps.iter().skip(done).enumerate() {
            // Without an answer of Port's own, it is not known whether the call had an effect.
            let unknown = if ahead == 0 && matches!(failure, Failure::Unavailable { .. }) {
                " (may have been applied)"
            } else {
                ""
            };
            writeln!(err, "  {} `{}`{unknown}", step.kind.as_str(), step.identifier)?;
        }
        if refused {
            writeln!(err, "fix this, then run `synth port apply` again; it resumes here")?;
            return Ok(Outcome::Refused);
        }
        writeln!(err, "run `synth port apply` again; it resumes here")?;
        return Err(explained(&failure).context(format!("{} `{}`", step.kind.as_str(), step.identifier)));
    }
    writeln!(err, "applied {}", plural(all, "step"))?;
    Ok(Outcome::Done)
}

/// Makes the API call of a step.
async fn send(step: &Step, session: &Session) -> Result<(), Failure> {
    let collection = match step.kind {
        ResourceKind::Blueprint => Collection::Blueprints,
        ResourceKind::Action => Collection::Actions,
    };
    let (client, deadline, name) = (&session.client, session.deadline(), step.identifier.as_str());
    match step.verb {
        Verb::Create => match client.create_document(collection, &step.body, deadline).await {
            // An attempt whose answer was lost may have created it, or somebody else a different one.
            Err(Failure::Refused { status: 409, error, message }) => {
                let existing = client.document(collection, name, session.deadline()).await?;
                let same = existing.is_some_and(|existing| {
                    sync::normalized(step.kind, &existing) == sync::normalized(step.kind, &step.body)
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

/// Prints Port's message with the place in the file that it is about.
fn show_refusal(step: &Step, failure: &Failure, read: Option<&Read>, err: &mut dyn Write) -> anyhow::Result<()> {
    let (name, kind) = (&step.identifier, step.kind.as_str());
    let Failure::Refused { status, error, message } = failure else { return Ok(()) };
    let words = format!("Port refused {kind} `{name}`: {status} `{}`: {}", visible(error), visible(message));
    let Some((read, (file, pointer))) = read.and_then(|read| Some((read, place(step, &read.catalog)?))) else {
        writeln!(err, "error: {words}")?;
        return Ok(());
    };
    let mut findings = Findings::default();
    findings.error(file, Place::Value(format!("{pointer}/identifier")), "port-refused", words);
    show_alone(&findings, &read.sources, err)?;
    Ok(())
}

/// Finds the file and the pointer of a document.
fn place(step: &Step, catalog: &Catalog) -> Option<(FileId, String)> {
    match step.kind {
        ResourceKind::Blueprint => {
            let entry = catalog.entries().find(|entry| entry.blueprint.identifier == step.identifier)?;
            Some((entry.file, entry.pointer.clone()))
        }
        ResourceKind::Action => {
            let (entry, pointers, _) = catalog.actions().find(|(_, _, action)| action.identifier == step.identifier)?;
            Some((entry.file, pointers.action.clone()))
        }
    }
}
