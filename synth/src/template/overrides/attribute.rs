//! Turns violations into findings: in the overrides if these caused the violation, otherwise in the template.

use documents::FileId;
use documents::finding::{Findings, Place};

use super::patch::Overrides;
use crate::template::verify::Violation;

/// Adds a finding for each violation. `generated` is the file for violations that no override caused.
///
/// Violations that one override causes in several places become one finding.
pub fn attribute(
    violations: Vec<Violation>,
    overrides: Option<&Overrides>,
    generated: FileId,
    findings: &mut Findings,
) {
    let mut attributed: Vec<Attributed> = Vec::new();
    for mut violation in violations {
        let (file, place) = match overrides.map(|overrides| (overrides.file, origin(&violation, overrides))) {
            Some((file, Origin::Written(place))) => (file, place),
            Some((file, Origin::Caused(place))) => {
                let at = std::mem::take(&mut violation.at);
                match attributed.iter_mut().find(|earlier| earlier.is_like(&violation, file, &place)) {
                    Some(same) => same.affected.push(at),
                    None => attributed.push(Attributed { file, place, violation, affected: vec![at] }),
                }
                continue;
            }
            Some((_, Origin::Generated)) | None => {
                if !violation.at.is_empty() {
                    violation.message = format!("{}: {}", violation.at, violation.message);
                }
                (generated, Place::File)
            }
        };
        attributed.push(Attributed { file, place, violation, affected: Vec::new() });
    }
    for Attributed { file, place, violation, affected } in attributed {
        let finding = findings.add(violation.severity, file, place, violation.code, violation.message);
        let affected = (!affected.is_empty()).then(|| format!("affected:\n{}", affected.join("\n")));
        let help: Vec<String> = violation.help.into_iter().chain(affected).collect();
        if !help.is_empty() {
            finding.help(help.join("\n"));
        }
    }
}

/// Where a violation comes from.
enum Origin {
    /// The overrides wrote the invalid value at this place.
    Written(Place),
    /// The overrides caused the violation by a value at this place.
    Caused(Place),
    /// The overrides did not cause it.
    Generated,
}

fn origin(violation: &Violation, overrides: &Overrides) -> Origin {
    if let Some(place) = overrides.origin(&violation.at) {
        return Origin::Written(place);
    }
    match violation.causes.iter().find_map(|pointer| overrides.origin(pointer)) {
        Some(place) => Origin::Caused(place),
        None => Origin::Generated,
    }
}

/// A violation with the place of its finding.
struct Attributed {
    file: FileId,
    place: Place,
    violation: Violation,
    /// Pointers to the affected places in the template, if the finding is at a different place.
    affected: Vec<String>,
}

impl Attributed {
    fn is_like(&self, violation: &Violation, file: FileId, place: &Place) -> bool {
        self.file == file
            && self.place == *place
            && self.violation.code == violation.code
            && self.violation.message == violation.message
    }
}
