//! The flags of `synth dev`.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::ValueHint;
use local::FaultSpec;

use super::bootstrap::Bootstrap;
use super::case::{Case, CaseName};
use crate::cli::completions;
use crate::cli::input::Input;
use crate::cli::start::Start;

/// Run Port, Kafka, Lambda's event source mapping and the function on this machine
///
/// Needs no account and no network. A run that is started at the local Port is published to a real broker, from which the
/// event source mapping delivers it to the real function, which reports to the local Port. A saved blueprint is in force at
/// once. What happened is kept, and is there again after a restart.
#[derive(Clone, Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
#[command(after_help = "Examples:
  synth dev                                   until Ctrl-C
  synth dev --run create_vm --input cpu=2
  synth dev --run create_vm --input cpu=2 --exit --json --fresh
  synth dev --fault status=503,times=3 --window 0 --save outages
  synth dev --replay outages

Exit codes: 0 it was ended with Ctrl-C, or with --exit the run ended with SUCCESS; 1 the run did not, the input files have
errors, or a case led to something else; 2 synth itself failed.")]
pub(crate) struct Args {
    #[command(flatten)]
    pub(super) state: StateFlags,
    /// The function to run [default: out/runner/bootstrap if it runs on this machine, or the one inside of this synth]
    #[arg(long, value_name = "FILE", env = "SYNTH_FUNCTION", hide_env_values = true, value_hint = ValueHint::FilePath)]
    pub(super) function: Option<PathBuf>,
    #[command(flatten)]
    pub(super) mapping: MappingFlags,
    /// Let something go wrong, such as status=503,times=3 or delay=400ms,path=/entities,always; docs/dev.md lists the names
    #[arg(long = "fault", value_name = "SPEC", value_parser = fault)]
    pub(super) faults: Vec<Written>,
    /// Do not announce Port's rate limits, which clients of its API obey
    #[arg(long)]
    pub(super) no_rate_limit: bool,
    #[command(flatten)]
    pub(super) run: RunFlags,
    /// Where there are no input files, write the example without asking
    #[arg(long)]
    pub(super) example: bool,
    /// Do not follow changes of the input files
    #[arg(long)]
    pub(super) no_watch: bool,
    /// Ask nothing and offer nothing: only the services
    #[arg(long)]
    pub(super) headless: bool,
    /// Print each event as a line of JSON, for programs; the first line says where everything is
    #[arg(long)]
    pub(super) json: bool,
    #[command(flatten)]
    pub(super) case: CaseFlags,
    #[command(flatten)]
    pub(super) bootstrap: Bootstrap,
    #[command(flatten)]
    pub(super) input: Input,
}

impl Args {
    /// Returns the flags for carrying out a case in a folder.
    pub(super) fn for_case(&self, case: &Case, folder: &Path) -> anyhow::Result<Self> {
        let mut args = self.clone();
        folder.join("state").clone_into(&mut args.state.folder);
        args.faults =
            case.faults.iter().map(|text| fault(text)).collect::<Result<_, _>>().map_err(|why| anyhow!(why))?;
        args.no_watch = true;
        Ok(args)
    }
}

/// Flags about what is kept.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct StateFlags {
    /// Folder of what is kept
    #[arg(long = "state", value_name = "DIR", default_value = ".synth/dev", value_hint = ValueHint::DirPath)]
    pub(super) folder: PathBuf,
    /// Forget what happened in earlier sessions; credentials and certificates stay
    #[arg(long)]
    pub(super) fresh: bool,
}

/// Flags about the event source mapping.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct MappingFlags {
    /// Seconds to wait for a batch to fill [default: as in the template, where half a second is usual]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(0..=300))]
    pub(super) window: Option<u16>,
    /// Poll as in provisioned mode, with partial batch responses, whatever synth.toml says
    #[arg(long)]
    pub(super) provisioned: bool,
    /// Divide every wait before a retry by this
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(super) retry_speed: u32,
    /// Number of partitions of a new topic
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..=100))]
    pub(super) partitions: i32,
    /// Seed for request ids
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) seed: u64,
}

/// Flags about a run that is started at once.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct RunFlags {
    /// Start a run of this action at once
    #[arg(long = "run", value_name = "ACTION", add = completions::actions())]
    pub(super) action: Option<String>,
    #[command(flatten)]
    pub(super) start: Start,
    /// E-mail address of the person who starts it
    #[arg(long, value_name = "EMAIL", default_value = "jo@example.com")]
    pub(super) user: String,
    /// End when that run has ended
    #[arg(long, requires = "action")]
    pub(super) exit: bool,
    /// With --exit, wait at most this many seconds for the end of the run
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=900))]
    pub(super) timeout: u64,
}

/// Flags about sessions as cases.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct CaseFlags {
    /// At the end, save what was started and what it led to as cases/CASE.json
    #[arg(long, value_name = "CASE", conflicts_with = "replay")]
    pub(super) save: Option<CaseName>,
    /// Carry out cases/CASE.json again with nothing kept from before, and compare what it leads to
    #[arg(long, value_name = "CASE", conflicts_with_all = ["action", "folder", "fresh", "brokers", "faults"])]
    pub(super) replay: Option<CaseName>,
}

/// A fault with its text.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) text: String,
    pub(super) fault: FaultSpec,
}

fn fault(text: &str) -> Result<Written, String> {
    Ok(Written { text: text.to_owned(), fault: text.parse()? })
}
