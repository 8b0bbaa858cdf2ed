//! `version` in `synth.toml`: which versions of `synth` may build a folder.

use std::ops::Range;

use semver::{Version, VersionReq};
use toml::de::{DeTable, DeValue};

use crate::function::VERSION;

/// Says why this `synth` may not build the folder, with the place of the version in `synth.toml`. It comes before everything
/// else that is wrong there, because a file for another version may have other keys.
pub(crate) fn fault(text: &str) -> Option<(Option<Range<usize>>, String)> {
    let table = DeTable::parse(text).ok()?;
    let (_, value) = table.get_ref().iter().find(|(name, _)| name.get_ref() == "version")?;
    // The type of the value is checked with those of the others.
    let DeValue::String(pin) = value.get_ref() else { return None };
    let this = Version::parse(VERSION).ok()?;
    let message = match VersionReq::parse(pin) {
        Ok(pin) if pin.matches(&this) => return None,
        Ok(_) => format!(
            "`version` is \"{pin}\", and this is synth {VERSION}: use a synth of that version, or set `version` to \"{}.{}\"",
            this.major, this.minor
        ),
        Err(error) => format!(
            "`version` is \"{pin}\", which is not a version: {error}; write one such as \"{}.{}\"",
            this.major, this.minor
        ),
    };
    Some((Some(value.span()), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_a_requirement_as_in_cargo() {
        let Version { major, minor, patch, .. } = Version::parse(VERSION).unwrap();
        for pin in [
            format!("{major}.{minor}"),
            format!("^{VERSION}"),
            format!("={VERSION}"),
            format!(">={major}.{minor}, <{}", major + 1),
            "*".to_owned(),
        ] {
            assert_eq!(fault(&format!("version = \"{pin}\"\nmemory = 512\n")), None, "{pin}");
        }
        for pin in [
            format!("{major}.{}", minor + 1),
            format!("{}.0", major + 1),
            format!("={major}.{minor}.{}", patch + 1),
            format!("<{VERSION}"),
        ] {
            let (span, message) = fault(&format!("unknown = 1\nversion = \"{pin}\"\n")).unwrap();
            assert_eq!(span.unwrap().start, 22);
            assert!(message.contains(&format!("`version` is \"{pin}\", and this is synth {VERSION}: ")), "{message}");
        }
    }

    #[test]
    fn what_is_no_version_is_named() {
        for pin in ["", "latest", "v1", "0.1.x.y", "1.2.3.4"] {
            let (_, message) = fault(&format!("version = \'{pin}\'")).unwrap();
            assert!(message.contains("which is not a version: "), "{pin}: {message}");
        }
        for text in ["", "version = 0.1", "version = [", "[version]\na = 1"] {
            assert_eq!(fault(text), None, "{text}");
        }
    }
}
