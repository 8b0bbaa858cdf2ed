//! jq, as far as a template may use it: expressions are collected, compiled together once, and evaluated by number.
//!
//! Compiling takes half a millisecond for a program of any size, because of jq's standard definitions, so a whole plan
//! is one program: a balanced tree of `if $i < n` with an expression at each leaf. Everything that makes an expression
//! depend on more than the message (the clock, the environment, standard error, the process itself) is left undefined,
//! so that using it is an error in `synth`.

mod bounded;
mod growth;
mod alternative;
mod words;
mod value;
mod filters;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::panic::AssertUnwindSafe;

use jaq_core::load::lex::{Lexer, Token};
use jaq_core::load::parse::Parser;
use jaq_core::load::{self, Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::Val;
use serde_json::Value;

pub use alternative::with_alternative;
use bounded::Refused;
pub use filters::names;
use filters::{definitions, functions, is_refused};
pub use value::Context;
use value::to_json;

type Data = data::JustLut<Val>;

/// The number of an expression in its [`Expressions`], and later in the [`Program`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpressionId(usize);

/// Why an expression is not valid jq, with the place inside it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CompileError {
    /// The message.
    pub message: String,
    /// The byte offset inside the expression.
    pub at: usize,
    /// The number of bytes from there that are wrong; 0 if the expression ends too early.
    pub length: usize,
    /// The name that is not defined, if that is the error.
    pub unknown: Option<String>,
}

/// A name that is not defined.
struct Undefined {
    name: String,
    /// The byte offset inside the code.
    at: usize,
    message: String,
}

/// An expression that fails on this message.
///
/// jq's own message is left out on purpose: it quotes the data, and this error reaches logs and summaries.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the expression `{source_text}` failed on this run's inputs")]
pub struct RenderError {
    /// The expression, as the author of the action wrote it.
    pub source_text: String,
}

/// Expressions that are collected for one [`Program`]; equal ones share a number.
#[derive(Clone, Debug, Default)]
pub struct Expressions {
    sources: Vec<String>,
    ids: BTreeMap<String, ExpressionId>,
    /// Whether Port evaluates them. Then they may cost what Port allows.
    of_port: bool,
}

impl Expressions {
    /// Returns an empty collection for templates that Port renders, such as an action's payload: all of jq's grammar is
    /// allowed.
    pub fn of_port() -> Self {
        Self { of_port: true, ..Self::default() }
    }

    /// Returns whether every expression ends and stays small for every message, so that it may be evaluated here.
    pub fn are_bounded(&self) -> bool {
        let bounded = |source: &String| parse(source, true).is_ok();
        !self.of_port || self.sources.iter().all(bounded)
    }

    /// Adds an expression after checking its grammar separately, so that it cannot affect its neighbours.
    ///
    /// # Errors
    /// When it is not valid jq. Names are checked by [`Expressions::compile`].
    pub fn add(&mut self, source: &str) -> Result<ExpressionId, CompileError> {
        if let Some(id) = self.ids.get(source) {
            return Ok(*id);
        }
        parse(source, !self.of_port)?;
        let id = ExpressionId(self.sources.len());
        self.sources.push(source.to_owned());
        self.ids.insert(source.to_owned(), id);
        Ok(id)
    }

    /// Compiles all of them into one program.
    ///
    /// # Errors
    /// When names are not defined: every use, with the expression it is in.
    pub fn compile(self) -> Result<Program, Vec<(ExpressionId, CompileError)>> {
        let (code, starts) = self.code();
        // jq's standard definitions take ten times as long as the rest, and most templates use none of them.
        let filter = build(&code, false, self.of_port).or_else(|_| build(&code, true, self.of_port));
        filter.map(|filter| Program { filter, sources: self.sources }).map_err(|undefined| {
            let place = |Undefined { name, at, message }| {
                let id = starts.partition_point(|start| *start <= at).saturating_sub(1);
                let at = at.saturating_sub(starts.get(id).copied().unwrap_or(0));
                (
                    ExpressionId(id),
                    CompileError {
                        message,
                        at,
                        length: name.len(),
                        unknown: Some(name).filter(|name| !is_refused(name)),
                    },
                )
            };
            undefined.into_iter().map(place).collect()
        })
    }

    /// Returns the program's text, and the byte at which each expression starts in it.
    fn code(&self) -> (String, Vec<usize>) {
        let mut code = String::new();
        let mut starts = Vec::with_capacity(self.sources.len());
        branch(&self.sources, 0, &mut code, &mut starts);
        (code, starts)
    }
}

