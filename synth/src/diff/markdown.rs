//! A report as a comment of a pull request.

use super::Report;

/// The whole report.
pub fn render(report: &Report) -> String {
    super::text::render(report)
}
