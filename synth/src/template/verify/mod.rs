//! What must hold of the template as it will be deployed, whatever was overridden.
//!
//! Other people's checkers see most mistakes in a template. Here are those that they let through and that deploy badly
//! or leak (each was tried on them), and the limits of AWS.

mod deployed;
mod violation;
mod shape;
mod event_source;
mod runner;
mod reference;
mod secret;
mod permission;
mod text;
mod limit;

pub use deployed::Deployed;
pub use violation::Violation;
use violation::Violations;

/// Checks what will be deployed, and returns everything that is wrong with it.
pub fn verify(deployed: &Deployed<'_>) -> Vec<Violation> {
    let mut violations = Violations::default();
    let template = deployed.template;
    shape::check(template, &mut violations);
    event_source::check(template, &mut violations);
    runner::check(deployed, &mut violations);
    secret::check(template, &mut violations);
    reference::check(template, &mut violations);
    permission::check(template, &mut violations);
    text::check(template, &mut violations);
    limit::check(deployed, &mut violations);
    violations.0
}
