//! Any two texts are compared, or refused as templates: no panic, no hang, whatever YAML does.
#![no_main]

use libfuzzer_sys::fuzz_target;
use review::template::yaml;
use review::write::{markdown, text};
use review::{Side, diff};

fuzz_target!(|data: &str| {
    let (old, new) = data.split_once("\n---\n").unwrap_or((data, "Resources: {A: {Type: X}}"));
    let (Ok(old), Ok(new)) = (yaml::read(old), yaml::read(new)) else { return };
    let side = |template| Side { template, ..Side::default() };
    let (old, new) = (side(old), side(new));
    let report = diff(&old, &new);
    assert_eq!(report.is_empty(), diff(&new, &old).is_empty());
    assert!(diff(&old, &old).is_empty());
    let _ = (text(&report), markdown(&report));
});
