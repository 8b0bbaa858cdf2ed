//! Violations: what the checks find, by place in the template.

use documents::finding::Severity;

/// Something wrong with a template.
#[derive(Debug)]
pub struct Violation {
    /// JSON Pointer into the template; empty for the template as a whole.
    pub at: String,
    /// Pointers to other places that may have caused it.
    pub causes: Vec<String>,
    /// Its severity.
    pub severity: Severity,
    /// The code of its finding.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do now.
    pub help: Option<String>,
}

/// The violations found so far.
#[derive(Debug, Default)]
pub(super) struct Violations(pub(super) Vec<Violation>);

impl Violations {
    pub(super) fn error(
        &mut self,
        at: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> &mut Violation {
        self.add(Severity::Error, at.into(), code, message.into())
    }

    pub(super) fn warning(
        &mut self,
        at: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> &mut Violation {
        self.add(Severity::Warning, at.into(), code, message.into())
    }

    #[expect(clippy::indexing_slicing, reason = "the element was pushed the line before")]
    fn add(&mut self, severity: Severity, at: String, code: &'static str, message: String) -> &mut Violation {
        self.0.push(Violation { at, causes: Vec::new(), severity, code, message, help: None });
        let last = self.0.len() - 1;
        &mut self.0[last]
    }
}

impl Violation {
    pub(super) fn caused_at(&mut self, pointer: String) -> &mut Self {
        self.causes.push(pointer);
        self
    }

    pub(super) fn help(&mut self, help: impl Into<String>) {
        self.help = Some(help.into());
    }
}