/// Compiles a program. Errors are undefined names, with their places in `code`.
fn build(code: &str, with_definitions: bool, of_port: bool) -> Result<jaq_core::Filter<Data>, Vec<Undefined>> {
    let arena = Arena::default();
    let file = File { code, path: () };
    let definitions = with_definitions.then(definitions).into_iter().flatten();
    // Each expression was parsed when it was added, so only names can still be wrong.
    let modules = Loader::new(definitions)
        .load(&arena, file)
        .map_err(|_| vec![Undefined { name: String::new(), at: 0, message: "is not valid jq".to_owned() }])?;
    Compiler::default().with_funs(functions(of_port)).with_global_vars(["$__index"]).compile(modules).map_err(
        |errors| {
            let undefined = errors.into_iter().flat_map(|(_, undefined)| undefined);
            undefined
                .map(|(name, kind)| {
                    let message = if is_refused(name) {
                        format!(
                            "`{name}` is not available: a template can read only the message that Port sends for a run"
                        )
                    } else {
                        format!("unknown jq {} `{name}`", kind.as_str())
                    };
                    Undefined { name: name.to_owned(), at: load::span(code, name).start, message }
                })
                .collect()
        },
    )
}

fn branch(sources: &[String], first: usize, code: &mut String, starts: &mut Vec<usize>) {
    match sources {
        [] => code.push_str("null"),
        [source] => {
            code.push('(');
            starts.push(code.len());
            // The line break ends a comment at the end of the expression.
            let _ = write!(code, "{source}\n)");
        }
        _ => {
            let (low, high) = sources.split_at(sources.len() / 2);
            let _ = write!(code, "if $__index < {} then ", first + low.len());
            branch(low, first, code, starts);
            code.push_str(" else ");
            branch(high, first + low.len(), code, starts);
            code.push_str(" end");
        }
    }
}

/// All expressions of a plan, compiled.
pub struct Program {
    filter: jaq_core::Filter<Data>,
    sources: Vec<String>,
}

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Program").field("sources", &self.sources).finish_non_exhaustive()
    }
}

impl Program {
    /// Returns the first output of expression `id` for `context`; without any output, null.
    ///
    /// # Errors
    /// When jq reports an error, or returns what JSON cannot represent (such as an infinite number).
    pub fn evaluate(&self, id: ExpressionId, context: &Context) -> Result<Value, RenderError> {
        let index = Val::from(isize::try_from(id.0).unwrap_or(isize::MAX));
        let ctx = Ctx::<Data>::new(&self.filter.lut, Vars::new([index]));
        let failure = || RenderError { source_text: self.source(id).to_owned() };
        // If jq panics on some data, only this run fails.
        let first = std::panic::catch_unwind(AssertUnwindSafe(|| {
            self.filter.id.run((ctx, context.0.clone())).map(unwrap_valr).next()
        }));
        match first.map_err(|_panic| failure())? {
            None => Ok(Value::Null),
            Some(value) => value.ok().and_then(|value| to_json(&value)).ok_or_else(failure),
        }
    }

    /// Says why jq failed. This quotes the data, so it is for samples and never for a log.
    pub fn why(&self, failure: &RenderError, context: &Context) -> Option<String> {
        let index = self.sources.iter().position(|source| *source == failure.source_text)?;
        let ctx = Ctx::<Data>::new(&self.filter.lut, Vars::new([Val::from(isize::try_from(index).ok()?)]));
        let first = std::panic::catch_unwind(AssertUnwindSafe(|| {
            self.filter.id.run((ctx, context.0.clone())).map(unwrap_valr).next()
        }));
        let words = first.ok()??.err()?.to_string();
        // An error that is text itself is shown as JSON.
        Some(words::why(&serde_json::from_str(&words).unwrap_or(words), &failure.source_text))
    }

    /// Returns the text of expression `id`.
    pub fn source(&self, id: ExpressionId) -> &str {
        self.sources.get(id.0).map_or("", String::as_str)
    }
}

/// Checks that text is valid jq. Port's own expressions may loop and use names that are not known here.
///
/// # Errors
/// When it is not valid jq.
pub fn grammar(source: &str) -> Result<(), CompileError> {
    parse(source, false)
}

