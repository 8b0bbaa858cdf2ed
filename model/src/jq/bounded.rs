//! Checks that an expression ends and stays small for every message. We trust the expression, but not the data.
//!
//! jq has no limits for time or memory, so the form of an expression must be its limit: the cost may grow with the
//! message, but not with its square. Nothing may loop, and no two values that depend on the message may be multiplied.
//! An iteration must be alone or collected in an array: next to an operator, a key or an argument, it would be combined
//! with everything there.

use jaq_core::load::lex::{StrPart, Tok, Token};

type Tokens<'a, 's> = &'a [Token<&'s str>];

/// Loops, and filters that make a lot out of little.
const LOOPS: [&str; 24] = [
    "as",
    "combinations",
    "def",
    "delpaths",
    "foreach",
    "getpath",
    "import",
    "include",
    "label",
    "limit",
    "paths",
    "pick",
    "range",
    "recurse",
    "reduce",
    "repeat",
    "setpath",
    "skip",
    "strftime",
    "tostream",
    "transpose",
    "until",
    "walk",
    "while",
];
/// Words that are not filters.
const KEYWORDS: [&str; 9] = ["if", "then", "elif", "else", "end", "and", "or", "try", "catch"];
/// Filters with many outputs.
const MANY: [&str; 4] = ["capture", "match", "scan", "splits"];
/// Filters with one output, no matter how many their argument has.
const COLLECT: [&str; 14] = [
    "add",
    "all",
    "any",
    "first",
    "group_by",
    "isempty",
    "last",
    "map",
    "map_values",
    "max_by",
    "min_by",
    "sort_by",
    "unique_by",
    "with_entries",
];

/// The part of an expression that is not allowed, and the reason.
pub(super) struct Refused<'s> {
    pub(super) part: &'s str,
    pub(super) why: &'static str,
}

const MUST_END: &str = "a template must end for every message";
const NO_ASSIGNMENT: &str = "a template computes a value and cannot assign one";
const FACTORS: &str = "multiply by a number such as `1024`, or write `(… | tonumber) * (… | tonumber)`";
const ALONE: &str =
    "each output would be combined with everything next to it; collect the outputs in an array first: `[….[]]`";
const JOIN: &str = "join with a literal string such as `\", \"`";

/// Returns whether a filter is refused wherever it is used.
pub(super) fn is_refused(filter: &str) -> bool {
    LOOPS.contains(&filter)
}

/// Returns the first part that could make an expression run forever or fill the memory.
pub(super) fn refused<'s>(tokens: Tokens<'_, 's>) -> Option<Refused<'s>> {
    block(tokens, '(')
}

/// Checks the tokens between two delimiters, the first of which is `open`.
fn block<'s>(tokens: Tokens<'_, 's>, open: char) -> Option<Refused<'s>> {
    let separates = |token: &Token<&str>| match token.0 {
        "," | ";" => true,
        "|" => open != '{',
        _ => false,
    };
    let inside = tokens.iter().enumerate().find_map(|(at, token)| {
        let before = at.checked_sub(1).and_then(|before| tokens.get(before));
        let key = open == '{' && before.is_none_or(|before| before.0 == ",");
        if key { nested(token) } else { single(token, before, tokens.get(at + 1)) }
    });
    inside.or_else(|| tokens.split(separates).find_map(beside))
}

/// Checks one token by itself.
fn single<'s>(
    token: &Token<&'s str>,
    before: Option<&Token<&'s str>>,
    after: Option<&Token<&'s str>>,
) -> Option<Refused<'s>> {
    let part = token.0;
    let refuse = |why| Some(Refused { part, why });
    match &token.1 {
        Tok::Word if LOOPS.contains(&part) => refuse(MUST_END),
        Tok::Word if part == "join" && !after.is_some_and(is_literal) => refuse(JOIN),
        Tok::Sym if part == ".." => refuse(MUST_END),
        // A string times a number repeats the string, and the number may be anything.
        Tok::Sym if part.starts_with('*') => {
            let factors = [before, after].map(|token| token.map_or(Factor::Any, Factor::of));
            (!factors.contains(&Factor::Literal) && factors != [Factor::Number; 2])
                .then_some(Refused { part, why: FACTORS })
        }
        Tok::Sym if part.ends_with('=') && !["==", "!=", "<=", ">="].contains(&part) => refuse(NO_ASSIGNMENT),
        _ => nested(token),
    }
}

