//! One answer: given as a flag, asked for on a terminal, or a default.

use std::io::{self, BufRead, IsTerminal, Write};
use std::str::FromStr;

use anyhow::bail;

/// What `synth init` has to know.
pub(super) struct Question<'a> {
    /// In words, for a person.
    pub(super) text: &'a str,
    /// The flag that answers it, with the form of its value.
    pub(super) flag: &'a str,
    /// The answer if nothing else is said.
    pub(super) default: Option<String>,
}

/// Where answers come from.
pub(super) struct Answers {
    /// Whether defaults are taken without a question.
    takes_defaults: bool,
    /// Whether there is a terminal to ask on.
    asks: bool,
    /// The flags that are missing, and the defaults of those that have one.
    missing: Vec<(String, Option<String>)>,
}

impl Answers {
    pub(super) fn new(takes_defaults: bool) -> Self {
        let asks = !takes_defaults && io::stdin().is_terminal() && io::stderr().is_terminal();
        Self { takes_defaults, asks, missing: Vec::new() }
    }

    /// Returns the given answer, or finds one. `None` if it is missing.
    pub(super) fn find<T>(&mut self, given: Option<T>, question: &Question<'_>) -> anyhow::Result<Option<T>>
    where
        T: FromStr<Err: std::fmt::Display>,
    {
        if given.is_some() {
            return Ok(given);
        }
        if self.asks {
            return ask(question).map(Some);
        }
        let default = question.default.as_deref().filter(|_| self.takes_defaults);
        let found = default.and_then(|default| default.parse().ok());
        if found.is_none() {
            self.missing.push((question.flag.to_owned(), question.default.clone()));
        }
        Ok(found)
    }

    /// Prints what is missing. Returns whether anything is.
    pub(super) fn lacking(&self, err: &mut dyn Write) -> anyhow::Result<bool> {
        if self.missing.is_empty() {
            return Ok(false);
        }
        let needed: Vec<&str> =
            self.missing.iter().filter(|(_, default)| default.is_none()).map(|(flag, _)| flag.as_str()).collect();
        let others: Vec<String> = self
            .missing
            .iter()
            .filter_map(|(flag, default)| Some(format!("{} {}", flag.split(' ').next()?, default.as_ref()?)))
            .collect();
        writeln!(err, "error: answers are missing, and there is no terminal to ask on; nothing was written")?;
        if !needed.is_empty() {
            writeln!(err, "  help: pass {}", needed.join(", "))?;
        }
        if !others.is_empty() {
            writeln!(err, "  help: pass --yes for the defaults: {}", others.join(" "))?;
        }
        Ok(true)
    }
}

/// Asks until the answer is usable.
fn ask<T>(question: &Question<'_>) -> anyhow::Result<T>
where
    T: FromStr<Err: std::fmt::Display>,
{
    // Not to the command's stream, which --quiet keeps back until the command ends.
    let mut terminal = io::stderr();
    loop {
        match &question.default {
            Some(default) => write!(terminal, "{} [{default}]: ", question.text)?,
            None => write!(terminal, "{}: ", question.text)?,
        }
        terminal.flush()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line)? == 0 {
            writeln!(terminal)?;
            bail!("the input ended before all questions were answered; nothing was written");
        }
        let line = line.trim();
        let answer = if line.is_empty() { question.default.as_deref().unwrap_or_default() } else { line };
        match answer.parse() {
            Ok(answer) => return Ok(answer),
            Err(error) => writeln!(terminal, "  {error}")?,
        }
    }
}
