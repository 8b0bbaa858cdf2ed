//! `synth completions`: completes commands, flags and values in a shell.
//!
//! The script that a shell loads calls `synth` each time Tab is pressed, and `synth` prints the candidates. `clap_complete`
//! calls this its dynamic engine; its static scripts know the flags but not the actions in a folder.

mod candidates;
mod entities;
mod line;
mod shells;

use std::io::Write;

use clap::{CommandFactory, ValueEnum};
use clap_complete::CompleteEnv;
use clap_complete::env::{Elvish, Fish, Shells, Zsh};

pub(crate) use self::candidates::actions;
pub(super) use self::candidates::{blueprints, codes, commands, published};
pub(super) use self::entities::entities;
use self::shells::{Bash, PowerShell};
use super::{Cli, Outcome};

/// The environment variable that names the shell when a script asks for candidates.
const VARIABLE: &str = "SYNTH_COMPLETE";

const SHELLS: Shells<'static> = Shells(&[&Bash, &Zsh, &Fish, &PowerShell, &Elvish]);

/// Print the script that completes commands, flags and values in a shell
///
/// Values include the actions and blueprints of the input files in --blueprints, or in blueprints/, and the codes of
/// findings. Values of --entity come from Port, if there are credentials in the environment or in the credentials file.
/// Install the script again after you update synth.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth completions bash > ~/.local/share/bash-completion/completions/synth
  synth completions zsh > \"${fpath[1]}/_synth\"
  synth completions fish > ~/.config/fish/completions/synth.fish
  synth completions powershell | Out-String | Invoke-Expression   in $PROFILE
  eval (synth completions elvish | slurp)                         in rc.elv")]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Kind,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Bash,
    Zsh,
    Fish,
    #[value(name = "powershell", alias = "pwsh")]
    PowerShell,
    Elvish,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::PowerShell => "powershell",
            Self::Elvish => "elvish",
        }
    }
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    if let Some(shell) = SHELLS.completer(args.shell.as_str()) {
        // `synth` instead of this process's path, which may change with the next version.
        shell.write_registration(VARIABLE, "synth", "synth", "synth", out)?;
    }
    Ok(Outcome::Done)
}

/// Prints candidates if a shell's script asks for them. Returns whether it did.
pub(crate) fn answered() -> bool {
    if !std::env::var(VARIABLE).is_ok_and(|shell| SHELLS.completer(&shell).is_some()) {
        return false;
    }
    let folder = std::env::current_dir().ok();
    // A message would appear in the middle of the line that is being typed.
    let _ = CompleteEnv::with_factory(Cli::command)
        .var(VARIABLE)
        .shells(SHELLS)
        .try_complete(std::env::args_os(), folder.as_deref());
    true
}
