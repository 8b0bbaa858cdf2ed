//! What only a terminal gets: colour, and the progress of slow commands.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` is set; elsewhere only if `CLICOLOR_FORCE` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Color {
    /// Reads the choice from the arguments before `clap` parses them.
    ///
    /// `clap` colours its own errors and help while it parses, so applying the choice afterwards, as `colorchoice-clap`
    /// does, is too late: `synth --color never --help` would still be coloured.
    pub(super) fn asked(arguments: impl IntoIterator<Item = OsString>) -> Self {
        let mut asked = Self::default();
        let mut value = false;
        for argument in arguments {
            let Some(text) = argument.to_str() else { continue };
            let text = if value { Some(text) } else { text.strip_prefix("--color=") };
            asked = text.and_then(|text| Self::from_str(text, false).ok()).unwrap_or(asked);
            value = argument == "--color";
        }
        asked
    }

    /// Applies the choice to every stream of the process.
    pub(super) fn apply(self) {
        let choice = match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        };
        choice.write_global();
    }
}

/// Whether to use colour on standard error.
pub(super) fn color() -> bool {
    AutoStream::choice(&io::stderr()) != ColorChoice::Never
}

/// Whether to use colour on standard output.
pub(super) fn color_of_output() -> bool {
    AutoStream::choice(&io::stdout()) != ColorChoice::Never
}

/// Shows on a terminal that a command is still running, once it takes more than a second. Ends when dropped.
///
/// `indicatif` would not make this shorter: half of it is the streams that erase the line before they write, and
/// `indicatif` would also show steps of less than a second.
#[derive(Debug)]
pub(super) struct Progress {
    line: Line,
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Whether there is a line to erase before anything else is written.
type Line = Arc<Mutex<bool>>;

/// Goes to the first column and erases the line.
pub(super) const WIPE: &str = "\r\u{1b}[K";

impl Progress {
    /// Shows progress if standard error is a terminal.
    pub(super) fn on_terminal(step: &'static str) -> Self {
        if io::stderr().is_terminal() { Self::start(step, Duration::from_secs(1), io::stderr()) } else { Self::none() }
    }

    /// Shows nothing.
    pub(super) fn none() -> Self {
        Self { line: Line::default(), end: None, thread: None }
    }

    fn start(step: &'static str, every: Duration, mut terminal: impl Write + Send + 'static) -> Self {
        let line = Line::default();
        let drawn = Arc::clone(&line);
        let (end, ended) = channel();
        let thread = std::thread::spawn(move || {
            let mut ticks: u32 = 0;
            while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                ticks += 1;
                let mut drawn = drawn.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = write!(terminal, "{WIPE}{step}, {} s", (every * ticks).as_secs());
                let _ = terminal.flush();
                *drawn = true;
            }
            if std::mem::take(&mut *drawn.lock().unwrap_or_else(PoisonError::into_inner)) {
                let _ = terminal.write_all(WIPE.as_bytes());
                let _ = terminal.flush();
            }
        });
        Self { line, end: Some(end), thread: Some(thread) }
    }

    /// Wraps a stream so that it erases the line before it writes.
    pub(super) fn behind<'a>(&self, stream: &'a mut dyn Write) -> Behind<'a> {
        Behind { line: Arc::clone(&self.line), stream }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // The thread cannot panic, and there would be nothing to do about it.
            let _ = thread.join();
        }
    }
}

/// See [`Progress::behind`].
pub(super) struct Behind<'a> {
    line: Line,
    stream: &'a mut dyn Write,
}

impl Write for Behind<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut drawn = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if std::mem::take(&mut *drawn) {
            let _ = io::stderr().write_all(WIPE.as_bytes());
        }
        self.stream.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn color_has_two_spellings() {
        for (arguments, want) in [
            (&["synth"][..], Color::Auto),
            (&["synth", "--color=never", "check"], Color::Never),
            (&["synth", "check", "--color", "always"], Color::Always),
            (&["synth", "--color", "pink"], Color::Auto),
            (&["synth", "--color"], Color::Auto),
        ] {
            assert_eq!(Color::asked(arguments.iter().map(OsString::from)), want, "{arguments:?}");
        }
    }

    /// A terminal that a test can read.
    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Screen {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_long_step_is_shown_and_erased() {
        let screen = Screen::default();
        let progress = Progress::start("checking", Duration::from_millis(2), screen.clone());
        let start = Instant::now();
        while screen.text().is_empty() {
            assert!(start.elapsed() < Duration::from_mins(1), "nothing is shown");
            std::thread::yield_now();
        }
        drop(progress);
        let text = screen.text();
        assert!(text.starts_with("\r\u{1b}[Kchecking, 0 s") && text.ends_with("s\r\u{1b}[K"), "{text:?}");
    }

    #[test]
    fn a_short_step_is_not() {
        let screen = Screen::default();
        drop(Progress::start("checking", Duration::from_mins(1), screen.clone()));
        assert_eq!(screen.text(), "");
    }
}
