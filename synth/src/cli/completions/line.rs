//! The typed line, which the engine does not pass on to those who offer values.

use std::ffi::OsString;

use clap::CommandFactory;

use super::shells;
use crate::cli::Cli;

/// Returns the words of the line, from the name of the program.
pub(super) fn typed() -> Vec<OsString> {
    shells::joined(std::env::args_os().skip_while(|word| word != "--").skip(1).collect())
}

/// Returns the value of a flag such as `--blueprints`.
pub(super) fn value(flag: &str) -> Option<OsString> {
    let words = typed();
    let value = |(at, word): (usize, &OsString)| {
        let text = word.to_str()?;
        if text == flag {
            words.get(at + 1).cloned()
        } else {
            text.strip_prefix(flag)?.strip_prefix('=').map(OsString::from)
        }
    };
    words.iter().enumerate().find_map(value)
}

/// Returns the action, whether it is given by a flag or by its place.
pub(super) fn action() -> Option<String> {
    let matches = Cli::command().ignore_errors(true).try_get_matches_from(typed()).ok()?;
    let mut of_command = &matches;
    while let Some((_, below)) = of_command.subcommand() {
        of_command = below;
    }
    of_command.try_get_one::<String>("action").ok()?.cloned()
}
