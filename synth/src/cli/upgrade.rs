//! `synth upgrade`: documents of Port's older generations, rewritten to the current one where they stand.

use std::io::Write;
use std::path::{Path, PathBuf};

use documents::sources::Sources;
use documents::upgrade::{Changed, Upgrade, upgrade};
use synth::files;
use synth::output;

use super::{Outcome, completions, plural, show_alone};

/// Rewrite older documents to Port's current form, comments kept
///
/// Actions that Port wrote before May 2024 (`"trigger": "CREATE"`) become what Port writes now. Comments, the order
/// of keys, indentation and line ends stay; a key that the current form does not have goes with the comment on its
/// line. What Port used to send of its own accord stands in the action from now on, as a template that says the same.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth upgrade                                        every file of blueprints/
  synth upgrade --check                                what that would change; exit 1 when there is something
  synth upgrade --blueprint vm create_vm.json          an action alone, as Port's documentation shows it
  synth upgrade --stdout blueprints/vm.json | less")]
pub(super) struct Args {
    /// Files, or folders of them
    #[arg(value_name = "PATH", default_value = "blueprints")]
    paths: Vec<PathBuf>,
    /// The blueprint that an action belongs to which stands in a file without one
    #[arg(long, value_name = "ID", add = completions::blueprints())]
    blueprint: Option<String>,
    /// Write nothing; exit 1 and print the difference when a file is of an older form
    #[arg(long)]
    check: bool,
    /// Write nothing; print the file (one) as it would become
    #[arg(long, conflicts_with = "check")]
    stdout: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let sources = Sources::from(files::read(&args.paths)?);
    if args.stdout && sources.iter().len() > 1 {
        writeln!(err, "error: --stdout prints one file, and here are {}", sources.iter().len())?;
        return Ok(Outcome::Refused);
    }
    let (mut refused, mut old, mut actions) = (0, Vec::new(), 0);
    for (file, source) in sources.iter() {
        match upgrade(file, source, args.blueprint.as_deref())? {
            Upgrade::Refused(findings) => {
                show_alone(&findings, &sources, err)?;
                refused += 1;
            }
            Upgrade::Current if args.stdout => out.write_all(output::marked(&source.path, &source.text)?.as_bytes())?,
            Upgrade::Current => {}
            Upgrade::Changed(changed) => {
                actions += changed.actions.len();
                old.push(&source.path);
                if args.stdout {
                    out.write_all(output::marked(&source.path, &changed.text)?.as_bytes())?;
                } else if args.check {
                    out.write_all(output::changes(&source.path, &source.text, &changed.text).as_bytes())?;
                } else {
                    output::rewrite(&source.path, &changed.text)?;
                    report(&source.path, &changed, err)?;
                }
            }
        }
    }
    if refused > 0 {
        writeln!(err, "error: {} cannot be upgraded; nothing was written there", plural(refused, "file"))?;
    }
    if args.check && !old.is_empty() {
        let paths: Vec<String> = old.iter().map(|path| quoted(path)).collect();
        let blueprint = args.blueprint.iter().map(|id| format!("--blueprint {} ", quoted(Path::new(id))));
        writeln!(
            err,
            "error: {} of an older form; upgrade with\n  synth upgrade {}{}",
            plural(old.len(), "file"),
            blueprint.collect::<String>(),
            paths.join(" "),
        )?;
        return Ok(Outcome::Refused);
    }
    if refused > 0 {
        return Ok(Outcome::Refused);
    }
    if !args.stdout && old.is_empty() {
        writeln!(err, "{}: all of Port's current form", plural(sources.iter().len(), "file"))?;
    } else if !args.stdout {
        writeln!(err, "upgraded {} in {}", plural(actions, "action"), plural(old.len(), "file"))?;
    }
    Ok(Outcome::Done)
}

/// Reports which actions of a file were rewritten, and what to do in Port.
fn report(path: &Path, changed: &Changed, err: &mut dyn Write) -> anyhow::Result<()> {
    for action in &changed.actions {
        writeln!(err, "{}: `{}` is `{}` from now on", path.display(), action.old, action.new)?;
    }
    if let Some(action) = changed.actions.iter().find(|action| action.kafka) {
        writeln!(
            err,
            "note: Port still has `{}`: publish `{}` before you take it out there, and register code of your own with \
             `.on(\"{}\", …)`",
            action.old, action.new, action.new
        )?;
    }
    Ok(())
}

/// As a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