/// Checks an expression's grammar and, if it must be `bounded`, its cost.
fn parse(source: &str, bounded: bool) -> Result<(), CompileError> {
    if let Some(at) = too_deep(source) {
        return Err(fault("nested too deeply", (at, 1)));
    }
    let tokens = Lexer::new(source).lex().map_err(|errors| {
        errors.first().map_or_else(
            || fault("is not valid jq", (0, 0)),
            |(expected, found)| {
                // This is what follows a bracket that closes too early.
                let message = match expected.as_str() {
                    "token" => "this cannot be read".to_owned(),
                    word => format!("{} is missing", words::expected(word)),
                };
                fault(&message, place(source, found))
            },
        )
    })?;
    let operators = growth::operators(&tokens, false);
    match (operators > MOST_OPERATORS, bounded) {
        (true, true) => {
            return Err(fault(&format!("{operators} operators are too many; use up to 200"), (0, source.len())));
        }
        // Port evaluates it, so it does not have to be understood here.
        (true, false) => return Ok(()),
        (false, _) => {}
    }
    if bounded && let Some(Refused { part, why }) = bounded::refused(&tokens) {
        return Err(fault(&format!("`{part}` is not available here: {why}"), place(source, part)));
    }
    let term = Parser::new(&tokens).parse(Parser::term).map_err(|errors| {
        errors.first().map_or_else(
            || fault("is not valid jq", (0, 0)),
            |(expected, found)| {
                let found_text = Token::opt_as_str(*found, source);
                let end = if found_text.is_empty() {
                    "the end of the expression".to_owned()
                } else {
                    format!("`{found_text}`")
                };
                let message = format!("{} is missing before {end}", words::expected(expected.as_str()));
                fault(&message, place(source, found_text))
            },
        )
    })?;
    if bounded && growth::is_unbounded(&term) {
        return Err(fault(GROWS, (0, source.len())));
    }
    Ok(())
}

const GROWS: &str = "this makes more than 256 values, or copies of one: a template must stay small for every message";

/// The maximum depth of brackets and nesting words: the parser calls itself for each level.
const DEEPEST: usize = 96;

/// The most operators of an expression: the parser calls itself for each, and so does the evaluation.
const MOST_OPERATORS: usize = 200;

/// Returns the byte at which an expression is nested too deeply for the stack.
fn too_deep(source: &str) -> Option<usize> {
    let (mut open, mut signs, mut words, mut word) = (0_usize, 0_usize, 0_usize, 0);
    for (at, byte) in source.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        match byte {
            b'-' => signs += 1,
            byte if !byte.is_ascii_whitespace() => signs = 0,
            _ => {}
        }
        if !byte.is_ascii_alphanumeric() {
            let nests = ["if", "try", "def", "reduce", "foreach", "label", "as"];
            words += usize::from(source.get(word..at).is_some_and(|word| nests.contains(&word)));
            word = at + 1;
        }
        if open + signs + words > DEEPEST {
            return Some(at);
        }
    }
    None
}

/// Returns the offset of `part` in `source`, and its length.
fn place(source: &str, part: &str) -> (usize, usize) {
    let span = load::span(source, part);
    (span.start, span.len())
}

