//! Documents of Port's older generations, rewritten to the current one in their own text: comments, key order,
//! indentation and line ends stay.
//!
//! What an action becomes is decided on its JSON (`generation::current`); the text is then edited until it says just
//! that (`edit`), and read back to see that it does.

mod edit;
mod invocation;
mod reading;

use anyhow::ensure;
use jsonc_parser::cst::{CstNode, CstObject, CstRootNode};
use model::Operation;
use model::identifier::{self, Kind};
use model::pointer::below;
use serde_json::{Map, Value};

use crate::cursor::Cursor;
use crate::finding::{Findings, Place};
use crate::generation::{self, Generation, current_identifier};
use crate::source::{OPTIONS, Source};
use crate::sources::FileId;
use crate::style::Style;
use reading::{name, need, object, optional, word};

/// What became of a file.
#[derive(Debug)]
pub enum Upgrade {
    /// Everything in it is in Port's current form already.
    Current,
    /// The new text.
    Changed(Changed),
    /// It cannot be upgraded.
    Refused(Findings),
}

/// An upgraded file.
#[derive(Debug)]
pub struct Changed {
    /// All of it, without a byte order mark.
    pub text: String,
    /// The actions that were rewritten, in order.
    pub actions: Vec<Renamed>,
}

/// An action's identifiers.
#[derive(Debug, PartialEq, Eq)]
pub struct Renamed {
    /// As it was.
    pub old: String,
    /// With its blueprint as a prefix, as Port itself renamed it.
    pub new: String,
    /// Published to Kafka, and so the runner's to answer.
    pub kafka: bool,
}

/// Upgrades every legacy action of an input file; or a bare action, or a list of them, which belong to `blueprint`.
///
/// # Errors
/// When the edited text does not say what it should, which no input is known to bring about.
pub fn upgrade(file: FileId, source: &Source, blueprint: Option<&str>) -> anyhow::Result<Upgrade> {
    let mut findings = Findings::default();
    let Some(document) = source.parse(file, &mut findings).filter(|_| !findings.refuse()) else {
        return Ok(Upgrade::Refused(findings));
    };
    let root = Cursor::root(file, &document);
    let (nodes, blueprint) = actions(&root, blueprint, &mut findings);
    let mut old = Vec::new();
    for node in &nodes {
        if Generation::of(node.value) == Some(Generation::Current) {
            continue;
        }
        old.extend(read(node, blueprint.as_deref(), &mut findings).map(|action| (node, action)));
    }
    for (node, action) in &old {
        collide(node, action, &nodes, &old, &mut findings);
    }
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
        if let Some(object) = at(&tree, &node.pointer) {
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
        "the upgrade of `{}` went wrong, and nothing of it was written",
        source.path.display()
    );
    let actions = old.into_iter().map(|(_, action)| action.name).collect();
    Ok(Upgrade::Changed(Changed { text, actions }))
}

/// The actions of a document, and the blueprint that they belong to.
fn actions<'a>(
    root: &Cursor<'a>,
    blueprint: Option<&str>,
    findings: &mut Findings,
) -> (Vec<Cursor<'a>>, Option<String>) {
    let given = blueprint.map(str::to_owned);
    if root.value.is_array() {
        return (root.elements().collect(), given);
    }
    if object(root, findings).is_none() {
        return (Vec::new(), None);
    }
    if root.get("invocationMethod").is_some() {
        return (vec![root.clone()], given);
    }
    let own = need(root, "identifier", findings).and_then(|node| name(&node, Kind::Blueprint, findings));
    let nodes = root.get("actions").map(|actions| actions.elements().collect()).unwrap_or_default();
    (nodes, own.map(str::to_owned))
}

/// An action of an older generation, and what it becomes.
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
        let message = format!("with its blueprint as a prefix, `{new}` {illegal}");
        findings
            .error(node.file, Place::Value(below(&node.pointer, "identifier")), "illegal-identifier", message)
            .help("that is its name in Port's current form; rename the action, or write it in that form under a name of its own");
        return None;
    }
    let kafka = invocation.get("type").is_some_and(|kind| kind == "KAFKA");
    let document = generation::current(object, &new, operation, &blueprint, &Value::Object(invocation));
    Some(Old { name: Renamed { old: identifier.to_owned(), new, kafka }, document })
}

/// The blueprint that an action belongs to: its file's, the one given, or the one that Port's answer names.
fn belongs(node: &Cursor<'_>, blueprint: Option<&str>, findings: &mut Findings) -> Option<String> {
    let own = match optional(node, "blueprint") {
        Some(own) => Some((name(&own, Kind::Blueprint, findings)?, own.place())),
        None => None,
    };
    match (own, blueprint) {
        (Some((own, place)), Some(given)) if own != given => {
            let message = format!("the action says that it belongs to blueprint `{own}`, and not to `{given}`");
            findings.error(node.file, place, "other-blueprint", message);
            None
        }
        (_, Some(blueprint)) | (Some((blueprint, _)), None) => Some(blueprint.to_owned()),
        (None, None) => {
            let message = "an action of this form does not say which blueprint it belongs to";
            let place = Place::Key(below(&node.pointer, "identifier"));
            findings.error(node.file, place, "blueprint-unknown", message).help("say it: --blueprint ID");
            None
        }
    }
}

/// The new identifier must not be another action's.
fn collide(node: &Cursor<'_>, action: &Old, all: &[Cursor<'_>], old: &[(&Cursor<'_>, Old)], findings: &mut Findings) {
    let mut others = all.iter().filter(|other| other.pointer != node.pointer).filter_map(|other| {
        let upgraded = old.iter().find(|(node, _)| node.pointer == other.pointer);
        upgraded.map(|(_, other)| other.name.new.as_str()).or_else(|| other.value.get("identifier")?.as_str())
    });
    if others.any(|other| other == action.name.new) {
        let message = format!("it becomes `{}`, and another action of the file is called so", action.name.new);
        findings
            .error(node.file, Place::Value(below(&node.pointer, "identifier")), "duplicate-identifier", message)
            .help("take one of them out; the other may be the same action in its current form");
    }
}

/// The object that a pointer of ours names: `/actions/3`, `/3` or the root itself.
fn at(tree: &CstRootNode, pointer: &str) -> Option<CstObject> {
    let mut at = tree.value()?;
    for token in pointer.split('/').skip(1) {
        at = match token.parse::<usize>() {
            Ok(index) => at.as_array()?.elements().into_iter().nth(index)?,
            Err(_) => at.as_object()?.get(token)?.value()?,
        };
    }
    CstNode::as_object(&at)
}