/// Checks what a token contains.
fn nested<'s>(token: &Token<&'s str>) -> Option<Refused<'s>> {
    match &token.1 {
        Tok::Block(_) => block(inner(token), opening(token)),
        Tok::Str(parts) => parts.iter().find_map(|part| match part {
            StrPart::Term(term) => {
                nested(term).or_else(|| is_many(inner(term)).then_some(Refused { part: term.0, why: ALONE }))
            }
            StrPart::Str(_) | StrPart::Char(_) => None,
        }),
        _ => None,
    }
}

/// Checks for many outputs next to something else.
fn beside<'s>(part: Tokens<'_, 's>) -> Option<Refused<'s>> {
    let many = part.iter().enumerate().position(|(at, _)| emits(part, at))?;
    let other = part.iter().any(|Token(text, kind)| match kind {
        Tok::Word => KEYWORDS.contains(text),
        Tok::Sym => !text.starts_with('.') && *text != "?",
        _ => false,
    });
    let token = part.get(many)?;
    // An argument or an index with many outputs is combined with everything around it.
    let within = match opening(token) {
        '(' => is_argument(part, many),
        '[' => !is_iteration(part, many),
        _ => false,
    };
    (within || other).then_some(Refused { part: token.0, why: ALONE })
}

/// Returns whether the token at `at` has more than one output for one input.
fn emits(part: Tokens<'_, '_>, at: usize) -> bool {
    let Some(token) = part.get(at) else { return false };
    match (&token.1, opening(token)) {
        (Tok::Word, _) => MANY.contains(&token.0),
        (Tok::Block(_), '(') => {
            let collected =
                at.checked_sub(1).and_then(|before| part.get(before)).is_some_and(|name| COLLECT.contains(&name.0));
            !collected && is_many(inner(token))
        }
        // An index, not an array.
        (Tok::Block(_), '[') => is_iteration(part, at) || (is_suffix(part, at) && is_many(inner(token))),
        (Tok::Block(_), _) => is_many(inner(token)),
        _ => false,
    }
}

fn is_many(tokens: Tokens<'_, '_>) -> bool {
    tokens.split(|token| matches!(token.0, "|" | "," | ";")).any(|part| (0..part.len()).any(|at| emits(part, at)))
}

/// Returns whether this is `[]` after a term.
fn is_iteration(part: Tokens<'_, '_>, at: usize) -> bool {
    part.get(at).is_some_and(|token| opening(token) == '[' && inner(token).is_empty()) && is_suffix(part, at)
}

/// Returns whether the token before it belongs to the same term.
fn is_suffix(part: Tokens<'_, '_>, at: usize) -> bool {
    at.checked_sub(1).and_then(|before| part.get(before)).is_some_and(|before| match before.1 {
        Tok::Word => !KEYWORDS.contains(&before.0),
        Tok::Sym => before.0.starts_with('.') || before.0 == "?",
        _ => true,
    })
}

/// Returns whether these are the parentheses of a call.
fn is_argument(part: Tokens<'_, '_>, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| part.get(before));
    before.is_some_and(|before| matches!(before.1, Tok::Word) && !KEYWORDS.contains(&before.0))
}

/// Returns the delimiter that a block begins with; a blank for anything else.
fn opening(token: &Token<&str>) -> char {
    if matches!(token.1, Tok::Block(_)) { token.0.chars().next().unwrap_or(' ') } else { ' ' }
}

/// Returns the tokens of a block without its closing delimiter.
pub(super) fn inner<'a, 's>(token: &'a Token<&'s str>) -> Tokens<'a, 's> {
    let Tok::Block(tokens) = &token.1 else { return &[] };
    match tokens.split_last() {
        Some((Token(")" | "]" | "}", _), rest)) => rest,
        _ => tokens,
    }
}

/// Returns whether an argument is a literal string: `("…")`.
fn is_literal(argument: &Token<&str>) -> bool {
    match inner(argument) {
        [Token(_, Tok::Str(parts))] => parts.iter().all(|part| !matches!(part, StrPart::Term(_))),
        _ => false,
    }
}

/// What is known about a factor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Factor {
    /// A number of at most six digits in the expression itself.
    Literal,
    /// `(… | tonumber)`
    Number,
    /// Nothing.
    Any,
}

