//! The layout of a JSON document, and text that matches it: indentation, line ends, raw values.

use jsonc_parser::cst::{CstContainerNode, CstInputValue, CstNewlineKind, CstNode, CstObjectProp, CstRootNode};
use model::pointer;
use serde::Serialize;
use serde_json::ser::PrettyFormatter;
use serde_json::{Serializer, Value};

use crate::source::OPTIONS;

/// The layout of a file.
pub struct Style {
    unit: String,
    newline: &'static str,
}

impl Style {
    /// Returns the layout of a document.
    pub fn of(tree: &CstRootNode) -> Self {
        let newline = if tree.newline_kind() == CstNewlineKind::CarriageReturnLineFeed { "\r\n" } else { "\n" };
        Self { unit: tree.single_indent_text().unwrap_or_else(|| "  ".to_owned()), newline }
    }

    /// Returns one step of indentation.
    pub fn unit(&self) -> &str {
        &self.unit
    }

    /// Returns the line end.
    pub fn newline(&self) -> &'static str {
        self.newline
    }

    /// Writes JSON on several lines, indented by `indent`.
    pub fn pretty(&self, value: &Value, indent: &str) -> String {
        let mut bytes = Vec::new();
        let formatter = PrettyFormatter::with_indent(self.unit.as_bytes());
        // Neither writing to memory nor a JSON value can fail.
        let _ = value.serialize(&mut Serializer::with_formatter(&mut bytes, formatter));
        self.lay(&String::from_utf8_lossy(&bytes), "", indent)
    }

    /// Changes the indentation of all lines but the first from `from` to `to`.
    pub fn lay(&self, text: &str, from: &str, to: &str) -> String {
        let mut lines = text.lines();
        let mut laid = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            laid.push_str(self.newline);
            match line.strip_prefix(from) {
                Some("") | None => laid.push_str(line),
                Some(rest) => {
                    laid.push_str(to);
                    laid.push_str(rest);
                }
            }
        }
        laid
    }

    /// Converts text indented by two spaces, like our templates, to this layout, indented by `indent`.
    pub fn restep(&self, text: &str, indent: &str) -> String {
        let lines: Vec<String> = text
            .lines()
            .map(|line| {
                let rest = line.trim_start_matches(' ');
                self.unit.repeat((line.len() - rest.len()) / 2) + rest
            })
            .collect();
        self.lay(&lines.join("\n"), "", indent)
    }
}

/// Returns the node that a JSON Pointer names.
pub fn at(tree: &CstRootNode, pointer: &str) -> Option<CstNode> {
    let mut at = tree.value()?;
    for token in pointer::tokens(pointer) {
        at = match at.as_array() {
            Some(array) => array.elements().into_iter().nth(token.parse().ok()?)?,
            None => at.as_object()?.get(&token)?.value()?,
        };
    }
    Some(at)
}

/// Returns a text with another value at a JSON Pointer. `None` if there is nothing.
pub fn replaced(text: &str, pointer: &str, value: &Value) -> Option<String> {
    let tree = CstRootNode::parse(text, &OPTIONS).ok()?;
    let style = Style::of(&tree);
    let node = at(&tree, pointer)?;
    let word = CstInputValue::String(String::new());
    let prop = node.parent().and_then(|parent| parent.as_object_prop());
    let indent = prop.as_ref().map_or_else(|| node.indent_text(), CstObjectProp::indent_text).unwrap_or_default();
    let new = match (prop, node) {
        (Some(prop), _) => {
            prop.set_value(word);
            prop.value()?
        }
        (None, CstNode::Container(CstContainerNode::Object(object))) => object.replace_with(word)?,
        _ => return None,
    };
    replace(&new, &style.restep(&written(value, 0), &indent));
    Some(tree.to_string())
}

