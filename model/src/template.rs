//! Port's templates: JSON trees whose strings contain jq between `{{` and `}}`.
//!
//! The rules are in Port's documentation, "Set up the backend": a string that consists of one template keeps the JSON
//! type of the result, mixed text is concatenated, a key that returns null drops its pair, and the key `{{
//! spreadValue() }}` spreads its object into the parent.

use serde_json::{Map, Value};

use crate::jq::{CompileError, Context, ExpressionId, Expressions, Program, RenderError};

/// A parsed template. [`Tree::render`] makes JSON of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Tree {
    /// JSON without any template.
    Constant(Value),
    /// A string of literal text and expressions.
    Text(Text),
    /// An array.
    List(Vec<Tree>),
    /// An object, in the order of the document.
    Object(Vec<(Key, Tree)>),
}

/// The key of a pair in a [`Tree::Object`].
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// As written.
    Name(String),
    /// Rendered; null drops the pair.
    Text(Text),
    /// `{{ spreadValue() }}`: the value's own pairs replace this pair.
    Spread,
}

/// A string with at least one expression in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Text(Vec<Piece>);

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Literal(String),
    Expression(ExpressionId),
}

/// A place in a template where something is wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct TemplateFault {
    /// The JSON Pointer from the root of the template.
    pub pointer: String,
    /// Whether the key at `pointer` is wrong, not the value.
    pub in_key: bool,
    /// The error; `at` counts bytes of the whole string.
    pub fault: CompileError,
}

/// What a string is as a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape<'a> {
    /// Text without a template.
    Plain,
    /// One expression and nothing else: keeps the type of its result.
    Sole(&'a str),
    /// Text and expressions: returns text.
    Mixed,
    /// Braces that do not match.
    Broken,
}

/// Returns the form of a string.
pub fn shape(text: &str) -> Shape<'_> {
    if !text.contains("{{") {
        return Shape::Plain;
    }
    match pieces(text).as_deref() {
        Ok([Span::Expression { source, .. }]) => Shape::Sole(source.trim()),
        Ok(_) => Shape::Mixed,
        Err(_) => Shape::Broken,
    }
}

/// Returns the expression of a string that is one expression and nothing else.
pub fn sole_expression(text: &str) -> Option<&str> {
    match shape(text) {
        Shape::Sole(expression) => Some(expression),
        _ => None,
    }
}

/// Returns the expressions of a string; none if its braces do not match.
pub fn expressions(text: &str) -> Vec<&str> {
    let source = |span| match span {
        Span::Expression { source, .. } => Some(source.trim()),
        Span::Literal(_) => None,
    };
    if text.contains("{{") { pieces(text).unwrap_or_default().into_iter().filter_map(source).collect() } else { vec![] }
}

impl Tree {
    /// Parses every string and key of `value`, and adds the expressions to `expressions`.
    ///
    /// # Errors
    /// When anything is wrong: all errors, in the order of the document.
    pub fn parse(value: &Value, expressions: &mut Expressions) -> Result<Self, Vec<TemplateFault>> {
        let mut faults = Vec::new();
        let tree = Self::parse_at(value, &mut String::new(), expressions, &mut faults);
        if faults.is_empty() { Ok(tree) } else { Err(faults) }
    }