impl Factor {
    fn of(token: &Token<&str>) -> Self {
        match (&token.1, inner(token)) {
            (Tok::Num, _) if token.0.len() <= 6 && !token.0.contains(['e', 'E']) => Self::Literal,
            (Tok::Block(_), [.., Token("|", _), Token("tonumber", _)]) => Self::Number,
            _ => Self::Any,
        }
    }
}

#[cfg(test)]
mod tests {
    use jaq_core::load::lex::Lexer;

    use super::*;

    #[test]
    fn expressions_that_cost_no_more_than_the_message_are_accepted() {
        for source in [
            ".inputs.cpu",
            ".inputs[\"a b\"].c",
            ".inputs.a[0].b",
            "[.inputs.tags[] | ascii_upcase]",
            "[.inputs.tags[].name?] | join(\", \")",
            ".inputs.zones | map(.identifier)",
            "[.inputs.a[], .inputs.b[]]",
            ".inputs.a[].b[]",
            "[.inputs.a[] | .b[] | {x: ., y: [.c[]]}]",
            "{a: [.inputs.a[]], range: 1, reduce: .x}",
            "[.inputs.a[] | select(.on and .size > 2)][0].name // \"none\"",
            "first(.inputs.a[] | .name) // \"none\"",
            "any(.inputs.a[]; . == 1)",
            "if .inputs.a == [] then [] else [.inputs.a[] | .n] end",
            ".inputs | with_entries(select(.value != null))",
            "[.inputs.text | scan(\"[a-z]+\")] | length",
            ".inputs.text | gsub(\"[^a-z]\"; \"-\") | split(\"-\") | last",
            "\"\\(.inputs.a)-\\([.inputs.b[]] | length)\"",
            "(.inputs.a[] | .name), .inputs.b",
            "[] + [.inputs.x]",
            ".inputs.cpu * 1024",
            "1024 * .inputs.cpu >= 2",
        ] {
            let tokens = Lexer::new(source).lex().unwrap();
            assert_eq!(refused(&tokens).map(|refused| refused.part), None, "{source}");
        }
    }

    #[test]
    fn expressions_of_unlimited_cost_are_refused() {
        for (source, part, why) in [
            ("[range(.a)]", "range", MUST_END),
            ("\"\\(1 | until(. > 2; . + 1))\"", "until", MUST_END),
            ("def f: f; f", "def", MUST_END),
            ("reduce .a[] as $x (\"x\"; . + .)", "reduce", MUST_END),
            (".inputs as $i | [.a[] | $i]", "as", MUST_END),
            ("[..]", "..", MUST_END),
            ("map(..)", "..", MUST_END),
            (".a[.n] = 1", "=", NO_ASSIGNMENT),
            (".a |= .b", "|=", NO_ASSIGNMENT),
            (".a * .b", "*", FACTORS),
            (".a * 1e9", "*", FACTORS),
            (".a * 9007199254740991", "*", FACTORS),
            (".a | join(.[0])", "join", JOIN),
            (".a | join(\"\\(.[0])\")", "join", JOIN),
            ("[.a[] + .b[]]", "[]", ALONE),
            ("[.a[] + .b]", "[]", ALONE),
            ("[{all: ., each: .a[]}]", "[]", ALONE),
            ("{(.a[]): 1}", "(.a[])", ALONE),
            ("{a: 1, \"x\\(.b[])\": .}", "(.b[])", ALONE),
            ("[\"\\(.a[]) \\(.b)\"]", "(.a[])", ALONE),
            ("[.inputs | select(.a[])]", "(.a[])", ALONE),
            ("[.a[.b[]]]", "[.b[]]", ALONE),
            ("[.a | .[.b[]]]", "[.b[]]", ALONE),
            ("[if .a[] then . else 1 end]", "[]", ALONE),
            ("[(.a[] | .x) + .big]", "(.a[] | .x)", ALONE),
            ("[.s | scan(\".\") + .]", "scan", ALONE),
            (".a[] // .b", "[]", ALONE),
        ] {
            let tokens = Lexer::new(source).lex().unwrap();
            let found = refused(&tokens).map(|refused| (refused.part, refused.why));
            assert_eq!(found, Some((part, why)), "{source}");
        }
    }
}
