//! `synth init`: writes a repository of one's own.

mod answers;
mod next;
mod question;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::ValueHint;
use documents::wording::plural;
use synth::scaffold::repository::{AwsRegion, StageName};
use synth::scaffold::runner::{self, Library};
use synth::{files, folder};

use self::answers::{GitHub, Organization, answered};
use super::shell::quoted_path;
use super::{Outcome, port};

/// Start a repository of your own
///
/// Writes an example, settings for the SAM CLI with the parameters of each stage, workflows for GitHub, and the role with which
/// they deploy. Asks for what is missing, if it can. Never overwrites a file.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth init platform-runners
  synth init --yes --organization org_abc --github acme/runners
  synth init --organization dev=org_abc --organization prod=org_def
  synth init --from-port       begin with the blueprints in Port
  synth init --code            add a crate to a project that exists

Exit codes: 0 done; 1 nothing was written, because an answer is missing or a file is in the way; 2 synth itself failed.")]
pub(super) struct Args {
    /// Folder of the repository, which may have files already
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    folder: PathBuf,
    /// Id of your organisation in Port, org_…; or one for a stage, as STAGE=ID
    #[arg(long, value_name = "ID", aliases = ["organisation", "organization-id", "org"])]
    organization: Vec<Organization>,
    /// Region of the stacks in AWS [default: that of Port's brokers]
    #[arg(long, value_name = "REGION")]
    aws_region: Option<AwsRegion>,
    /// Stages, in the order of their deployment [default: dev,prod]
    #[arg(long, value_name = "STAGE,…", value_delimiter = ',', alias = "stage")]
    stages: Vec<StageName>,
    /// The repository on GitHub, or `none` for neither workflows nor a role for them [default: that of the remote `origin`]
    #[arg(long, value_name = "ORG/REPO", aliases = ["repository", "repo"])]
    github: Option<GitHub>,
    #[command(flatten)]
    beginning: Beginning,
    /// Keep files that are in the way, and write the others
    #[arg(long)]
    keep: bool,
    /// Take the defaults; do not ask
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    access: port::Access,
}

/// What there is to begin with.
#[derive(Debug, clap::Args)]
struct Beginning {
    /// Begin with the blueprints and actions that Port has, instead of the example
    #[arg(long)]
    from_port: bool,
    /// Also write a crate, for Rust code of your own that runs for the example's action; in a folder with a synth.toml, without
    /// other answers, write only the crate
    #[arg(long, conflicts_with = "from_port")]
    code: bool,
}

impl Args {
    /// Whether a project that exists gets the crate, and nothing else.
    fn adds_crate(&self) -> bool {
        let answers = self.organization.is_empty() && self.stages.is_empty();
        let answers = answers && self.aws_region.is_none() && self.github.is_none();
        self.beginning.code && answers && self.folder.join("synth.toml").exists()
    }
}

pub(super) fn run(args: &Args, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    if let Some(refusal) = misplaced(&args.folder)?.filter(|_| !args.adds_crate()) {
        writeln!(err, "error: {refusal}")?;
        return Ok(Outcome::Refused);
    }
    if args.adds_crate() {
        let written = write(args, runner::files(&Library::of_this_version())?, err)?;
        return if written {
            next::crate_steps(&args.folder, err).map(|()| Outcome::Done)
        } else {
            Ok(Outcome::Refused)
        };
    }
    let Some(mut repository) = answered(args, err)? else { return Ok(Outcome::Refused) };
    if args.beginning.from_port {
        let blueprints = port::imported(&args.access)?;
        if blueprints.is_empty() {
            writeln!(
                err,
                "error: the organisation has no blueprints; leave out --from-port to begin with the example"
            )?;
            return Ok(Outcome::Refused);
        }
        repository.blueprints = Some(blueprints);
    }
    repository.code = args.beginning.code.then(Library::of_this_version);
    let files = repository.files()?;
    let ignored = files.get(Path::new(GITIGNORE)).cloned().unwrap_or_default();
    if !write(args, files, err)? {
        return Ok(Outcome::Refused);
    }
    next::steps(&repository, &args.folder, &missing(&args.folder, &ignored), err)?;
    Ok(Outcome::Done)
}

