//! `measure HIGHEST PROGRAM [ARGUMENT…]`: runs a program to its end, expects an exit code of at most HIGHEST, and
//! prints what it took as `<wall nanoseconds> <CPU microseconds> <peak memory in KiB>`.
//!
//! This is a process of its own because Linux reports the peak of all children together, and counts a parent's memory
//! as its child's until the child has started another program. So each measurement needs a new, small parent.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[OsString]) -> io::Result<ExitCode> {
    let highest = arguments.first().and_then(|highest| highest.to_str()?.parse::<i32>().ok());
    let (Some(highest), [_, program, arguments @ ..]) = (highest, arguments) else {
        return Err(io::Error::other("usage: measure HIGHEST PROGRAM [ARGUMENT…]"));
    };
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null());
    let started = Instant::now();
    let status = command.status()?;
    let wall = started.elapsed();
    if status.code().is_none_or(|code| code > highest) {
        return Err(io::Error::other(format!("{} ended with {status}", program.display())));
    }
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    writeln!(io::stdout(), "{} {cpu} {}", wall.as_nanos(), usage.max_rss())?;
    Ok(ExitCode::SUCCESS)
}