    fn parse_at(
        value: &Value,
        pointer: &mut String,
        expressions: &mut Expressions,
        faults: &mut Vec<TemplateFault>,
    ) -> Self {
        match value {
            Value::String(text) => match Text::parse(text, expressions) {
                Ok(None) => Self::Constant(value.clone()),
                Ok(Some(text)) => Self::Text(text),
                Err(fault) => {
                    faults.push(TemplateFault { pointer: pointer.clone(), in_key: false, fault });
                    Self::Constant(Value::Null)
                }
            },
            Value::Array(items) => {
                let items: Vec<Self> = items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| {
                        below(pointer, &index.to_string(), |pointer| Self::parse_at(item, pointer, expressions, faults))
                    })
                    .collect();
                if items.iter().all(|item| matches!(item, Self::Constant(_))) {
                    Self::Constant(value.clone())
                } else {
                    Self::List(items)
                }
            }
            Value::Object(map) => {
                let pairs: Vec<(Key, Self)> = map
                    .iter()
                    .map(|(key, value)| {
                        below(pointer, key, |pointer| {
                            let key = Key::parse(key, expressions).unwrap_or_else(|fault| {
                                faults.push(TemplateFault { pointer: pointer.clone(), in_key: true, fault });
                                Key::Name(key.clone())
                            });
                            (key, Self::parse_at(value, pointer, expressions, faults))
                        })
                    })
                    .collect();
                if pairs.iter().all(|(key, value)| matches!((key, value), (Key::Name(_), Self::Constant(_)))) {
                    Self::Constant(value.clone())
                } else {
                    Self::Object(pairs)
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => Self::Constant(value.clone()),
        }
    }

    /// Renders the JSON for one message.
    ///
    /// # Errors
    /// When an expression fails on `context`: the first one.
    pub fn render(&self, program: &Program, context: &Context) -> Result<Value, RenderError> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Text(text) => text.render(program, context),
            Self::List(items) => items.iter().map(|item| item.render(program, context)).collect(),
            Self::Object(pairs) => {
                let mut map = Map::new();
                for (key, value) in pairs {
                    match key {
                        Key::Name(name) => {
                            map.insert(name.clone(), value.render(program, context)?);
                        }
                        Key::Text(text) => match text.render(program, context)? {
                            Value::Null => {}
                            name => {
                                map.insert(as_text(&name), value.render(program, context)?);
                            }
                        },
                        Key::Spread => {
                            if let Value::Object(inner) = value.render(program, context)? {
                                map.extend(inner);
                            }
                        }
                    }
                }
                Ok(Value::Object(map))
            }
        }
    }
}

impl Tree {
    /// Renders an object of an entity's fields: like [`Tree::render`], but a pair whose template returns null is left
    /// out.
    ///
    /// An input that was not filled in does not change its property, but a literal `null` clears it.
    ///
    /// `accept` sees each value before the next one is rendered.
    ///
    /// # Errors
    /// When an expression fails on `context`, or `accept` refuses a value: the first one.
    pub fn render_fields<E: From<RenderError>>(
        &self,
        program: &Program,
        context: &Context,
        mut accept: impl FnMut(&Value) -> Result<(), E>,
    ) -> Result<Map<String, Value>, E> {
        let Self::Object(pairs) = self else {
            return Ok(match self.render(program, context)? {
                Value::Object(map) => map,
                _ => Map::new(),
            });
        };
        let mut fields = Map::new();
        for (key, value) in pairs {
            let constant = matches!(value, Self::Constant(_));
            let pair = Self::Object(vec![(key.clone(), value.clone())]).render(program, context)?;
            if let Value::Object(pair) = pair {
                for (key, value) in pair.into_iter().filter(|(_, value)| constant || !value.is_null()) {
                    accept(&value)?;
                    fields.insert(key, value);
                }
            }
        }
        Ok(fields)
    }
}

fn below<T>(pointer: &mut String, token: &str, f: impl FnOnce(&mut String) -> T) -> T {
    let length = pointer.len();
    pointer.push('/');
    pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
    let result = f(pointer);
    pointer.truncate(length);
    result
}

impl Key {
    fn parse(text: &str, expressions: &mut Expressions) -> Result<Self, CompileError> {
        if sole_expression(text) == Some("spreadValue()") {
            return Ok(Self::Spread);
        }
        Ok(Text::parse(text, expressions)?.map_or_else(|| Self::Name(text.to_owned()), Self::Text))
    }
}

impl Text {
    /// Returns `None` if `text` contains no template.
    fn parse(text: &str, expressions: &mut Expressions) -> Result<Option<Self>, CompileError> {
        if !text.contains("{{") {
            return Ok(None);
        }
        let pieces = pieces(text)?
            .into_iter()
            .map(|span| match span {
                Span::Literal(text) => Ok(Piece::Literal(text.to_owned())),
                Span::Expression { source, at } => {
                    expressions.add(source.trim()).map(Piece::Expression).map_err(|fault| CompileError {
                        at: fault.at + at + (source.len() - source.trim_start().len()),
                        ..fault
                    })
                }
            })
            .collect::<Result<_, _>>()?;
        Ok(Some(Self(pieces)))
    }

