//! Rewrites documents of Port's legacy generations to the current one, keeping comments, key order, indentation and line
//! ends.
//!
//! `generation::current` converts an action's JSON. Then `edit` edits the text to match, and the text is read back to
//! verify it.

mod edit;
mod invocation;
mod reading;

use std::collections::BTreeMap;

use anyhow::ensure;
use jsonc_parser::cst::{CstNode, CstRootNode};
use model::Operation;
use model::identifier::{self, Kind};
use model::pointer::below;
use serde_json::{Map, Value};

use crate::cursor::Cursor;
use crate::document::DocumentKind;
use crate::finding::{Findings, Place};
use crate::generation::{self, Generation, current_identifier};
use crate::items;
use crate::source::{OPTIONS, Source};
use crate::sources::FileId;
use crate::style::{self, Style};
use reading::{name, need, object, optional, word};

/// The result of upgrading a file.
#[derive(Debug)]
pub enum Upgrade {
    /// Everything in the file is already in Port's current format.
    Current,
    /// The new text.
    Changed(Changed),
    /// It cannot be upgraded.
    Refused(Findings),
}

/// An upgraded file.
#[derive(Debug)]
pub struct Changed {
    /// The whole text, without a byte order mark.
    pub text: String,
    /// The actions that were rewritten, in order.
    pub actions: Vec<Renamed>,
}

/// The old and the new identifier of an action.
#[derive(Debug, PartialEq, Eq)]
pub struct Renamed {
    /// The old one.
    pub old: String,
    /// The new one, with its blueprint as a prefix, as Port itself renamed actions.
    pub new: String,
    /// Whether the action is published to Kafka, so that our function answers it.
    pub kafka: bool,
}

/// Upgrades every legacy action of an input file. An action or a list of actions without a blueprint belongs to
/// `blueprint`.
///
/// # Errors
/// If the edited text does not have the expected JSON. No input is known to cause this.
pub fn upgrade(file: FileId, source: &Source, blueprint: Option<&str>) -> anyhow::Result<Upgrade> {
    let mut findings = Findings::default();
    let Some(document) = source.parse(file, &mut findings).filter(|_| !findings.refuse()) else {
        return Ok(Upgrade::Refused(findings));
    };
    let nodes = actions(&Cursor::root(file, String::new(), &document), blueprint, &mut findings);
    let mut old = Vec::new();
    for (node, blueprint) in &nodes {
        if Generation::of(node.value) == Some(Generation::Current) {
            continue;
        }
        old.extend(read(node, blueprint.as_deref(), &mut findings).map(|action| (node, action)));
    }
    collisions(&nodes, &old, &mut findings);
    if findings.refuse() {
        return Ok(Upgrade::Refused(findings));
    }
    if old.is_empty() {
        return Ok(Upgrade::Current);
    }

    let mut wanted = document.clone();
    let tree = CstRootNode::parse(&source.text, &OPTIONS)?;
    let style = Style::of(&tree);
    for (node, action) in &old {
        if let Some(object) = style::at(&tree, &node.pointer).as_ref().and_then(CstNode::as_object) {
            edit::action(&object, &action.document, &style);
        }
        if let Some(place) = wanted.pointer_mut(&node.pointer) {
            *place = Value::Object(action.document.clone());
        }
    }
    let text = tree.to_string();
    let read_back = Source::new(source.path.clone(), &text).parse(file, &mut findings);
    ensure!(
        read_back.as_ref() == Some(&wanted) && !findings.refuse(),
        "could not upgrade `{}`; the file was not changed",
        source.path.display()
    );
    let actions = old.into_iter().map(|(_, action)| action.name).collect();
    Ok(Upgrade::Changed(Changed { text, actions }))
}

/// Returns every action in a file, and the blueprint that each belongs to.
fn actions<'a>(
    root: &Cursor<'a>,
    blueprint: Option<&str>,
    findings: &mut Findings,
) -> Vec<(Cursor<'a>, Option<String>)> {
    let mut actions = Vec::new();
    for items::Document { node, beside } in items::documents(root).0 {
        match DocumentKind::of(&node, findings) {
            DocumentKind::Action(_) => actions.push((node, beside.or(blueprint).map(str::to_owned))),
            DocumentKind::InputFile | DocumentKind::Blueprint => {
                let own = need(&node, "identifier", findings).and_then(|node| name(&node, Kind::Blueprint, findings));
                let within = node.get("actions");
                actions.extend(within.iter().flat_map(Cursor::elements).map(|action| (action, own.map(str::to_owned))));
            }
            DocumentKind::Other => {}
        }
    }
    actions
}