/// The file with the names that git ignores.
const GITIGNORE: &str = ".gitignore";

/// Returns the lines of a new `.gitignore` that the one in a folder does not have.
fn missing(folder: &Path, wanted: &str) -> Vec<String> {
    // One that cannot be read has none of them.
    let held = files::text(&folder.join(GITIGNORE)).unwrap_or_default();
    let lines = |text: &str| -> Vec<String> { text.lines().map(|line| line.trim().to_owned()).collect() };
    let held = lines(&held);
    let is_missing = |line: &String| !line.is_empty() && !line.starts_with('#') && !held.contains(line);
    lines(wanted).into_iter().filter(is_missing).collect()
}

/// Writes the files of which none is in the way, or says which are. Returns whether they were written.
fn write(args: &Args, files: BTreeMap<PathBuf, String>, err: &mut dyn Write) -> anyhow::Result<bool> {
    let all = files.len();
    let (new, taken) = sorted(&args.folder, files);
    if !taken.is_empty() && !args.keep {
        writeln!(err, "error: {} in the way; nothing was written", are(&taken))?;
        list(&taken, err)?;
        writeln!(
            err,
            "  help: choose a different folder, move them away, or keep them and write the others with --keep"
        )?;
        return Ok(false);
    }
    folder::create(&args.folder, &new).with_context(|| {
        format!(
            "nothing was written to `{}`, which has to be a folder with space that you may write to",
            args.folder.display()
        )
    })?;
    match new.len() {
        0 => writeln!(err, "`{}` has all {} already", args.folder.display(), plural(all, "file"))?,
        written => writeln!(err, "wrote {} to `{}`", plural(written, "file"), args.folder.display())?,
    }
    if !taken.is_empty() {
        writeln!(err, "kept {} with other content:", plural(taken.len(), "file"))?;
        list(&taken, err)?;
    }
    Ok(true)
}

fn are(taken: &[PathBuf]) -> String {
    format!("{} {}", plural(taken.len(), "file"), if taken.len() == 1 { "is" } else { "are" })
}

fn list(paths: &[PathBuf], err: &mut dyn Write) -> anyhow::Result<()> {
    Ok(paths.iter().try_for_each(|path| writeln!(err, "  {}", path.display()))?)
}

/// Returns the files that are not there yet, and the paths at which there is something else.
fn sorted(folder: &Path, files: BTreeMap<PathBuf, String>) -> (BTreeMap<PathBuf, String>, Vec<PathBuf>) {
    let mut taken = Vec::new();
    let is_new = |(file, text): &(PathBuf, String)| {
        let path = folder.join(file);
        if path.symlink_metadata().is_err() {
            return true;
        }
        if files::regular(&path).ok().as_deref() != Some(text.as_bytes()) {
            taken.push(file.clone());
        }
        false
    };
    let new = files.into_iter().filter(is_new).collect();
    (new, taken)
}

/// Returns why a folder cannot become a repository, and what to do instead.
fn misplaced(folder: &Path) -> anyhow::Result<Option<String>> {
    let shown = folder.display();
    let place = folder::resolved(folder).with_context(|| format!("cannot find `{shown}`"))?;
    if place.exists() && !place.is_dir() {
        return Ok(Some(format!("`{shown}` is not a folder; choose a different one")));
    }
    if let Some(link) = folder::dangling(folder) {
        let link = link.display();
        return Ok(Some(format!(
            "`{link}` is a link to something that does not exist; remove it, or choose a different folder"
        )));
    }
    if place.join(".git").exists() {
        return Ok(None);
    }
    for around in place.ancestors().skip(1) {
        let (kind, why) = if around.join(".git").exists() {
            ("the git repository", "and GitHub reads workflows only from the root of one")
        } else if around.join("synth.toml").exists() {
            ("the project", "which has a synth.toml already")
        } else {
            continue;
        };
        let around = around.display();
        return Ok(Some(format!(
            "`{shown}` is inside {kind} `{around}`, {why}; nothing was written\n  help: choose a folder outside of it, or \
             make this one a repository first with `git init {}`",
            quoted_path(folder)
        )));
    }
    Ok(None)
}
