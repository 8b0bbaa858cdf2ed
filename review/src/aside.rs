//! Two parts of a comparison at the same time.

use std::panic::resume_unwind;
use std::thread;

/// The stack of a thread, in bytes, as large as that of a main thread: templates are nested up to 128 levels.
const STACK: usize = 8 << 20;

/// Returns what both functions return. The first one runs beside the second one; neither sees the other.
///
/// # Panics
/// If a function does, or the system cannot start a thread.
pub fn both<A: Send, B>(first: impl FnOnce() -> A + Send, second: impl FnOnce() -> B) -> (A, B) {
    thread::scope(|scope| {
        #[expect(clippy::expect_used, reason = "as `thread::spawn` does")]
        let aside = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, first).expect("a thread");
        let second = second();
        (aside.join().unwrap_or_else(|panic| resume_unwind(panic)), second)
    })
}
