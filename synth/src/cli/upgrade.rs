//! `synth upgrade`: rewrites documents of Port's older generations to the current one.

use std::io::Write;
use std::path::{Path, PathBuf};

use documents::sources::Sources;
use documents::upgrade::{Changed, Renamed, Upgrade, upgrade};
use documents::wording::plural;
use synth::files;
use synth::output;

use super::shell::{quoted, quoted_path};
use super::{Outcome, completions, show_alone};

/// Rewrite older documents to Port's current format, keeping comments
///
/// Actions in the format that Port used before May 2024 (`"trigger": "CREATE"`) are rewritten to the current one. Comments,
/// the order of keys, indentation and line endings are kept; a key that the current format does not have is removed with
/// the comment on its line. Port used to send a fixed message; the action now has an equivalent payload template.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth upgrade                                every file in blueprints/
  synth upgrade --check                        print a diff; exit 1 if not empty
  synth upgrade --blueprint vm create_vm.json  an action in a file of its own
  synth upgrade --stdout blueprints/vm.json | less
  synth upgrade - > new.json                   standard input to standard output")]
pub(super) struct Args {
    /// Files to upgrade, or folders of them; `-` is standard input, which is upgraded to standard output
    #[arg(value_name = "PATH", default_value = "blueprints")]
    paths: Vec<PathBuf>,
    /// The blueprint of an action that is in a file of its own
    #[arg(long, value_name = "ID", add = completions::blueprints())]
    blueprint: Option<String>,
    /// Write nothing; print a diff and exit with 1 if a file uses an older format
    #[arg(long)]
    check: bool,
    /// Write nothing; print the upgraded file, for a single file
    #[arg(long, conflicts_with = "check")]
    stdout: bool,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let sources = Sources::from(files::read(&args.paths)?);
    let print = args.stdout || (files::is_standard_input(&args.paths) && !args.check);
    if args.stdout && sources.iter().len() > 1 {
        writeln!(err, "error: --stdout prints one file; found {}", sources.iter().len())?;
        return Ok(Outcome::Refused);
    }
    let (mut refused, mut old, mut actions) = (0, Vec::new(), 0);
    for (file, source) in sources.iter() {
        match upgrade(file, source, args.blueprint.as_deref())? {
            Upgrade::Refused(findings) => {
                show_alone(&findings, &sources, err)?;
                refused += 1;
            }
            Upgrade::Current if print => out.write_all(source.marked(&source.text).as_bytes())?,
            Upgrade::Current => {}
            Upgrade::Changed(changed) => {
                actions += changed.actions.len();
                old.push(&source.path);
                if print {
                    out.write_all(source.marked(&changed.text).as_bytes())?;
                } else if args.check {
                    out.write_all(output::changes(&source.path, &source.text, &changed.text).as_bytes())?;
                } else {
                    output::rewrite(source, &changed.text)?;
                    report(&source.path, &changed, err)?;
                }
            }
        }
    }
    if !print && !args.check {
        output::tidy(sources.iter().map(|(_, source)| source.path.as_path()));
    }
    if refused > 0 {
        writeln!(err, "error: {} cannot be upgraded and did not change", plural(refused, "file"))?;
    }
    if args.check && !old.is_empty() {
        let quoted_or_input =
            |path: &&PathBuf| if path.starts_with(files::STANDARD_INPUT) { "-".to_owned() } else { quoted_path(path) };
        let paths: Vec<String> = old.iter().map(quoted_or_input).collect();
        let blueprint = args.blueprint.iter().map(|id| format!("--blueprint {} ", quoted(id)));
        writeln!(
            err,
            "error: {} in an older format; run\n  synth upgrade {}{}",
            plural(old.len(), "file"),
            blueprint.collect::<String>(),
            paths.join(" "),
        )?;
        return Ok(Outcome::Refused);
    }
    if refused > 0 {
        return Ok(Outcome::Refused);
    }
    if !print && old.is_empty() {
        writeln!(err, "{}: all in Port's current format", plural(sources.iter().len(), "file"))?;
    } else if !print {
        writeln!(err, "upgraded {} in {}", plural(actions, "action"), plural(old.len(), "file"))?;
    }
    Ok(Outcome::Done)
}

/// Prints which actions of a file were rewritten, and what to do in Port.
fn report(path: &Path, changed: &Changed, err: &mut dyn Write) -> anyhow::Result<()> {
    for action in &changed.actions {
        writeln!(err, "{}: `{}` is now `{}`", path.display(), action.old, action.new)?;
    }
    let renamed: Vec<_> = changed.actions.iter().filter(|action| action.kafka).collect();
    let listed =
        |one: &dyn Fn(&Renamed) -> String| renamed.iter().map(|action| one(action)).collect::<Vec<_>>().join(", ");
    if !renamed.is_empty() {
        writeln!(
            err,
            "note: Port still has {}: publish {} before you delete {} there, and register your own code with {}",
            listed(&|action| format!("`{}`", action.old)),
            listed(&|action| format!("`{}`", action.new)),
            if renamed.len() == 1 { "it" } else { "them" },
            listed(&|action| format!("`.on(\"{}\", …)`", action.new)),
        )?;
    }
    Ok(())
}
