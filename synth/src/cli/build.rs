//! `synth build`: writes everything that is deployed.

use std::io::Write;
use std::path::PathBuf;

use clap::{ValueEnum, ValueHint};
use documents::finding::{Findings, Place};
use documents::wording::plural;
use documents::{Source, Sources};
use synth::cargo::Crate;
use synth::config::Runtime;
use synth::function::{Function, Package, PackageFault, VERSION, Wanted};
use synth::mapping::check::Memory;
use synth::output::{Output, RUNNER};
use synth::plan::filter::Exactness;
use synth::{Build, folder};

use super::input::Input;
use super::read::Read;
use super::watch::watch;
use super::{Messages, Outcome, make, note, size};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    input: Input,
    /// Folder to write to
    #[arg(long, value_name = "DIR", default_value = "out", value_hint = ValueHint::DirPath)]
    out: PathBuf,
    /// Function to deploy [default: the one inside of this synth]
    #[arg(long, value_name = "FILE", env = "SYNTH_FUNCTION", hide_env_values = true, value_hint = ValueHint::FilePath)]
    function: Option<PathBuf>,
    /// Write nothing; print a diff and exit with 1 if the folder is stale
    #[arg(long)]
    check: bool,
    /// Write nothing; print the template
    #[arg(long, conflicts_with_all = ["check", "message_format"])]
    stdout: bool,
    /// Format of the template with --stdout
    #[arg(long, value_enum, default_value = "yaml", requires = "stdout")]
    format: Format,
    /// Build again after every change, until Ctrl-C
    #[arg(long, conflicts_with_all = ["check", "stdout", "quiet"])]
    pub(super) watch: bool,
    #[command(flatten)]
    messages: Messages,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Yaml,
    Json,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    if args.watch {
        let mut memory = Memory::on();
        return watch(&args.input.watched(), err, |read, err| {
            args.messages.or_report(read.and_then(|read| build(args, read, &mut memory, out, err)), out)
        });
    }
    let read = Read::new(std::slice::from_ref(&args.input.blueprints));
    let built = read.and_then(|read| build(args, read, &mut Memory::default(), out, err));
    Ok(args.messages.or_report(built, out)?.0)
}

