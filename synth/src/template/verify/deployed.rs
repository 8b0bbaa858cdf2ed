//! The input of the checks: the template and the sizes of what is deployed with it.

use serde_json::Value;

/// What will be deployed.
#[derive(Clone, Copy, Debug)]
pub struct Deployed<'a> {
    /// The template, with overrides applied.
    pub template: &'a Value,
    /// Bytes of the template file.
    pub template_bytes: usize,
    /// Bytes of the plan, which goes into the function's package.
    pub plan_bytes: usize,
    /// Whether the plan makes the function answer with partial batch responses.
    pub partial_batch_response: bool,
}
