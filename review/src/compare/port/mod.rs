//! What changes for Port: the plan that runs follow, and the documents that people see.

pub(super) mod consequence;
pub(super) mod documents;
mod field;
