//! Violations of the changed template as findings: in the overrides where those brought a violation about, in the template else.

use documents::FileId;
use documents::finding::{Findings, Place};

use super::patch::Overrides;
use crate::template::verify::Violation;

/// Adds a finding for each violation. `generated` is the file that stands for what nothing overrode.
///
/// What one change brought about in several places is one finding.
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
        let affected = (!affected.is_empty()).then(|| format!("it concerns\n{}", affected.join("\n")));
        let help: Vec<String> = violation.help.into_iter().chain(affected).collect();
        if !help.is_empty() {
            finding.help(help.join("\n"));
        }
    }
}

/// Where a violation comes from.
enum Origin {
    /// The overrides wrote the faulty value, here.
    Written(Place),
    /// The overrides wrote something else that brought the violation about, here.
    Caused(Place),
    /// Nothing that they wrote has to do with it.
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
    /// Pointers to places of the template, where the finding is about another.
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
