//! What must hold of the template as it will be deployed, whatever was overridden.
//!
//! Other people's checkers see most mistakes in a template. Here are those that they let through and that deploy badly
//! or leak (each was tried on them), and the limits of AWS.

mod deployed;
mod fault;
mod shape;
mod event_source;
mod runner;
mod reference;
mod secret;
mod permission;
mod text;
mod limit;

pub use deployed::Deployed;
pub use fault::Fault;
use fault::Faults;

/// Checks what will be deployed, and returns everything that is wrong with it.
pub fn verify(deployed: &Deployed<'_>) -> Vec<Fault> {
    let mut faults = Faults::default();
    let template = deployed.template;
    shape::check(template, &mut faults);
    event_source::check(template, &mut faults);
    runner::check(deployed, &mut faults);
    secret::check(template, &mut faults);
    reference::check(template, &mut faults);
    permission::check(template, &mut faults);
    text::check(template, &mut faults);
    limit::check(deployed, &mut faults);
    faults.0
}
