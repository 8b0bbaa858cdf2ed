//! Shells that need more than `clap_complete` does for them.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap_complete::engine;
use clap_complete::env::{self, EnvCompleter, Powershell};

/// Bash, which splits `--action=create` into three words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        env::Bash.name()
    }

    fn is(&self, name: &str) -> bool {
        env::Bash.is(name)
    }

    fn write_registration(
        &self,
        variable: &str,
        name: &str,
        program: &str,
        completer: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        env::Bash.write_registration(variable, name, program, completer, out)
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        words: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let index = number("_CLAP_COMPLETE_INDEX").unwrap_or_default();
        let (words, index) = without_equals(words, index);
        let separator = std::env::var("_CLAP_IFS").unwrap_or_else(|_| "\n".to_owned());
        let candidates = engine::complete(command, words, index, folder)?;
        let values: Vec<_> = candidates.iter().map(|candidate| candidate.get_value().to_string_lossy()).collect();
        write!(out, "{}", values.join(&separator))
    }
}

/// Returns the words of a line without each `=` that bash split off. In other shells nobody types one there.
pub(super) fn joined(words: Vec<OsString>) -> Vec<OsString> {
    without_equals(words, number("_CLAP_COMPLETE_INDEX").unwrap_or_default()).0
}

/// Removes each `=` that bash split off. Returns the words, and the index of the word to complete among them.
fn without_equals(words: Vec<OsString>, index: usize) -> (Vec<OsString>, usize) {
    let mut kept: Vec<OsString> = Vec::new();
    let mut moved = index;
    for (at, word) in words.into_iter().enumerate() {
        let after_flag = kept.last().and_then(|last| last.to_str()).is_some_and(|last| last.starts_with("--"));
        if word == "=" && after_flag && at != index {
            moved -= usize::from(at < index);
        } else {
            kept.push(word);
        }
    }
    (kept, moved)
}

/// PowerShell 5.1 and later.
///
/// `clap_complete`'s script passes the typed line to `Invoke-Expression`, which runs a `$(…)` in it when Tab is pressed. It
/// also relies on an empty last argument, which Windows PowerShell drops.
#[derive(Clone, Copy, Debug)]
pub(super) struct PowerShell;

const SCRIPT: &str = include_str!("synth.ps1");

impl EnvCompleter for PowerShell {
    fn name(&self) -> &'static str {
        Powershell.name()
    }

    fn is(&self, name: &str) -> bool {
        Powershell.is(name)
    }

    fn write_registration(&self, _: &str, _: &str, _: &str, _: &str, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(SCRIPT.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut clap::Command,
        mut words: Vec<OsString>,
        folder: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let index = number("SYNTH_COMPLETE_INDEX").unwrap_or(words.len().saturating_sub(1));
        if words.len() == index {
            words.push(OsString::new());
        }
        for candidate in engine::complete(command, words, index, folder)? {
            let help = candidate.get_help().map(ToString::to_string).unwrap_or_default();
            let help = help.lines().next().unwrap_or_default();
            writeln!(out, "{}\t{help}", candidate.get_value().to_string_lossy())?;
        }
        Ok(())
    }
}

/// Reads a variable that a script sets to a number.
fn number(variable: &str) -> Option<usize> {
    std::env::var(variable).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_and_its_value_are_two_words() {
        let words = |text: &str| text.split(' ').map(OsString::from).collect::<Vec<_>>();
        for (typed, index, want, moved) in [
            ("synth event --action = cr", 4, "synth event --action cr", 3),
            ("synth event --blueprints = dir --action ", 6, "synth event --blueprints dir --action ", 5),
            ("synth event --action = cr --seed 1", 6, "synth event --action cr --seed 1", 5),
            ("synth event cpu = 4", 4, "synth event cpu = 4", 4),
        ] {
            assert_eq!(without_equals(words(typed), index), (words(want), moved), "{typed}");
        }
    }
}
