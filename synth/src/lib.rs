//! Turns blueprints and actions into everything that is deployed.
//!
//! ```text
//! blueprints/ ─ files ─► documents ─ lift ─► Catalog ─ sense, mapping ─► findings
//!                                              ├─ compile ───► Plan ─────► out/plan.json, out/runner/
//!                                              ├─ synthesize ─► Template ─ overrides, verify, emit ─► out/template.yaml
//!                                              └─ publish ────────────────────────────────────────► out/port/*.json
//! ```
//!
//! Every arrow is a pure function; only [`files`], [`config`], [`parameters`], [`folder`], [`function`] and [`output`] access the disk.
//! The command line is in the binary.

pub mod files;
pub mod config;
mod pin;
pub mod parameters;
pub mod mapping;
pub mod plan;
pub mod template;
mod build;
pub mod schema;
pub mod output;
pub mod folder;
pub mod function;
pub mod cargo;
pub mod event;
pub mod scaffold;
pub mod sync;

use std::path::PathBuf;

use documents::catalog::Catalog;
use documents::document::DocumentKind;
use documents::finding::Place;
use documents::{FileId, Findings, Source, Sources, sense};

use build::Texts;
pub use build::{Build, PublishedFile};
pub use config::Config;
use config::Runtime;
use mapping::check;
use model::{Action, Trigger};
pub use output::Output;
pub use parameters::Parameters;
use plan::{compile, filter};
use template::emit;
pub use template::overrides::Overrides;
use template::overrides::attribute;
pub use template::synthesize::synthesize;
use template::verify::{Deployed, verify};

/// Reads, checks and synthesizes. Returns no build if there are errors among the findings.
///
/// # Errors
/// If the template cannot be serialized, which does not depend on the input.
pub fn build(sources: Vec<Source>, config: &Config) -> anyhow::Result<(Sources, Findings, Option<Build>)> {
    build_with(sources, config, None)
}

/// [`build`], with a team's changes to the template.
///
/// # Errors
/// As [`build`].
pub fn build_with(
    sources: Vec<Source>,
    config: &Config,
    overrides: Option<Source>,
) -> anyhow::Result<(Sources, Findings, Option<Build>)> {
    let mut findings = Findings::default();
    let mut sources = Sources::from(sources);
    let catalog = documents::load(&sources, &mut findings);
    let overrides = overrides.map(|source| sources.add(source));
    let built = make(&catalog, &mut sources, &mut check::Memory::default(), &mut findings, config, overrides)?;
    Ok((sources, findings, built))
}

/// Checks one file on its own: it is the only one of the [`Sources`] that the findings refer to. Returns what each of its
/// documents is, with the JSON Pointer to it.
pub fn judge(source: Source) -> (Vec<(String, DocumentKind)>, Findings) {
    let mut findings = Findings::default();
    let mut sources = Sources::default();
    let file = sources.add(source);
    let catalog = documents::load(&sources, &mut findings);
    check::check(&catalog, &mut findings);
    (catalog.kinds(file).map(|(pointer, kind)| (pointer.to_owned(), kind)).collect(), findings)
}

/// Returns whether the function carries out an action's runs.
fn reaches_function(action: &Action) -> bool {
    action.kafka && matches!(action.trigger, Trigger::SelfService(_))
}

/// Warns if the function would have nothing to do.
fn idle(catalog: &Catalog, sources: &Sources, findings: &mut Findings) {
    let entry =
        catalog.entries().next().map(|entry| (entry.file, Place::Value(format!("{}/identifier", entry.pointer))));
    let Some((file, place)) = entry.or_else(|| Some((sources.iter().next()?.0, Place::File))) else { return };
    if findings.refuse() || catalog.actions().any(|(_, _, action)| reaches_function(action)) {
        return;
    }
    let message = "the function has nothing to run: no self-service action is published to Kafka";
    findings
        .warning(file, place, "nothing-to-run", message)
        .help("add an action with `\"invocationMethod\": { \"type\": \"KAFKA\" }`; `synth new action` writes one");
}

/// Reports actions whose own code the function of this runtime does not have.
fn without_code(catalog: &Catalog, runtime: Runtime, findings: &mut Findings) {
    let coded = catalog.actions().filter(|(_, _, action)| action.code && reaches_function(action));
    for (entry, pointers, action) in coded.filter(|_| runtime == Runtime::Stock) {
        let place = Place::Value(format!("{}/runner/code", pointers.action));
        let message = format!("the stock function has no code of your own for action `{}`", action.written_as());
        findings.error(entry.file, place, "needs-cargo-runtime", message).help(
            "set `runtime = \"cargo\"` in synth.toml and put the code into the crate `runner/`, which `synth init --code` writes; or remove `code`",
        );
    }
}

/// Checks and synthesizes a catalogue. Returns no build if there are errors among the findings, including those of reading.
/// The template is added to the sources, since findings may refer to it.
///
/// # Errors
/// As [`build`].
pub fn make(
    catalog: &Catalog,
    sources: &mut Sources,
    memory: &mut check::Memory,
    findings: &mut Findings,
    config: &Config,
    overrides: Option<FileId>,
) -> anyhow::Result<Option<Build>> {
    let names = check::check_again(catalog, sources, memory, findings);
    sense::refuse_alone(catalog.alone(), findings);
    idle(catalog, sources, findings);
    without_code(catalog, config.runtime, findings);
    // With errors the plan is empty, but there is still a template, so that errors in overrides are reported as well.
    let refused = findings.refuse();
    let none = Catalog::default();
    let plan = compile::compile(if refused { &none } else { catalog }, &names, config);
    let plan_text = serde_json::to_string_pretty(&plan)? + "\n";
    let filter = filter::compile(&plan);
    let mut template = serde_json::to_value(synthesize(&plan, &filter, config))?;
    let mut made_of = "blueprints/ and synth.toml";
    let overrides = overrides.and_then(|file| {
        made_of = "blueprints/, synth.toml and overrides.json";
        Overrides::read(file, sources.get(file)?, &template, findings)
    });
    if let Some(overrides) = &overrides {
        overrides.apply(&mut template);
    }
    let template_text = emit::yaml(&template, made_of)?;
    let deployed = Deployed {
        template: &template,
        template_bytes: template_text.len(),
        plan_bytes: plan_text.len(),
        partial_batch_response: plan.partial_batch_response,
    };
    let generated = sources.add(Source::new(PathBuf::from(output::TEMPLATE), ""));
    attribute(verify(&deployed), overrides.as_ref(), generated, findings);
    if findings.refuse() {
        return Ok(None);
    }
    let published = PublishedFile::all(catalog, sources);
    let texts = Texts { template: template_text, plan: plan_text };
    Ok(Some(Build { template, plan, runtime: config.runtime, published, filter: filter.exactness, texts }))
}
