//! A program that ends when the process that started it ends, however that happens.
//!
//! Linux sends a signal to a process whose parent is gone if the process asks for it. It must ask for it itself, before
//! it becomes the program. So `synth` starts itself, and that process asks and then becomes the program.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use nix::sys::signal::SigSet;
use nix::unistd::{self, Pid};

/// The environment variable that names the parent and the program. The program does not see it.
pub(crate) const VARIABLE: &str = "SYNTH_TETHERED";

/// Returns the value of [`VARIABLE`] with which `synth` becomes `program`, as a child of this process.
pub(crate) fn value(program: &Path) -> OsString {
    let mut value = OsString::from(format!("{} ", std::process::id()));
    value.push(program);
    value
}

/// Becomes the program that [`VARIABLE`] names, in a process group of its own. Returns only if that fails, with the
/// reason, or if the variable is not set.
pub(crate) fn become_program() -> Option<String> {
    let value = std::env::var_os(VARIABLE)?;
    let bytes = value.as_bytes();
    let at = bytes.iter().position(|byte| *byte == b' ')?;
    let (parent, program) = bytes.split_at(at);
    let parent: i32 = std::str::from_utf8(parent).ok()?.parse().ok()?;
    let program = Path::new(std::ffi::OsStr::from_bytes(program.get(1..)?));
    // A signal for the terminal's whole group is handled by the parent, which then ends this group.
    let _ = unistd::setpgid(Pid::from_raw(0), Pid::from_raw(0));
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL);
    // The parent may have ended before.
    if unistd::getppid() != Pid::from_raw(parent) {
        return Some("its parent has ended".to_owned());
    }
    // What the parent waits for in a thread is blocked there.
    let _ = SigSet::empty().thread_set_mask();
    let error = Command::new(program).env_remove(VARIABLE).exec();
    let help = match error.kind() {
        std::io::ErrorKind::PermissionDenied => {
            "\n  help: if its folder is mounted with `noexec`, choose a different one; for temporary files, set TMPDIR"
        }
        _ => "",
    };
    Some(format!("cannot run `{}`: {error}{help}", program.display()))
}
