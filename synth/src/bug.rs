//! A panic is a bug in `synth`: says so, and what to report.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};

use model::visible::visible;

/// Runs `work`. Returns nothing if it panics, on this thread or on one that it waits for; the report of the panic is
/// then on standard error.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Option<T> {
    std::panic::set_hook(Box::new(|info| {
        // Standard error may be closed.
        let _ = io::stderr().write_all(report(info).as_bytes());
    }));
    // The process ends after a panic, so nobody sees what is half done.
    catch_unwind(AssertUnwindSafe(work)).ok()
}

/// Names the version and the place in the source. The text of a panic may quote a document, so it is shown only if it was
/// written in the source.
fn report(info: &PanicHookInfo<'_>) -> String {
    let place = info.location().map_or_else(
        || "unknown place".to_owned(),
        |at| {
            // Without the folders of the machine that it was built on.
            let file = at.file().rsplit_once("/registry/src/").map_or(at.file(), |(_, below)| below);
            format!("{}:{}:{}", visible(file), at.line(), at.column())
        },
    );
    let text = info.payload().downcast_ref::<&'static str>().map(|text| format!(": {text}")).unwrap_or_default();
    format!(
        "error: this is a bug in synth {}, at {place}{text}\n  help: report these lines and your command to the authors of \
         port-action-runner; your documents are not in them\n",
        env!("CARGO_PKG_VERSION"),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex, PoisonError};

    use super::*;

    /// One test, since a process has one hook.
    #[test]
    fn panics_on_any_thread_are_caught_and_reported_without_documents() {
        let items: Vec<usize> = (0..100).collect();
        let seen = caught(|| documents::parallel::map(&items, |item| assert!(*item != 50)));
        assert!(seen.is_none());
        let reports = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&reports);
        std::panic::set_hook(Box::new(move |info| {
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(report(info));
        }));
        let document = "the contents of a document";
        for work in [|| panic!("a text of ours"), || assert_eq!("x", "the contents of a document")] {
            assert!(catch_unwind(work).is_err());
            assert!(std::thread::spawn(work).join().is_err());
        }
        let _ = std::panic::take_hook();
        let reports = reports.lock().unwrap().clone();
        assert_eq!(reports.len(), 4);
        for report in &reports {
            let start = format!("error: this is a bug in synth {}, at ", env!("CARGO_PKG_VERSION"));
            assert!(report.starts_with(&start) && report.contains("src/bug.rs:"), "{report}");
            assert!(!report.contains(document), "{report}");
        }
        assert!(reports[0].contains(": a text of ours\n"), "{}", reports[0]);
    }
}
