//! `synth completions`: what a shell needs to complete the command line.

use std::io::Write;

use clap::{CommandFactory, ValueEnum};
use clap_complete::Shell;

use super::{Cli, Outcome};

/// Print the completions for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth completions bash > ~/.local/share/bash-completion/completions/synth
  synth completions zsh > \"${fpath[1]}/_synth\"
  synth completions fish > ~/.config/fish/completions/synth.fish")]
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
}

pub(super) fn run(args: &Args, out: &mut dyn Write) -> anyhow::Result<Outcome> {
    let shell = match args.shell {
        Kind::Bash => Shell::Bash,
        Kind::Zsh => Shell::Zsh,
        Kind::Fish => Shell::Fish,
    };
    // Into memory first: the generator has no way to say that a stream is closed.
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "synth", &mut text);
    out.write_all(&text)?;
    Ok(Outcome::Done)
}
