//! Edits of an action's text that keep everything else: comments, order, indentation, line ends.

use jsonc_parser::cst::{CstInputValue, CstNode, CstObject, CstObjectProp};
use serde_json::{Map, Value};

use crate::style::{Style, set};

/// Edits an action until its JSON equals `new`.
pub(super) fn action(object: &CstObject, new: &Map<String, Value>, style: &Style) {
    let lines = object.children().iter().any(CstNode::is_newline);
    let inputs = object.get("userInputs").map(Taken::take);
    for prop in object.properties() {
        let name = prop.decoded_name().unwrap_or_default();
        match (name.as_str(), new.get(&name)) {
            (_, None) => prop.remove(),
            ("trigger", Some(Value::Object(trigger))) => {
                let indent = indent(&prop, style);
                set(&prop, &trigger_text(trigger, inputs.as_ref(), lines.then_some(&indent), style));
            }
            ("invocationMethod", Some(Value::Object(invocation))) => change(&prop, invocation, lines, style),
            ("identifier", Some(identifier)) => set(&prop, &identifier.to_string()),
            _ => {}
        }
    }
}

/// Writes the object that replaces a trigger's word, including the inputs.
fn trigger_text(
    trigger: &Map<String, Value>,
    inputs: Option<&Taken>,
    indent: Option<&String>,
    style: &Style,
) -> String {
    let inner = indent.map(|indent| format!("{indent}{}", style.unit())).unwrap_or_default();
    let mut parts = Vec::new();
    for (key, value) in trigger {
        let text = match (key.as_str(), inputs) {
            ("userInputs", Some(inputs)) => inputs.text(indent.is_some().then_some(&inner), style),
            _ if indent.is_some() => format!("{}: {}", Value::from(key.as_str()), style.pretty(value, &inner)),
            _ => format!("{}: {value}", Value::from(key.as_str())),
        };
        parts.push(text);
    }
    let Some(indent) = indent else { return format!("{{ {} }}", parts.join(", ")) };
    let newline = style.newline();
    format!("{{{newline}{inner}{}{newline}{indent}}}", parts.join(&format!(",{newline}{inner}")))
}

/// Edits an invocation method, or replaces a bare word by one.
fn change(prop: &CstObjectProp, new: &Map<String, Value>, lines: bool, style: &Style) {
    let Some(object) = prop.object_value().filter(|object| lines || commented(&object.children())) else {
        let value = Value::Object(new.clone());
        let text = if lines { style.pretty(&value, &indent(prop, style)) } else { value.to_string() };
        set(prop, &text);
        return;
    };
    let mut known = Vec::new();
    for prop in object.properties() {
        let name = prop.decoded_name().unwrap_or_default();
        match new.get(&name) {
            None => prop.remove(),
            Some(kind) if name == "type" => set(&prop, &kind.to_string()),
            Some(_) => {}
        }
        known.push(name);
    }
    for (key, value) in new.iter().filter(|(key, _)| !known.contains(key)) {
        let added = object.append(key, CstInputValue::Null);
        set(&added, &style.pretty(value, &indent(&added, style)));
    }
}

/// Returns whether there is a comment among the nodes or inside one.
fn commented(nodes: &[CstNode]) -> bool {
    nodes.iter().any(|node| node.is_comment() || commented(&node.children()))
}

/// Returns the indentation of a property, or of its siblings if it is not the first on its line.
fn indent(prop: &CstObjectProp, style: &Style) -> String {
    let beside = || {
        let object = prop.parent()?.as_object()?;
        object.properties().iter().find_map(CstObjectProp::indent_text)
    };
    let above = || prop.ancestors().find_map(|ancestor| CstNode::from(ancestor).indent_text()).unwrap_or_default();
    prop.indent_text().or_else(beside).unwrap_or_else(|| above() + style.unit())
}

/// A property that was removed from its object, with its comments.
struct Taken {
    /// Comments above it or before it on the same line.
    above: Vec<String>,
    /// The pair itself.
    pair: String,
    /// Comments after it on the same line.
    behind: Vec<String>,
    indent: String,
}

impl Taken {
    fn take(prop: CstObjectProp) -> Self {
        let mut before: Vec<CstNode> = prop.previous_siblings().take_while(CstNode::is_trivia).collect();
        before.reverse();
        // Comments on the line where the previous property ends belong to that property.
        let first = before.iter().position(CstNode::is_newline).unwrap_or(0);
        let above: Vec<_> = before.iter().skip(first).filter_map(CstNode::as_comment).collect();
        let mut behind: Vec<String> = Vec::new();
        let mut after_comma = Vec::new();
        // All comments before its comma belong to it, on whatever line they are.
        let (mut comma, has_comma) = (false, prop.trailing_comma().is_some());
        for node in prop.next_siblings() {
            if (node.is_newline() && (comma || !has_comma)) || node.token_char() == Some('}') {
                behind.append(&mut after_comma);
                break;
            } else if node.is_comma() {
                comma = true;
            } else if let Some(comment) = node.as_comment() {
                if comma { &mut after_comma } else { &mut behind }.push(comment.raw_value());
            } else if !node.is_trivia() {
                // The next property follows on the same line, and the comments belong to it.
                break;
            }
        }
        let taken = Self {
            above: above.iter().map(jsonc_parser::cst::CstComment::raw_value).collect(),
            pair: prop.to_string(),
            behind,
            indent: prop.indent_text().unwrap_or_default(),
        };
        for comment in above {
            // A comment on a line of its own is removed together with the line.
            let line: Vec<CstNode> = comment.previous_siblings().take_while(CstNode::is_whitespace).collect();
            let newline = comment.previous_siblings().nth(line.len()).filter(CstNode::is_newline);
            let alone =
                comment.next_siblings().find(|node| !node.is_whitespace()).is_some_and(|node| node.is_newline());
            if let Some(newline) = newline.filter(|_| alone) {
                line.into_iter().chain([newline]).for_each(CstNode::remove);
            }
            comment.remove();
        }
        prop.remove();
        taken
    }

    /// Writes the property with another indentation, or on one line.
    fn text(&self, indent: Option<&String>, style: &Style) -> String {
        let (break_line, to) = match indent {
            Some(indent) => (format!("{}{indent}", style.newline()), indent.as_str()),
            None => (" ".to_owned(), self.indent.as_str()),
        };
        let mut text = String::new();
        for comment in &self.above {
            text.push_str(&style.lay(comment, &self.indent, to));
            text.push_str(&break_line);
        }
        text.push_str(&style.lay(&self.pair, &self.indent, to));
        for comment in &self.behind {
            text.push(' ');
            text.push_str(&style.lay(comment, &self.indent, to));
        }
        text
    }
}