fn fault(message: &str, (at, length): (usize, usize)) -> CompileError {
    CompileError { message: message.to_owned(), at, length, unknown: None }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn evaluate(source: &str, context: &Value) -> Result<Value, String> {
        let mut expressions = Expressions::default();
        let id = expressions.add(source).map_err(|e| format!("{}..{}: {e}", e.at, e.at + e.length))?;
        let program = expressions.compile().map_err(|e| format!("{}: {}", e[0].1.at, e[0].1))?;
        program.evaluate(id, &Context::from(context)).map_err(|e| e.to_string())
    }

    #[test]
    fn results_keep_their_json_types() {
        let context = json!({"inputs": {"cpu": 2, "half": 0.5, "big": 9_007_199_254_740_993_i64, "on": false, "tags": ["a"], "o": {"k": null}}});
        for (source, want) in [
            (".inputs.cpu", json!(2)),
            (".inputs.half", json!(0.5)),
            (".inputs.big", json!(9_007_199_254_740_993_i64)),
            (".inputs.cpu * 2.0", json!(4)),
            ("1024 * .inputs.cpu", json!(2048)),
            ("(.inputs.cpu | tonumber) * (.inputs.half | tonumber)", json!(1)),
            (".inputs.cpu / 4", json!(0.5)),
            (".inputs.on", json!(false)),
            (".inputs.tags", json!(["a"])),
            (".inputs.o", json!({"k": null})),
            (".inputs.missing", json!(null)),
            (".inputs.missing // \"x\" | slug", json!("x")),
            ("\"A B\" | slug", json!("a-b")),
            ("null | slug", json!(null)),
            ("12 | slug", json!("12")),
            (r#""a1b22" | gsub("(?<n>[0-9])"; "<\(.n)>")"#, json!("a<1>b<2><2>")),
            (r#""a1b22" | [sub("[0-9]"; "x", "y")]"#, json!(["axb22", "ayb22"])),
            (r#"("a" * 20000) | gsub("a"; "bc") | length"#, json!(40_000)),
            ("\"{\\\"a\\\":[1,2.5,null]}\" | fromjson", json!({"a": [1, 2.5, null]})),
            ("(\"[\" * 100000 | fromjson)? // \"refused\"", json!("refused")),
            ("(12 | fromjson)? // \"refused\"", json!("refused")),
            (r#"("[" * 128 + "]" * 128 | fromjson | length)"#, json!(1)),
            (r#""[\"[[\\\"[\", {}]" | fromjson | length"#, json!(2)),
            (r##"("#\"\n" + "[" * 100000 | fromjson)? // "refused""##, json!("refused")),
            (r#"[" " | fromjson]"#, json!([])),
            (r#"("1 2" | fromjson)? // "refused""#, json!("refused")),
            ("empty", json!(null)),
            ("{range: .inputs.range, limit: 1}", json!({"range": null, "limit": 1})),
            ("1, 2", json!(1)),
            ("1 # a comment", json!(1)),
            ("[.inputs.tags[] | ascii_upcase]", json!(["A"])),
            ("\"2024-01-02T03:04:05Z\" | fromdate", json!(1_704_164_645)),
            ("\"a-b\" | test(\"^a\")", json!(true)),
        ] {
            assert_eq!(evaluate(source, &context), Ok(want), "{source}");
        }
    }

    #[test]
    fn errors_name_their_place() {
        for (source, want) in [
            (".inputs |", "9..9: a value is missing before the end of the expression"),
            ("(.a", "3..3: a closing `)` is missing"),
            ("1) | (2", "1..7: this cannot be read"),
            ("nosuch", "0: unknown jq filter `nosuch`"),
            (".a | nosuch(1)", "5: unknown jq filter `nosuch`"),
            ("$ENV", "0: unknown jq variable `$ENV`"),
            ("now", "0: `now` is not available: a template can read only the message that Port sends for a run"),
            (
                "1 | debug",
                "4: `debug` is not available: a template can read only the message that Port sends for a run",
            ),
            (".a | error", "the expression `.a | error` failed on this run's inputs"),
            ("[range(.a)]", "1..6: `range` is not available here: a template must end for every message"),
            (
                "\"\\(1 | until(. > 2; . + 1))\"",
                "7..12: `until` is not available here: a template must end for every message",
            ),
            ("def f: f; f", "0..3: `def` is not available here: a template must end for every message"),
            (
                ".a * .b",
                "3..4: `*` is not available here: multiply by a number such as `1024`, or write `(… | tonumber) * (… | tonumber)`",
            ),
            (
                ".a * 9007199254740991",
                "3..4: `*` is not available here: multiply by a number such as `1024`, or write `(… | tonumber) * (… | tonumber)`",
            ),
            (
                ".a * 1e9",
                "3..4: `*` is not available here: multiply by a number such as `1024`, or write `(… | tonumber) * (… | tonumber)`",
            ),
            (
                ".a *= 3000000",
                "3..5: `*=` is not available here: multiply by a number such as `1024`, or write `(… | tonumber) * (… | tonumber)`",
            ),
            (
                "(.a | tonumber) * (.a | tonumber)",
                "the expression `(.a | tonumber) * (.a | tonumber)` failed on this run's inputs",
            ),
            ("infinite", "the expression `infinite` failed on this run's inputs"),
        ] {
            assert_eq!(evaluate(source, &json!({"a": "secret"})), Err(want.to_owned()), "{source}");
        }
    }

    /// The parser and the evaluation call themselves for each operator, and their stack is small.
    #[test]
    fn long_chains_are_refused_instead_of_overflowing_the_stack() {
        for (part, between) in
            [("1", "+"), (".a", "|"), (".a", ","), (".a", "//"), (".a", " and "), ("-", "-"), ("(.a)", "|")]
        {
            let chain = vec![part; 20_000].join(between);
            for source in [chain.clone(), format!("[{chain}]"), format!("\"\\({chain})\"")] {
                let run = std::thread::Builder::new().stack_size(1 << 20).spawn(move || {
                    let refused = Expressions::default().add(&source).is_err();
                    (refused, grammar(&source).is_ok() || Expressions::of_port().add(&source).is_err())
                });
                assert_eq!(run.unwrap().join().unwrap(), (true, true), "{part} {between}");
            }
        }
        let mut allowed = Expressions::default();
        let id = allowed.add(&vec!["1"; MOST_OPERATORS].join("+")).unwrap();
        assert_eq!(allowed.compile().unwrap().evaluate(id, &Context::from(&json!({}))), Ok(json!(MOST_OPERATORS)));
    }

    /// Whatever nests, alone or mixed with others, is refused at the level after the deepest one, before the parser's stack
    /// ends; what is closed again, or only looks like a word that nests, is not.
    #[test]
    fn nesting_ends_before_the_stack() {
        for level in ["(", "[", "{a:", "-", "- ", "if ", "if true then ", "try ", "label $a|"] {
            assert_eq!(too_deep(&level.repeat(DEEPEST + 1)).map(|at| at / level.len()), Some(DEEPEST), "{level}");
            assert_eq!(too_deep(&level.repeat(DEEPEST)), None, "{level}");
        }
        for (level, deepest) in [("[try ", DEEPEST / 2), ("(if {a:", DEEPEST / 3), ("[-", DEEPEST - 1)] {
            assert_eq!(too_deep(&level.repeat(deepest)), None, "{level}");
            assert!(too_deep(&level.repeat(deepest + 2)).is_some(), "{level}");
        }
        for level in ["(", "{a:", "-", "- ", "if true then ", "try ", "label $a|", "-if 1 then (", "[try -"] {
            let refused = grammar(&level.repeat(100_000)).unwrap_err();
            assert_eq!((refused.message.as_str(), refused.length), ("nested too deeply", 1), "{level}");
        }
        for flat in ["(.a)+", "[1],", "-1 ", "elif ", "asif ", "trying "] {
            assert_eq!(too_deep(&flat.repeat(10_000)), None, "{flat}");
        }
    }

    #[test]
    fn port_may_evaluate_unbounded_expressions() {
        for (source, bounded) in [(".inputs.a", true), ("[range(.n)]", false), (".inputs as $i | $i.a", false)] {
            let mut expressions = Expressions::of_port();
            assert!(expressions.add(source).is_ok(), "{source}");
            assert_eq!(expressions.are_bounded(), bounded, "{source}");
            assert_eq!(Expressions::default().add(source).is_ok(), bounded, "{source}");
        }
        assert!(Expressions::of_port().add(".inputs |").is_err());
        for (mut expressions, compiles) in [(Expressions::of_port(), true), (Expressions::default(), false)] {
            expressions.add("now | todate").unwrap();
            assert_eq!(expressions.compile().is_ok(), compiles);
        }
    }

    #[test]
    fn the_grammar_check_allows_loops_and_unknown_names() {
        for source in ["[range(10)]", "def f: .a; f | f", "reduce .[] as $x (0; . + $x)", "now | nosuch", ".a * .b"] {
            assert_eq!(grammar(source), Ok(()), "{source}");
        }
        let fault = grammar(".a |").unwrap_err();
        assert_eq!((fault.at, fault.length), (4, 0));
    }

    #[test]
    fn a_context_can_be_changed_at_one_key() {
        let whole = json!({"inputs": {"a": 1}, "run": {"id": "r"}});
        let other = Context::from(&json!({"inputs": {"b": 2}, "run": {"id": "r"}})).with("inputs", &whole["inputs"]);
        assert_eq!(to_json(&other.0), Some(whole));
    }

    #[test]
    fn many_expressions_are_one_program_and_keep_their_numbers() {
        let mut expressions = Expressions::default();
        let ids: Vec<ExpressionId> = (0..1000).map(|n| expressions.add(&format!("{n} + .x")).unwrap()).collect();
        assert_eq!(expressions.add("7 + .x"), Ok(ids[7]));
        let program = expressions.compile().unwrap();
        let context = Context::from(&json!({"x": 1}));
        for (n, id) in ids.iter().enumerate() {
            assert_eq!(program.evaluate(*id, &context), Ok(json!(n + 1)));
        }
    }

    #[test]
    fn an_undefined_name_is_reported_in_its_own_expression() {
        let mut expressions = Expressions::default();
        for source in [".a", ".b | wrong", ".c", "false_one"] {
            expressions.add(source).unwrap();
        }
        let faults = expressions.compile().unwrap_err();
        let places: Vec<(usize, usize)> = faults.iter().map(|(id, fault)| (id.0, fault.at)).collect();
        assert_eq!(places, [(1, 5), (3, 0)]);
    }
}
