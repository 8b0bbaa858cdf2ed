//! `synth new`: writes the first draft of a blueprint or an action.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Subcommand, ValueHint};
use documents::finding::Findings;
use documents::wording::nearest;
use documents::{Catalog, FileId, Source, Sources};
use model::Operation;
use model::identifier::{self, Kind};
use synth::files;
use synth::mapping::check;
use synth::{output, scaffold};

use super::{Outcome, completions, make, show};

/// Write the first draft of a blueprint or an action
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Blueprint(Blueprint),
    Action(Action),
}

/// Write blueprints/ID.json
///
/// An existing file is never overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth new blueprint vm
  synth new blueprint vm --stdout")]
struct Blueprint {
    /// Identifier in Port
    id: String,
    /// Folder of input files
    #[arg(long, value_name = "DIR", default_value = "blueprints", value_hint = ValueHint::DirPath)]
    blueprints: PathBuf,
    /// Write nothing; print the file
    #[arg(long)]
    stdout: bool,
}

/// Add an action to its blueprint's file
///
/// The form asks for every property and relation of the blueprint, and `runner` maps the answers to the entity. The
/// file's comments and layout are kept. The file is checked before it is written.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth new action create_vm --blueprint vm --operation CREATE
  synth new action delete_vm --blueprint vm --operation DELETE --stdout")]
struct Action {
    /// Identifier in Port, unique in the organisation
    id: String,
    /// The blueprint whose entities the action creates, changes or deletes
    #[arg(long, value_name = "ID", add = completions::blueprints())]
    blueprint: String,
    /// What the action does to an entity
    #[arg(long, ignore_case = true, value_parser = operations())]
    operation: Operation,
    /// Folder of input files
    #[arg(long, value_name = "DIR", default_value = "blueprints", value_hint = ValueHint::DirPath)]
    blueprints: PathBuf,
    /// Write nothing; print the changed file
    #[arg(long)]
    stdout: bool,
}

fn operations() -> impl TypedValueParser<Value = Operation> {
    let words = PossibleValuesParser::new(Operation::ALL.map(Operation::as_str));
    // Only words of `Operation` get here, in either case.
    words.map(|word| Operation::parse(&word.to_uppercase()).unwrap_or(Operation::Create))
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    match &args.what {
        What::Blueprint(args) => blueprint(args, out, err),
        What::Action(args) => action(args, out, err),
    }
}

fn blueprint(args: &Blueprint, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    if let Err(illegal) = identifier::check(Kind::Blueprint, &args.id) {
        writeln!(err, "error: `{}` {illegal}", args.id)?;
        return Ok(Outcome::Refused);
    }
    let text = scaffold::blueprint(&args.id)?;
    if args.stdout {
        out.write_all(text.as_bytes())?;
        return Ok(Outcome::Done);
    }
    let sources = sources(&args.blueprints);
    let catalog = documents::load(&sources, &mut Findings::default());
    let holder = catalog.entries().find(|entry| entry.blueprint.identifier == args.id);
    if let Some(holder) = holder.and_then(|entry| sources.get(entry.file)) {
        writeln!(err, "error: blueprint `{}` is already in `{}`", args.id, holder.path.display())?;
        return Ok(Outcome::Refused);
    }
    let path = args.blueprints.join(format!("{}.json", files::stem(&args.id)));
    if !output::create(&path, &text)? {
        writeln!(err, "error: `{}` already exists; nothing was written", path.display())?;
        return Ok(Outcome::Refused);
    }
    writeln!(err, "wrote `{}`; edit it, then add an action:", path.display())?;
    writeln!(err, "  synth new action create_{} --blueprint {} --operation CREATE", slug(&args.id), args.id)?;
    Ok(Outcome::Done)
}

/// Returns a blueprint's identifier in a form that fits into the identifier of an action.
fn slug(id: &str) -> String {
    id.replace(['/', '\\'], "_")
}

fn action(args: &Action, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    if let Err(illegal) = identifier::check(Kind::Action, &args.id) {
        writeln!(err, "error: `{}` {illegal}", args.id)?;
        return Ok(Outcome::Refused);
    }
    let sources = sources(&args.blueprints);
    let catalog = documents::load(&sources, &mut Findings::default());
    let entry = catalog.entries().find(|entry| entry.blueprint.identifier == args.blueprint);
    let Some((entry, source)) = entry.and_then(|entry| Some((entry, sources.get(entry.file)?))) else {
        return unknown(args, &catalog, err);
    };
    let taken = catalog.actions().find(|(_, _, action)| action.identifier == args.id || action.written_as() == args.id);
    if let Some(source) = taken.and_then(|(entry, _, _)| sources.get(entry.file)) {
        writeln!(err, "error: action `{}` is already in `{}`", args.id, source.path.display())?;
        return Ok(Outcome::Refused);
    }
    let (file, path) = (entry.file, &source.path);
    let action = scaffold::action(&args.id, args.operation, &entry.blueprint.document)?;
    let Some(text) = scaffold::insert(&source.text, &entry.pointer, &action) else {
        writeln!(err, "error: `actions` in `{}` is not a list", path.display())?;
        return Ok(Outcome::Refused);
    };
    let edited = |(other, source): (FileId, &Source)| {
        if other == file { Source { text: text.clone(), ..source.clone() } } else { source.clone() }
    };
    let edited: Sources = sources.iter().map(edited).collect();
    let mut findings = Findings::default();
    let catalog = documents::load(&edited, &mut findings);
    check::check(&catalog, &mut findings);
    show(&findings, &edited, err)?;
    if findings.refuse() {
        writeln!(err, "nothing was written")?;
        return Ok(Outcome::Refused);
    }
    if args.stdout {
        out.write_all(text.as_bytes())?;
        return Ok(Outcome::Done);
    }
    output::rewrite(source, &text)?;
    writeln!(err, "added action `{}` to `{}`; edit it, then run `{}`", args.id, path.display(), make::command())?;
    Ok(Outcome::Done)
}

/// Reads the input files; none if the folder does not exist yet.
fn sources(folder: &Path) -> Sources {
    files::Listing::find(&[folder.to_owned()]).unwrap_or_default().read().into()
}

fn unknown(args: &Action, catalog: &Catalog, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let known: Vec<&str> = catalog.entries().map(|entry| entry.blueprint.identifier.as_str()).collect();
    writeln!(err, "error: blueprint `{}` is not in `{}`", args.blueprint, args.blueprints.display())?;
    match nearest(&args.blueprint, &known) {
        Some(word) => writeln!(err, "  help: did you mean `{word}`?")?,
        None => writeln!(err, "  help: create it with `synth new blueprint {}`", args.blueprint)?,
    }
    Ok(Outcome::Refused)
}