fn build(
    args: &Args,
    (mut read, mut findings): (Read, Findings),
    memory: &mut Memory,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<(Outcome, Read)> {
    let built = args.input.make(&mut read, memory, &mut findings)?;
    let Read { sources, catalog, left_out } = &mut read;
    let built = built.filter(|_| !args.messages.refuse(&mut findings));
    let made = built.as_ref().filter(|_| !args.stdout).map(|built| Made::of(built, args, err)).transpose()?;
    if let Some(made) = &made {
        made.report(args, sources, &mut findings)?;
    }
    args.messages.report(&mut findings, sources, out, err)?;
    note(left_out.as_deref(), err)?;
    let Some(built) = built.filter(|_| args.check || !made.as_ref().is_some_and(Made::is_refused)) else {
        if !args.check && !args.stdout {
            writeln!(err, "nothing was written")?;
        }
        return Ok((Outcome::Refused, read));
    };
    if built.filter != Exactness::Exact {
        writeln!(
            err,
            "note: the plan does not fit into Lambda's five event filters, so the function is also started for some messages of others, and skips them; {}",
            built.filter.describe()
        )?;
    }
    let Some(made) = made else {
        let text = match args.format {
            Format::Yaml => built.template_yaml().to_owned(),
            Format::Json => built.template_json(),
        };
        out.write_all(text.as_bytes())?;
        return Ok((Outcome::Done, read));
    };
    let outcome = if args.check { made.compare(args, out, err)? } else { made.write(args, &size(catalog), err)? };
    Ok((outcome, read))
}

/// Says that a folder is of another version.
fn written_by(writer: &str) -> String {
    format!(": it was written by {writer}, and this is synth {VERSION}")
}

/// What a build has made for `out/`.
struct Made {
    files: Output,
    package: Package,
    /// Why there is no package, or why it is wrong.
    fault: Option<PackageFault>,
}

impl Made {
    /// Compares the package with what belongs there.
    fn of(built: &Build, args: &Args, err: &mut dyn Write) -> anyhow::Result<Self> {
        if !args.check {
            folder::claim(&args.out, Some(&args.input.blueprints))?;
        }
        let own_code = built.runtime == Runtime::Cargo;
        let given = match &args.function {
            Some(file) => Some(file.clone()),
            None if own_code && !args.check => match Self::crate_of(built, args).build(err)? {
                Ok(program) => Some(program),
                Err(fault) => {
                    return Ok(Self {
                        files: built.files()?,
                        package: Package::Wrong(fault.clone()),
                        fault: Some(fault),
                    });
                }
            },
            None => None,
        };
        let given = given.as_deref().map(Function::read).transpose()?;
        let wanted =
            Wanted { architecture: built.architecture(), plan: built.plan.version, given: given.as_ref(), own_code };
        let package =
            if args.check { Package::check(&args.out, wanted)? } else { Package::to_build(&args.out, wanted)? };
        let files = built.files()?;
        Ok(match package {
            Package::Current | Package::New(_) => Self { files: files.with_package(), package, fault: None },
            Package::Missing if args.check => Self { files, package, fault: None },
            Package::Missing => Self { files, package, fault: Some(Package::none(&args.out, wanted)) },
            Package::Wrong(ref fault) => Self { files, fault: Some(fault.clone()), package },
        })
    }

    /// Returns the crate with a team's own code.
    fn crate_of(built: &Build, args: &Args) -> Crate {
        Crate { folder: args.input.crate_folder(), architecture: built.architecture() }
    }

    /// Adds findings about the package, and for programs about each file that is out of date.
    fn report(&self, args: &Args, sources: &mut Sources, findings: &mut Findings) -> anyhow::Result<()> {
        if let Some(fault) = &self.fault {
            let file = sources.add(Source::new(fault.path.clone(), ""));
            findings.error(file, Place::File, "function", fault.message.clone()).help(fault.help(make::command()));
        }
        if !(args.check && args.messages.for_tools()) {
            return Ok(());
        }
        let other = Output::other_writer(&args.out);
        for path in self.files.changes(&args.out)? {
            let why = other.as_deref().map_or_else(String::new, written_by);
            let message = format!("`{}` is out of date{why}", path.display());
            let file = sources.add(Source::new(path, ""));
            findings.error(file, Place::File, "stale", message).help(format!("run `{}`", make::command()));
        }
        Ok(())
    }

    /// Whether nothing may be written, because something in the package must be kept or cannot be replaced.
    fn is_refused(&self) -> bool {
        matches!(self.package, Package::Wrong(_))
    }

    fn compare(&self, args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
        let folder = args.out.display();
        let difference = self.files.difference(&args.out)?;
        if !difference.is_empty() {
            // Programs read it as findings.
            if !args.messages.for_tools() {
                out.write_all(difference.as_bytes())?;
            }
            let why = Output::other_writer(&args.out).map_or_else(String::new, |writer| written_by(&writer));
            writeln!(err, "error: `{folder}` is stale{why}; run\n  {}", make::command())?;
            return Ok(Outcome::Refused);
        }
        if self.fault.is_some() {
            return Ok(Outcome::Refused);
        }
        writeln!(err, "`{folder}` is up to date")?;
        if self.package == Package::Missing {
            let package = args.out.join(RUNNER);
            writeln!(err, "note: `{}` does not exist; `{}` writes it", package.display(), make::command())?;
        }
        Ok(Outcome::Done)
    }

    fn write(&self, args: &Args, size: &str, err: &mut dyn Write) -> anyhow::Result<Outcome> {
        let folder = args.out.display();
        let program = if let Package::New(function) = &self.package { Some(function) } else { None };
        match self.files.write(&args.out, program)? {
            0 => writeln!(err, "{size}: `{folder}` is up to date")?,
            n => writeln!(err, "{size}: wrote {} to `{folder}`", plural(n, "file"))?,
        }
        Ok(if self.fault.is_some() { Outcome::Refused } else { Outcome::Done })
    }
}