    fn render(&self, program: &Program, context: &Context) -> Result<Value, RenderError> {
        if let [Piece::Expression(id)] = self.0.as_slice() {
            return program.evaluate(*id, context);
        }
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => out.push_str(text),
                Piece::Expression(id) => out.push_str(&as_text(&program.evaluate(*id, context)?)),
            }
        }
        Ok(Value::String(out))
    }
}

/// Writes a value inside a string as jq does: text as it is, everything else as JSON.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

enum Span<'a> {
    Literal(&'a str),
    /// The text between the braces, and its byte offset in the string.
    Expression {
        source: &'a str,
        at: usize,
    },
}

/// Splits a string into text and templates. `}}` ends a template only outside jq's own braces and strings.
fn pieces(text: &str) -> Result<Vec<Span<'_>>, CompileError> {
    let mut out = Vec::new();
    let mut rest = 0;
    while let Some(open) = text[rest..].find("{{").map(|at| at + rest) {
        if open > rest {
            out.push(Span::Literal(&text[rest..open]));
        }
        let at = open + 2;
        let length = end_of_expression(&text[at..]).ok_or_else(|| CompileError {
            message: "`{{` without a closing `}}`".to_owned(),
            at: open,
            length: 2,
            unknown: None,
        })?;
        let source = &text[at..at + length];
        if source.trim().is_empty() {
            return Err(CompileError {
                message: "nothing between `{{` and `}}`".to_owned(),
                at: open,
                length: length + 4,
                unknown: None,
            });
        }
        out.push(Span::Expression { source, at });
        rest = at + length + 2;
    }
    if rest < text.len() {
        out.push(Span::Literal(&text[rest..]));
    }
    Ok(out)
}

