//! Reads the JSON of a file, and reports broken syntax.

use std::borrow::Cow;

use serde_json::Value;

use crate::finding::{Findings, Place};
use crate::source::{Fault, Obstacle, Source};
use crate::sources::FileId;

impl Source {
    /// Returns whether the file could be read. If it could not, that is a finding.
    pub fn is_readable(&self, file: FileId, findings: &mut Findings) -> bool {
        let Some(Obstacle { code, message, help, at }) = self.unreadable.as_deref() else { return true };
        let finding = findings.error(file, at.clone().map_or(Place::File, Place::Bytes), code, message);
        finding.help = help.clone().map(Cow::into_owned);
        false
    }

    /// Returns the file's JSON. Broken syntax and duplicate keys are findings; of duplicate keys, the first counts.
    pub fn parse(&self, file: FileId, findings: &mut Findings) -> Option<Value> {
        if !self.is_readable(file, findings) {
            return None;
        }
        let (value, faults) = self.json();
        for fault in faults {
            match fault {
                Fault::Empty => drop(findings.error(file, Place::File, "syntax", "the file is empty")),
                Fault::Syntax(at, message) => drop(findings.error(file, Place::Bytes(at), "syntax", message)),
                Fault::Character(at, char) => {
                    let message = format!("control character U+{:04X} in a string", u32::from(char));
                    let help = format!("write it as `\\u{:04x}`, or remove it", u32::from(char));
                    findings.error(file, Place::Bytes(at), "syntax", message).help(help);
                }
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
