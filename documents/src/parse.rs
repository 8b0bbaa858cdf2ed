//! Reads the JSON of a file, and reports broken syntax.

use serde_json::Value;

use crate::finding::{Findings, Place};
use crate::source::{Fault, Source};
use crate::sources::FileId;

impl Source {
    /// Returns the file's JSON. Broken syntax and duplicate keys are findings; of duplicate keys, the first counts.
    pub fn parse(&self, file: FileId, findings: &mut Findings) -> Option<Value> {
        let (value, faults) = self.json();
        for fault in faults {
            match fault {
                Fault::Empty => drop(findings.error(file, Place::File, "syntax", "the file is empty")),
                Fault::Syntax(at, message) => drop(findings.error(file, Place::Bytes(at), "syntax", message)),
                Fault::Duplicate { name, at, first } => {
                    let message = format!("duplicate key `{name}`");
                    findings.error(file, Place::Bytes(at), "duplicate-key", message).also(
                        file,
                        Place::Bytes(first),
                        "first here",
                    );
                }
            }
        }
        value
    }
}
