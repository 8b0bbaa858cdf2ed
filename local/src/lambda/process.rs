//! A function's process, started as Lambda does.

use std::ffi::OsString;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::LambdaRuntime;
use crate::lock::lock;

/// The variables that Lambda sets, except the addresses. The credentials are recognisable, so that a test can look for
/// them in logs.
const ENVIRONMENT: [(&str, &str); 18] = [
    ("AWS_ACCESS_KEY_ID", "AKIALOCALACCESSKEYID"),
    ("AWS_SECRET_ACCESS_KEY", "local-secret-access-key-never-log-me"),
    ("AWS_SESSION_TOKEN", "local-session-token-never-log-me"),
    ("AWS_REGION", "eu-west-1"),
    ("AWS_DEFAULT_REGION", "eu-west-1"),
    ("AWS_LAMBDA_FUNCTION_NAME", "local"),
    ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
    ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
    ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
    ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
    ("AWS_LAMBDA_LOG_LEVEL", "INFO"),
    ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/local"),
    ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
    ("_HANDLER", "bootstrap"),
    ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
    ("LANG", "en_US.UTF-8"),
    ("PATH", "/usr/local/bin:/usr/bin:/bin"),
    ("TZ", ":UTC"),
];

/// The longest line that is passed on in one piece, in bytes: what Lambda keeps of a log event.
const LONGEST_LINE: u64 = 1024 * 1024;

/// Receives each line of a process's output, with the process's id.
pub type LineObserver = Arc<dyn Fn(u32, &str) + Send + Sync>;

/// A running process. Dropping it kills it.
#[derive(Debug)]
pub struct Process {
    started: Instant,
    child: Child,
    output: Arc<Output>,
    readers: Vec<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Output {
    bytes: Mutex<Vec<u8>>,
    /// Notified when there is more output.
    grown: Condvar,
}

impl Process {
    /// Starts a program. It sees Lambda's variables and the given ones, which take precedence, and none of this
    /// process's. Its output is kept.
    ///
    /// # Errors
    ///
    /// When the process or the threads that read its output cannot be started.
    pub fn spawn(
        binary: &Path,
        task_root: &Path,
        runtime: &LambdaRuntime,
        env: impl IntoIterator<Item = (String, OsString)>,
    ) -> io::Result<Self> {
        Self::start(binary, task_root, runtime, env, None)
    }

    /// Starts a program like [`Process::spawn`], but passes each line of its output on instead of keeping it.
    ///
    /// # Errors
    ///
    /// When the process or the threads that read its output cannot be started.
    pub fn start(
        binary: &Path,
        task_root: &Path,
        runtime: &LambdaRuntime,
        env: impl IntoIterator<Item = (String, OsString)>,
        lines: Option<LineObserver>,
    ) -> io::Result<Self> {
        let binary = fs::canonicalize(binary)?;
        let started = Instant::now();
        let child = Command::new(binary)
            .current_dir(task_root)
            .env_clear()
            .envs(ENVIRONMENT)
            .env("LAMBDA_TASK_ROOT", task_root)
            .env("AWS_LAMBDA_RUNTIME_API", runtime.address())
            .envs(env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        // Created before the readers, so that the process is killed if a reader cannot be started.
        let mut process = Self { started, child, output: Arc::default(), readers: Vec::new() };
        if let Some(stdout) = process.child.stdout.take() {
            process.collect(stdout, lines.clone())?;
        }
        if let Some(stderr) = process.child.stderr.take() {
            process.collect(stderr, lines)?;
        }
        Ok(process)
    }

    /// Returns the id of the process.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Returns when it was started.
    #[must_use]
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Returns everything written to standard output and standard error so far, in order of arrival.
    #[must_use]
    pub fn output(&self) -> String {
        String::from_utf8_lossy(&lock(&self.output.bytes)).into_owned()
    }

    /// Waits until a text has been written. Returns whether it was.
    #[must_use]
    pub fn wait_for_output(&self, text: &str, timeout: Duration) -> bool {
        let lacks = |bytes: &mut Vec<u8>| !String::from_utf8_lossy(bytes).contains(text);
        let bytes = lock(&self.output.bytes);
        let waited = self.output.grown.wait_timeout_while(bytes, timeout, lacks);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// Kills the process and waits until its last output is read. Waits as long as a child process has the output open,
    /// so a wrapper script must end in `exec`.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for reader in self.readers.drain(..) {
            let _ = reader.join();
        }
    }

    /// Returns whether the process is still running.
    #[must_use]
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Returns how the process ended, in the words in which AWS reports it; nothing while it runs.
    #[must_use]
    pub fn end(&mut self) -> Option<String> {
        let status = self.ended()?;
        Some(match (status.code(), status.signal()) {
            (Some(0), _) => "without providing a reason".to_owned(),
            (Some(code), _) => format!("with error: exit status {code}"),
            (None, Some(9)) => "with error: signal: killed".to_owned(),
            (None, Some(signal)) => format!("with error: signal {signal}"),
            (None, None) => "with error".to_owned(),
        })
    }

    /// Returns how the process ended, or `None` while it is running.
    #[must_use]
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Returns the peak memory of the process in bytes, or `None` after its end.
    #[must_use]
    pub fn peak_memory(&self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
        let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kilobytes * 1024)
    }

    fn collect(&mut self, pipe: impl Read + Send + 'static, lines: Option<LineObserver>) -> io::Result<()> {
        let (output, id) = (Arc::clone(&self.output), self.id());
        let reader = thread::Builder::new().spawn(move || match lines {
            Some(observe) => pass_on(pipe, &mut |line| observe(id, line)),
            None => keep(pipe, &output),
        })?;
        self.readers.push(reader);
        Ok(())
    }
}

fn keep(mut pipe: impl Read, output: &Output) {
    let mut chunk = [0; 4096];
    while let Ok(count @ 1..) = pipe.read(&mut chunk) {
        lock(&output.bytes).extend(chunk.iter().take(count));
        output.grown.notify_all();
    }
}

/// Passes lines on, without their ends. A longer one than Lambda keeps comes in pieces.
fn pass_on(pipe: impl Read, observe: &mut dyn FnMut(&str)) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    while let Ok(count @ 1..) = pipe.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line) {
        let is_whole = line.last() == Some(&b'\n');
        observe(String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']));
        line.clear();
        if !is_whole && count < usize::try_from(LONGEST_LINE).unwrap_or(usize::MAX) {
            return;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