/// Returns a text without what is at some JSON Pointers. `None` if there is nothing at one of them.
pub fn without(text: &str, pointers: &[String]) -> Option<String> {
    let tree = CstRootNode::parse(text, &OPTIONS).ok()?;
    let nodes: Vec<CstNode> = pointers.iter().map(|pointer| at(&tree, pointer)).collect::<Option<_>>()?;
    for node in nodes {
        match node.parent().and_then(|parent| parent.as_object_prop()) {
            Some(prop) => prop.remove(),
            None => node.remove(),
        }
    }
    Some(tree.to_string())
}

/// Sets the value of a property to JSON text.
pub fn set(prop: &CstObjectProp, text: &str) {
    // A string literal accepts any raw text, and everything around it stays.
    if prop.value().is_none_or(|value| value.as_string_lit().is_none()) {
        prop.set_value(CstInputValue::String(String::new()));
    }
    if let Some(value) = prop.value() {
        replace(&value, text);
    }
}

/// Replaces the raw text of a string literal.
pub fn replace(literal: &CstNode, text: &str) {
    if let Some(literal) = literal.as_string_lit() {
        literal.set_raw_value(text.to_owned());
    }
}

/// Writes JSON as a person would: on one line if it is short, otherwise indented by two spaces, starting at `indent`.
pub fn written(value: &Value, indent: usize) -> String {
    let line = one_line(value);
    if indent + line.chars().count() <= WIDTH {
        return line;
    }
    let inner = " ".repeat(indent + 2);
    let (open, close, parts): (char, char, Vec<String>) = match value {
        Value::Object(map) => {
            let pair = |(key, value): (&String, &Value)| {
                format!("{inner}{}: {}", Value::from(key.as_str()), written(value, indent + 2))
            };
            ('{', '}', map.iter().map(pair).collect())
        }
        Value::Array(items) => {
            ('[', ']', items.iter().map(|item| format!("{inner}{}", written(item, indent + 2))).collect())
        }
        _ => return line,
    };
    format!("{open}\n{}\n{}{close}", parts.join(",\n"), " ".repeat(indent))
}

/// The longest line that [`written`] puts more than one value on.
const WIDTH: usize = 110;

fn one_line(value: &Value) -> String {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let pair = |(key, value): (&String, &Value)| format!("{}: {}", Value::from(key.as_str()), one_line(value));
            format!("{{ {} }}", map.iter().map(pair).collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", ")),
        _ => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn short_is_one_line() {
        let long = "x".repeat(110);
        for (value, want) in [
            (json!({}), "{}".to_owned()),
            (json!({ "a": [1, null], "b": { "c": "d\n" } }), r#"{ "a": [1, null], "b": { "c": "d\n" } }"#.to_owned()),
            (json!({ "a": long, "b": [] }), format!("{{\n    \"a\": \"{long}\",\n    \"b\": []\n  }}")),
            (json!([long, 1]), format!("[\n    \"{long}\",\n    1\n  ]")),
        ] {
            assert_eq!(written(&value, 2), want);
        }
    }

    #[test]
    fn what_is_removed_leaves_the_rest() {
        let text = "[\n  1, // one\n  { \"a\": 2, \"b\": 3 },\n  4\n]\n";
        let pointers = ["/0".to_owned(), "/1/a".to_owned(), "/2".to_owned()];
        let left = without(text, &pointers).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&left).unwrap(), json!([{ "b": 3 }]), "{left}");
        assert_eq!(without(text, &["/3".to_owned()]), None);
    }

    #[test]
    fn lines_move_together() {
        let tree = CstRootNode::parse("{\r\n\t\"a\": 1\r\n}", &jsonc_parser::ParseOptions::default()).unwrap();
        let style = Style::of(&tree);
        assert_eq!(style.lay("a\n  b\n\n    c", "  ", "\t"), "a\r\n\tb\r\n\r\n\t  c");
        assert_eq!(
            style.restep("{\n  \"a\": {\n    \"b\": 1\n  }\n}", "\t"),
            "{\r\n\t\t\"a\": {\r\n\t\t\t\"b\": 1\r\n\t\t}\r\n\t}"
        );
    }
}
