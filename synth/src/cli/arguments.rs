//! The command line is read: what `clap` refuses, and what it would accept without effect.

use std::ffi::OsStr;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command, CommandFactory as _, Error, FromArgMatches as _};
use model::visible::{is_hidden, visible};

use super::terminal::Color;
use super::{Cli, Shown};

impl Cli {
    /// Parses this process's command line. Ends the process on `--help` and on invalid arguments.
    pub(crate) fn from_arguments() -> Self {
        Color::asked(std::env::args_os()).apply();
        let mut command = Self::command();
        parsed(&mut command).unwrap_or_else(|error| fail(&explained(error, &mut command)))
    }
}

/// Prints an error, or what was asked for, and ends the process.
fn fail(error: &Error) -> ! {
    // clap quotes an argument as it is. In colour, a sequence of its own could not be distinguished from one of ours.
    if std::env::args_os().any(|argument| argument.to_string_lossy().contains(is_hidden)) {
        use std::io::Write as _;
        let _ = write!(Shown::messages(std::io::stderr()), "{}", error.render());
        std::process::exit(error.exit_code());
    }
    error.exit()
}

fn parsed(command: &mut Command) -> Result<Cli, Error> {
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
    if let Some(message) = misplaced(command, &matches) {
        return Err(command.error(ErrorKind::ArgumentConflict, message));
    }
    Cli::from_arg_matches(&matches).map_err(|error| error.format(command))
}

/// Says which flag of `synth build` comes before a command, where clap reads it for `synth build`, which does not run.
fn misplaced(command: &Command, matches: &ArgMatches) -> Option<String> {
    let (name, _) = matches.subcommand()?;
    let given = |argument: &&Arg| {
        !argument.is_global_set() && matches.value_source(argument.get_id().as_str()) == Some(ValueSource::CommandLine)
    };
    let flag = command.get_arguments().find(given)?.get_long()?;
    let takes = command.find_subcommand(name)?.get_arguments().any(|argument| argument.get_long() == Some(flag));
    let help = if takes { format!("write it after `{name}`") } else { format!("`synth {name}` does not have it") };
    Some(format!("`--{flag}` comes before the command `{name}`, where it has no effect\n  help: {help}"))
}

/// Adds to an error where the value comes from, if it is not on the command line, and which argument is not UTF-8.
fn explained(mut error: Error, command: &mut Command) -> Error {
    if !error.use_stderr() {
        return error;
    }
    // Only then has every argument its name as errors have it.
    command.build();
    let is_about_text = match error.kind() {
        ErrorKind::InvalidUtf8 | ErrorKind::InvalidSubcommand | ErrorKind::UnknownArgument => true,
        _ => error.get(ContextKind::InvalidValue).is_some_and(|value| value.to_string().contains('\u{fffd}')),
    };
    if let Some(text) = not_text(command).filter(|_| is_about_text) {
        return command.error(error.kind(), format!("{text} is not UTF-8; only paths may have other bytes"));
    }
    let Some(ContextValue::String(argument)) = error.get(ContextKind::InvalidArg) else { return error };
    let variable = variables(command).into_iter().find(|(found, _)| found == argument).map(|(_, variable)| variable);
    if let Some(variable) = variable {
        let tip = format!("the value is that of the environment variable {variable}");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// Names the argument, or the environment variable of one, that is not UTF-8.
fn not_text(command: &Command) -> Option<String> {
    let is_not_text = |text: &OsStr| text.to_str().is_none();
    if let Some(argument) = std::env::args_os().skip(1).find(|argument| is_not_text(argument)) {
        return Some(format!("the argument `{}`", visible(&argument.to_string_lossy())));
    }
    let is_set = |variable: &String| std::env::var_os(variable).is_some_and(|value| is_not_text(&value));
    variables(command).into_iter().map(|(_, variable)| variable).find(is_set).map(|name| format!("the variable {name}"))
}

/// Returns the arguments of all commands, as errors name them, whose values are those of environment variables now.
fn variables(command: &Command) -> Vec<(String, String)> {
    let of = |argument: &Arg| {
        let variable = argument.get_env()?.to_str()?;
        std::env::var_os(variable)?;
        let flag = format!("--{}", argument.get_long()?);
        let is_given = |word: &OsStr| {
            let rest = word.to_str().and_then(|word| word.strip_prefix(&flag));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        };
        let given = std::env::args_os().any(|word| is_given(&word));
        (!given).then(|| (argument.to_string(), variable.to_owned()))
    };
    let below = command.get_subcommands().flat_map(variables);
    command.get_arguments().filter_map(of).chain(below).collect()
}
