//! The templates of the catalogue, compiled together.

use documents::FileId;
use documents::finding::{Findings, Place};
use model::jq::{CompileError, ExpressionId, Expressions, Program};
use model::template::Tree;
use serde_json::Value;

/// The templates that were parsed.
#[derive(Debug, Default)]
pub(super) struct Templates {
    expressions: Expressions,
}

impl Templates {
    /// Parses a template. Invalid syntax is a finding.
    pub(super) fn add(
        &mut self,
        file: FileId,
        pointer: impl FnOnce() -> String,
        value: &Value,
        findings: &mut Findings,
    ) -> Option<Tree> {
        match Tree::parse(value, &mut self.expressions) {
            Ok(tree) => Some(tree),
            Err(faults) => {
                let pointer = pointer();
                for fault in faults {
                    let at = format!("{pointer}{}", fault.pointer);
                    let message = format!("invalid jq: {}", fault.fault);
                    let place = if fault.in_key { Place::Key(at) } else { Place::Inside(at, fault.fault) };
                    findings.error(file, place, "jq-syntax", message);
                }
                None
            }
        }
    }

    /// Compiles all of them into one program.
    pub(super) fn compile(self) -> Result<Program, Vec<(ExpressionId, CompileError)>> {
        self.expressions.compile()
    }
}

/// Returns whether a payload has jq that may loop forever.
pub(super) fn is_ports_alone(payload: &Value) -> bool {
    let mut expressions = Expressions::of_port();
    Tree::parse(payload, &mut expressions).is_ok() && !expressions.are_bounded()
}
