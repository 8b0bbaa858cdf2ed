//! What changes for Port: the plan that runs follow, and the documents that people see.

pub(crate) mod documents;
pub(crate) mod field;
pub(crate) mod meaning;
