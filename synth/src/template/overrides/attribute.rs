//! Faults of the changed template as findings: in the overrides where those brought a fault about, in the template else.

use documents::FileId;
use documents::finding::{Findings, Place};

use super::patch::Overrides;
use crate::template::verify::Fault;

/// Adds a finding for each fault. `generated` is the file that stands for what nothing overrode.
///
/// What one change brought about in several places is one finding.
pub fn attribute(faults: Vec<Fault>, overrides: Option<&Overrides>, generated: FileId, findings: &mut Findings) {
    let mut attributed: Vec<Attributed> = Vec::new();
    for mut fault in faults {
        let (file, place) = match overrides.map(|overrides| (overrides.file, origin(&fault, overrides))) {
            Some((file, Origin::Written(place))) => (file, place),
            Some((file, Origin::Caused(place))) => {
                let at = std::mem::take(&mut fault.at);
                match attributed.iter_mut().find(|earlier| earlier.is_like(&fault, file, &place)) {
                    Some(same) => same.affected.push(at),
                    None => attributed.push(Attributed { file, place, fault, affected: vec![at] }),
                }
                continue;
            }
            Some((_, Origin::Generated)) | None => {
                if !fault.at.is_empty() {
                    fault.message = format!("{}: {}", fault.at, fault.message);
                }
                (generated, Place::File)
            }
        };
        attributed.push(Attributed { file, place, fault, affected: Vec::new() });
    }
    for Attributed { file, place, fault, affected } in attributed {
        let finding = findings.add(fault.severity, file, place, fault.code, fault.message);
        let affected = (!affected.is_empty()).then(|| format!("it concerns\n{}", affected.join("\n")));
        let help: Vec<String> = fault.help.into_iter().chain(affected).collect();
        if !help.is_empty() {
            finding.help(help.join("\n"));
        }
    }
}

/// Where a fault comes from.
enum Origin {
    /// The overrides wrote the faulty value, here.
    Written(Place),
    /// The overrides wrote something else that brought the fault about, here.
    Caused(Place),
    /// Nothing that they wrote has to do with it.
    Generated,
}

fn origin(fault: &Fault, overrides: &Overrides) -> Origin {
    if let Some(place) = overrides.origin(&fault.at) {
        return Origin::Written(place);
    }
    match fault.causes.iter().find_map(|pointer| overrides.origin(pointer)) {
        Some(place) => Origin::Caused(place),
        None => Origin::Generated,
    }
}

/// A fault with the place of its finding.
struct Attributed {
    file: FileId,
    place: Place,
    fault: Fault,
    /// Pointers to places of the template, where the finding is about another.
    affected: Vec<String>,
}

impl Attributed {
    fn is_like(&self, fault: &Fault, file: FileId, place: &Place) -> bool {
        self.file == file
            && self.place == *place
            && self.fault.code == fault.code
            && self.fault.message == fault.message
    }
}
