//! Checks the template as it will be deployed, with overrides applied.
//!
//! Common linters find most mistakes in a template. These checks cover mistakes that they miss (each was tried) and that
//! break a deployment or leak a secret, and the limits of AWS.

mod deployed;
mod violation;
mod shape;
mod event_source;
mod runner;
mod reference;
mod credential;
mod reveal;
mod format;
mod plain_text;
mod secret;
mod permission;
mod text;
mod limit;

pub use deployed::Deployed;
pub use violation::Violation;
use violation::Violations;

/// Checks what will be deployed, and returns all violations.
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
