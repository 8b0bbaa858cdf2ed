//! `synth man`: prints manual pages.

use std::io::Write;

use clap::CommandFactory;
use clap_mangen::Man;
use documents::wording::nearest;

use super::{Cli, Outcome, completions};

/// Print the manual page of synth or of a command
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  synth man | man -l -
  synth man new action > ~/.local/share/man/man1/synth-new-action.1")]
pub(super) struct Args {
    /// The command, such as `build` or `new action`
    #[arg(value_name = "COMMAND", add = completions::commands())]
    command: Vec<String>,
}

pub(super) fn run(args: &Args, out: &mut dyn Write, err: &mut dyn Write) -> anyhow::Result<Outcome> {
    let mut command = Cli::command();
    // Gives each page its name, such as `synth-new-action`.
    command.build();
    for name in &args.command {
        let Some(found) = command.find_subcommand(name) else {
            let known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
            writeln!(err, "error: unknown command `{}`", args.command.join(" "))?;
            if let Some(word) = nearest(name, &known) {
                writeln!(err, "  help: did you mean `{word}`?")?;
            }
            return Ok(Outcome::Refused);
        };
        command = found.clone();
    }
    let mut text = Vec::new();
    Man::new(command).source(concat!("synth ", env!("CARGO_PKG_VERSION"))).render(&mut text)?;
    out.write_all(&text)?;
    Ok(Outcome::Done)
}