/// Returns the number of bytes before the `}}` that ends the expression at the start of `text`.
fn end_of_expression(text: &str) -> Option<usize> {
    // The open delimiters, innermost last: `{` and `(` in jq, `"` for a string; `\(` goes back to jq inside a string.
    let mut open: Vec<u8> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        match (open.last(), byte) {
            (Some(b'"'), b'\\') => {
                if next == Some(b'(') {
                    open.push(b'(');
                }
                at += 1;
            }
            (Some(b'"'), b'"') | (Some(b'{'), b'}') | (Some(b'('), b')') => {
                open.pop();
            }
            (Some(b'"'), _) => {}
            (_, b'"' | b'{' | b'(') => open.push(byte),
            (None, b'}') if next == Some(b'}') => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Returns everything that is wrong with one string: its grammar, or else the names it uses. Offsets count bytes of
/// `text`.
pub fn faults(text: &str) -> Vec<CompileError> {
    let spans = match pieces(text) {
        Ok(spans) => spans,
        Err(fault) => return vec![fault],
    };
    let mut faults = Vec::new();
    for span in spans {
        let Span::Expression { source, at } = span else { continue };
        let start = at + source.len() - source.trim_start().len();
        let mut expressions = Expressions::default();
        let found = match expressions.add(source.trim()) {
            Err(fault) => vec![fault],
            Ok(_) => expressions.compile().err().into_iter().flatten().map(|(_, fault)| fault).collect(),
        };
        faults.extend(found.into_iter().map(|fault| CompileError { at: fault.at + start, ..fault }));
    }
    faults
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn render(template: &Value, context: &Value) -> Result<Value, String> {
        if let Some(fault) = template.as_str().and_then(|text| super::faults(text).into_iter().next()) {
            return Err(format!("{}: {fault}", fault.at));
        }
        let mut expressions = Expressions::default();
        let tree = Tree::parse(template, &mut expressions).unwrap();
        let program = expressions.compile().unwrap();
        tree.render(&program, &Context::from(context)).map_err(|e| e.to_string())
    }

    #[test]
    fn templates_render_as_documented() {
        let context =
            json!({"inputs": {"cpu": 2, "name": "A \"b\"", "none": null, "o": {"a": 1, "b": 2}}, "run": {"id": "r_1"}});
        for (template, want) in [
            (json!("plain"), json!("plain")),
            (json!("{{ .inputs.cpu }}"), json!(2)),
            (json!("{{.inputs.cpu}}"), json!(2)),
            (json!("vm-{{ .inputs.cpu }}-{{ .run.id }}"), json!("vm-2-r_1")),
            (json!("{{ .inputs.cpu }} "), json!("2 ")),
            (json!("{{ .inputs.none }}"), json!(null)),
            (json!("is {{ .inputs.none }}"), json!("is null")),
            // What looks like a delimiter in a string is a part of it.
            (json!(r#"{{ "(" }}{{ "{" }}{{ "}}" }}"#), json!("({}}")),
            (json!(r#"{{ "\"(" + "\(.inputs.cpu)}}" }}"#), json!("\"(2}}")),
            (json!("{{ {a:{b:.inputs.cpu}} }}"), json!({"a": {"b": 2}})),
            (json!("{{ {a:{b:1}}}}"), json!({"a": {"b": 1}})),
            (json!("{{ \"}}\" }}"), json!("}}")),
            (json!("{{ \"\\(.run.id + \"}}\")\" }}"), json!("r_1}}")),
            (json!("}} alone"), json!("}} alone")),
            (json!({"a": ["{{ .inputs.cpu }}", 1, true, null]}), json!({"a": [2, 1, true, null]})),
            (json!({"{{ .run.id }}": 1, "{{ .inputs.none }}": 2, "k": 3}), json!({"r_1": 1, "k": 3})),
            (json!({"z": 0, "{{ spreadValue() }}": "{{ .inputs.o }}"}), json!({"z": 0, "a": 1, "b": 2})),
            (
                json!({"{{if (.inputs | has(\"cpu\")) then \"cpu\" else null end}}": "{{.inputs.\"cpu\"}}"}),
                json!({"cpu": 2}),
            ),
        ] {
            assert_eq!(render(&template, &context), Ok(want), "{template}");
        }
    }

    #[test]
    fn errors_name_their_byte() {
        for (template, want) in [
            (json!("a {{ .b"), "2: `{{` without a closing `}}`"),
            (json!("{{ }}"), "0: nothing between `{{` and `}}`"),
            (json!("x {{ .a | }}"), "9: a value is missing before the end of the expression"),
            (json!("x {{ nosuch }}"), "5: unknown jq filter `nosuch`"),
        ] {
            assert_eq!(render(&template, &json!({})), Err(want.to_owned()), "{template}");
        }
    }

    #[test]
    fn only_a_string_of_one_template_is_a_sole_expression() {
        assert_eq!(sole_expression("{{ .inputs.cpu }}"), Some(".inputs.cpu"));
        assert_eq!(sole_expression("a{{ .inputs.cpu }}"), None);
        assert_eq!(sole_expression("plain"), None);
        assert_eq!(sole_expression("{{ .a"), None);
    }

    #[test]
    fn an_error_names_its_place_in_the_tree() {
        let template = json!({"a/b": [1, "{{ | }}"], "{{ ( }}": 1});
        let faults = Tree::parse(&template, &mut Expressions::default()).unwrap_err();
        let places: Vec<(&str, bool)> = faults.iter().map(|f| (f.pointer.as_str(), f.in_key)).collect();
        assert_eq!(places, [("/a~1b/1", false), ("/{{ ( }}", true)]);
    }

    proptest::proptest! {
        /// Any text is a template or has an error inside it, and what compiles can be rendered or reports an error.
        #[test]
        fn any_text_can_be_parsed(text in r#"[a-z.{}|"\\() \[\],:0-9*/+]{0,24}"#) {
            let text = format!("{{{{ {text} }}}}");
            for fault in super::faults(&text) {
                proptest::prop_assert!(fault.at + fault.length <= text.len(), "{} of {}", fault.at, text.len());
            }
            let mut expressions = Expressions::default();
            if let Ok(tree) = Tree::parse(&Value::from(text.as_str()), &mut expressions)
                && let Ok(program) = expressions.compile()
            {
                let _ = tree.render(&program, &Context::from(&json!({"a": "x", "b": 1e18, "c": [1, {"d": null}]})));
            }
        }
    }
}