/// A legacy action and its new format.
struct Old {
    name: Renamed,
    document: Map<String, Value>,
}

fn read(node: &Cursor<'_>, blueprint: Option<&str>, findings: &mut Findings) -> Option<Old> {
    let object = object(node, findings)?;
    let identifier = need(node, "identifier", findings).and_then(|node| name(&node, Kind::Action, findings));
    let operations = Operation::ALL.map(Operation::as_str);
    let operation = need(node, "trigger", findings).and_then(|trigger| word(&trigger, &operations, findings));
    let blueprint = belongs(node, blueprint, findings);
    let invocation = need(node, "invocationMethod", findings);
    let inputs = match optional(node, "userInputs") {
        Some(inputs) => self::object(&inputs, findings)?.get("properties").and_then(Value::as_object),
        None => None,
    };
    let (identifier, operation, blueprint, invocation) = (identifier?, operation?, blueprint?, invocation?);
    let inputs: Vec<&str> = inputs.into_iter().flatten().map(|(key, _)| key.as_str()).collect();
    let invocation = invocation::current(&invocation, &blueprint, &inputs, findings)?;
    let new = current_identifier(&blueprint, identifier);
    if let Err(illegal) = identifier::check(Kind::Action, &new) {
        let message = format!("the new identifier `{new}` {illegal}");
        findings
            .error(node.file, Place::Value(below(&node.pointer, "identifier")), "illegal-identifier", message)
            .help("the upgrade puts the blueprint in front of the identifier; write this action in the current format by hand, with an identifier of your choice");
        return None;
    }
    let kafka = invocation.get("type").is_some_and(|kind| kind == "KAFKA");
    let document = generation::current(object, &new, operation, &blueprint, &Value::Object(invocation));
    Some(Old { name: Renamed { old: identifier.to_owned(), new, kafka }, document })
}

/// Returns the blueprint that an action belongs to: its file's, the one that was passed, or the one that it names.
fn belongs(node: &Cursor<'_>, blueprint: Option<&str>, findings: &mut Findings) -> Option<String> {
    let own = match optional(node, "blueprint") {
        Some(own) => Some((name(&own, Kind::Blueprint, findings)?, own.place())),
        None => None,
    };
    match (own, blueprint) {
        (Some((own, place)), Some(given)) if own != given => {
            let message = format!("this action belongs to blueprint `{own}`, not `{given}`");
            findings.error(node.file, place, "other-blueprint", message);
            None
        }
        (_, Some(blueprint)) | (Some((blueprint, _)), None) => Some(blueprint.to_owned()),
        (None, None) => {
            let message = "this action does not name its blueprint";
            let place = Place::Key(below(&node.pointer, "identifier"));
            findings
                .error(node.file, place, "blueprint-unknown", message)
                .help("pass `--blueprint ID`, or add `blueprint` to the action");
            None
        }
    }
}

/// Reports new identifiers that another action of the file has.
fn collisions(all: &[(Cursor<'_>, Option<String>)], old: &[(&Cursor<'_>, Old)], findings: &mut Findings) {
    let upgraded: BTreeMap<&str, &str> =
        old.iter().map(|(node, action)| (node.pointer.as_str(), action.name.new.as_str())).collect();
    let mut holders: BTreeMap<&str, usize> = BTreeMap::new();
    for (node, _) in all {
        let name = upgraded.get(node.pointer.as_str()).copied().or_else(|| node.text("identifier"));
        *holders.entry(name.unwrap_or_default()).or_default() += 1;
    }
    for (node, action) in old.iter().filter(|(_, action)| holders.get(action.name.new.as_str()) > Some(&1)) {
        let message =
            format!("this action becomes `{}`, but another action in the file has that identifier", action.name.new);
        findings
            .error(node.file, Place::Value(below(&node.pointer, "identifier")), "duplicate-identifier", message)
            .help("remove one of them; the other may be the same action in its current format");
    }
}
