//! Bounds how much more than its input an expression can make.
//!
//! Without loops, a value can still grow exponentially with the length of an expression: each `(. + .)` of a chain doubles
//! it. So the copies that each step makes are multiplied along the chain, and the product is bounded.

use jaq_core::load::lex::{StrPart, Tok, Token};
use jaq_core::load::parse::{BinaryOp, Term};
use jaq_core::ops::Math;
use jaq_core::path::{Part, Path};

/// The most copies of its input that an expression may make.
const MOST_COPIES: u64 = 256;
/// The most outputs that an expression may have: what is combined from them all is made as often.
const MOST_OUTPUTS: u64 = 256;
/// The most repetitions: a literal factor has at most six digits, and repeats a string.
const MOST_REPETITIONS: u64 = 1_000_000;

/// Filters that write their input in another way, and how many times longer it may get. The escapes of JSON in JSON double
/// each time.
const REWRITES: [(&str, u64); 16] = [
    ("@base32", 2),
    ("@base64", 2),
    ("@csv", 2),
    ("@html", 6),
    ("@json", 2),
    ("@sh", 4),
    ("@text", 2),
    ("@tsv", 2),
    ("@uri", 3),
    ("ascii", 2),
    ("explode", 4),
    ("match", 64),
    ("to_entries", 2),
    ("tojson", 2),
    ("tostring", 2),
    ("with_entries", 2),
];
/// Filters whose output contains the outputs of their arguments, for each element or match.
const COPYING: [&str; 8] = ["add", "first", "gsub", "join", "last", "map", "map_values", "sub"];

/// Counts the operators of an expression. `keyed` is true between the braces of an object, where a comma is not one.
pub(super) fn operators(tokens: &[Token<&str>], keyed: bool) -> usize {
    let of_token = |token: &Token<&str>| match &token.1 {
        // A path and a closing bracket are symbols too.
        Tok::Sym => {
            let other = token.0.starts_with(['.', '?', ')', ']', '}']) || keyed && [",", ":"].contains(&token.0);
            usize::from(!other)
        }
        Tok::Word => usize::from(["and", "or", "as"].contains(&token.0)),
        Tok::Block(inner) => operators(inner, token.0.starts_with('{')),
        Tok::Str(parts) => {
            let terms = parts.iter().map(|part| match part {
                StrPart::Term(term) => operators(std::slice::from_ref(term), false),
                StrPart::Str(_) | StrPart::Char(_) => 0,
            });
            terms.sum()
        }
        _ => 0,
    };
    tokens.iter().map(of_token).sum()
}

/// Returns whether an expression can make too much of its input.
pub(super) fn is_unbounded(term: &Term<&str>) -> bool {
    let made = of(term, false);
    let mut most = 0;
    outputs(term, &mut most);
    made.most > MOST_COPIES || made.repeated > MOST_REPETITIONS || most > MOST_OUTPUTS
}

/// Returns how many outputs a term has, where an iteration counts as one: it is alone or collected. Outputs beside each
/// other are combined, each with each. `most` becomes the most on the way.
fn outputs(term: &Term<&str>, most: &mut u64) -> u64 {
    let mut product = |terms: &mut dyn Iterator<Item = &Term<&str>>| {
        terms.fold(1, |product: u64, term| product.saturating_mul(outputs(term, most)))
    };
    let here = match term {
        Term::Id | Term::Recurse | Term::Var(_) | Term::Num(_) | Term::Break(_) | Term::Arr(None) => 1,
        Term::Str(_, parts) => product(&mut parts.iter().filter_map(|part| match part {
            StrPart::Term(term) => Some(term),
            StrPart::Str(_) | StrPart::Char(_) => None,
        })),
        Term::Arr(Some(term)) => {
            outputs(term, most);
            1
        }
        Term::Neg(term) | Term::Label(_, term) | Term::Def(_, term) => outputs(term, most),
        Term::Obj(pairs) => product(&mut pairs.iter().flat_map(|(key, value)| [Some(key), value.as_ref()]).flatten()),
        Term::BinOp(left, BinaryOp::Comma | BinaryOp::Alt, right) => {
            outputs(left, most).saturating_add(outputs(right, most))
        }
        Term::BinOp(left, _, right) => product(&mut [&**left, &**right].into_iter()),
        Term::TryCatch(term, otherwise) => {
            let otherwise = otherwise.as_ref().map_or(0, |otherwise| outputs(otherwise, most));
            outputs(term, most).saturating_add(otherwise)
        }
        Term::IfThenElse(branches, otherwise) => {
            let mut widest = otherwise.as_ref().map_or(1, |otherwise| outputs(otherwise, most));
            let mut tests: u64 = 1;
            for (test, then) in branches {
                tests = tests.saturating_mul(outputs(test, most));
                widest = widest.max(outputs(then, most));
            }
            tests.saturating_mul(widest)
        }
        Term::Fold(_, term, _, arguments) => product(&mut std::iter::once(&**term).chain(arguments)),
        Term::Call(_, arguments) => product(&mut arguments.iter()),
        Term::Path(term, path) => product(&mut std::iter::once(&**term).chain(indices(path))),
    };
    *most = (*most).max(here);
    here
}

/// What an expression makes of its input, in the worst case.
#[derive(Clone, Copy)]
struct Made {
    /// The copies in its output.
    copies: u64,
    /// The most copies on the way.
    most: u64,
    /// How many times a string is repeated by factors.
    repeated: u64,
}

impl Made {
    const NOTHING: Self = Self { copies: 0, most: 0, repeated: 1 };
    const ONE: Self = Self { copies: 1, most: 1, repeated: 1 };

    /// Both beside each other.
    fn and(self, other: Self) -> Self {
        Self {
            copies: self.copies.saturating_add(other.copies),
            most: self.most.saturating_add(other.most),
            repeated: self.repeated.max(other.repeated),
        }
    }

    /// One or the other.
    fn or(self, other: Self) -> Self {
        Self {
            copies: self.copies.max(other.copies),
            most: self.most.max(other.most),
            repeated: self.repeated.max(other.repeated),
        }
    }

    /// One after the other. A constant can be copied too.
    fn then(self, next: Self) -> Self {
        let before = self.copies.max(1);
        Self {
            copies: before.saturating_mul(next.copies.max(1)),
            most: self.most.max(before.saturating_mul(next.most)),
            repeated: self.repeated.saturating_mul(next.repeated),
        }
    }

    fn times(self, factor: u64) -> Self {
        self.then(Self { copies: factor, most: factor, repeated: 1 })
    }

    /// Only tested, so that nothing of it is in the output.
    fn tested(self) -> Self {
        Self { copies: 0, ..self }
    }
}

fn all<'t>(made: impl Iterator<Item = Made> + 't) -> Made {
    made.fold(Made::NOTHING, Made::and)
}

/// `many` is true if the expression is evaluated for each of many values, so that its literals are copied too.
fn of(term: &Term<&str>, many: bool) -> Made {
    match term {
        Term::Id | Term::Recurse | Term::Var(_) => Made::ONE,
        Term::Num(_) | Term::Break(_) | Term::Arr(None) => Made::NOTHING,
        Term::Str(format, parts) => {
            let parts = parts.iter().map(|part| match part {
                // A value that is not text is written as JSON.
                StrPart::Term(term) => of(term, many).times(format.map_or(2, rewrite)),
                StrPart::Str(text) if many => literal(text),
                StrPart::Str(_) | StrPart::Char(_) => Made::NOTHING,
            });
            all(parts)
        }
        Term::Arr(Some(term)) | Term::Neg(term) | Term::Label(_, term) | Term::Def(_, term) => of(term, many),
        Term::Obj(pairs) => all(pairs.iter().map(|(key, value)| match value {
            Some(value) => of(key, many).and(of(value, many)),
            None => Made::ONE,
        })),
        Term::BinOp(left, operator, right) => binary(left, operator, right, many),
        Term::TryCatch(term, otherwise) => {
            all([Some(term), otherwise.as_ref()].into_iter().flatten().map(|term| of(term, many)))
        }
        Term::IfThenElse(branches, otherwise) => {
            let branches = branches.iter().map(|(test, then)| of(test, many).tested().or(of(then, many)));
            let otherwise = otherwise.as_ref().map_or(Made::ONE, |term| of(term, many));
            branches.fold(otherwise, Made::or)
        }
        Term::Fold(_, term, _, arguments) => {
            arguments.iter().fold(of(term, many), |made, argument| made.and(of(argument, many)))
        }
        Term::Call(name, arguments) => {
            let each = |argument: &Term<&str>| {
                if COPYING.contains(name) { of(argument, true) } else { of(argument, many).tested() }
            };
            let arguments = all(arguments.iter().map(each));
            Made { copies: arguments.copies.max(1), ..arguments }.times(rewrite(name))
        }
        Term::Path(term, path) => indices(path).fold(of(term, many), |made, index| made.or(of(index, many).tested())),
    }
}

/// Returns the terms in a path's brackets.
fn indices<'t, 's>(path: &'t Path<Term<&'s str>>) -> impl Iterator<Item = &'t Term<&'s str>> {
    let of_part = |(part, _): &'t (Part<_>, _)| match part {
        Part::Index(index) => [Some(index), None],
        Part::Range(from, to) => [from.as_ref(), to.as_ref()],
    };
    path.0.iter().flat_map(of_part).flatten()
}

fn binary(left: &Term<&str>, operator: &BinaryOp<&str>, right: &Term<&str>, many: bool) -> Made {
    let before = of(left, many);
    let after = |many| of(right, many);
    match operator {
        BinaryOp::Pipe(_) => before.then(after(many || iterates(left))),
        BinaryOp::Math(Math::Mul) => {
            let number = |term: &Term<&str>| match term {
                Term::Num(text) => text.parse::<f64>().ok().map(f64::ceil),
                _ => None,
            };
            let both = before.and(after(many));
            let repeated = number(left).or_else(|| number(right)).map_or(1, whole);
            Made { repeated: both.repeated.saturating_mul(repeated), ..both }
        }
        BinaryOp::Or | BinaryOp::And | BinaryOp::Cmp(_) => before.and(after(many)).tested(),
        _ => before.and(after(many)),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "such a cast saturates")]
fn whole(number: f64) -> u64 {
    (number.abs() as u64).max(1)
}

/// Returns whether a term has an output for each of many values.
fn iterates(term: &Term<&str>) -> bool {
    match term {
        Term::Path(term, path) => {
            iterates(term) || path.0.iter().any(|(part, _)| matches!(part, Part::Range(None, None)))
        }
        Term::BinOp(left, _, right) => iterates(left) || iterates(right),
        Term::Call(name, _) => ["capture", "match", "scan", "splits"].contains(name),
        _ => false,
    }
}

fn rewrite(name: &str) -> u64 {
    REWRITES.iter().find(|(known, _)| *known == name).map_or(1, |(_, factor)| *factor)
}

/// A literal that is copied for each of many values, which may be short.
fn literal(text: &str) -> Made {
    let copies = 1 + text.len() as u64 / 2;
    Made { copies, most: copies, repeated: 1 }
}

#[cfg(test)]
mod tests {
    use jaq_core::load::lex::Lexer;
    use jaq_core::load::parse::Parser;

    use super::*;

    fn unbounded(source: &str) -> bool {
        let tokens = Lexer::new(source).lex().unwrap();
        is_unbounded(&Parser::new(&tokens).parse(Parser::term).unwrap())
    }

    /// The law: whatever doubles its input is refused in a long chain, and accepted in a short one.
    #[test]
    fn a_chain_that_grows_is_refused() {
        for step in [
            "(. + .)",
            "[., .]",
            "[.] | tojson",
            "tojson",
            "@base64",
            "@html",
            "@sh \"\\(.)\"",
            "\"\\(.)\\(.)\"",
            "\"\\([.])\"",
            "{a: ., b: .}",
            "([., .] | add)",
            "map(., .)",
            "[.[] | (., .)]",
            "(split(\"\") | join(\"xxxx\"))",
            "gsub(\"\"; \"xxxx\")",
            "gsub(\"(?<a>.)\"; \"\\(.a)\\(.a)\")",
            "[.[] | \"xxxxxxxx\"]",
            "(if . == 1 then . else (. + .) end)",
            "(. * 100)",
            "explode | tojson",
            "(. // . + .)",
        ] {
            assert!(!unbounded(step), "{step}");
            let chain = [step; 30].join(" | ");
            assert!(unbounded(&chain), "{step}");
            assert!(unbounded(&format!("if ({chain}) == 1 then 1 else 2 end")), "{step}");
            assert!(unbounded(&format!("\"a \\({chain})\"")), "{step}");
        }
    }

    #[test]
    fn outputs_that_are_combined_are_refused() {
        let ten = "(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)";
        for between in [" + ", " | ", " == ", " and ", "; "] {
            let combined = [ten; 3].join(between);
            let combined = if between == "; " { format!("f({combined})") } else { combined };
            for source in
                [combined.clone(), format!("[{combined}] | length"), format!("if {combined} then 1 else 2 end")]
            {
                assert!(unbounded(&source), "{source}");
            }
        }
        for source in [
            format!("{{a: {ten}, b: {ten}, c: {ten}}}"),
            format!("\"\\({ten})\\({ten})\\({ten})\""),
            format!(".[{ten}][{ten}][{ten}]"),
        ] {
            assert!(unbounded(&source), "{source}");
        }
        for source in [format!("{ten} + {ten}"), [ten; 20].join(", "), format!("[{ten}] + [{ten}] + [{ten}]")] {
            assert!(!unbounded(&source), "{source}");
        }
    }

    #[test]
    fn operators_are_counted_wherever_they_are() {
        for (source, want) in [
            ("1+1+1", 2),
            (".a.b?[0]", 0),
            ("{a: 1, b: (2 + 3), c}", 1),
            ("[1, 2 | 3]", 2),
            ("\"x\\(1 + 2)\" and (.a or .b)", 3),
            ("-1 | not", 2),
            ("map(.a == 1) // 2", 2),
        ] {
            assert_eq!(operators(&Lexer::new(source).lex().unwrap(), false), want, "{source}");
        }
    }

    /// What people write is far below the bound, however long it is.
    #[test]
    fn long_expressions_that_do_not_grow_are_accepted() {
        let many = |part: &dyn Fn(usize) -> String, between: &str| (0..100).map(part).collect::<Vec<_>>().join(between);
        for source in [
            many(&|at| format!(".a{at}"), " // "),
            many(&|at| format!("\"\\(.a{at})\""), " + "),
            many(&|_| "ascii_downcase".to_owned(), " | "),
            many(&|_| "gsub(\"a\"; \"\")".to_owned(), " | "),
            many(&|_| ".a".to_owned(), " | "),
            many(&|at| format!("select(.a != {at})"), " | "),
            format!("if .a == 0 then 1 {} else 2 end", many(&|at| format!("elif .a == {at} then .b | slug"), " ")),
            format!("{{{}}}", many(&|at| format!("k{at}: .a{at}"), ", ")),
            ".inputs.cpu * 999999".to_owned(),
            "[.inputs.tags[] | \"tag:\\(.)\"] | join(\", \")".to_owned(),
            format!(".a | test(\"{}\")", "x".repeat(5000)),
            format!("\"{}\" + .a", "x".repeat(50_000)),
        ] {
            assert!(!unbounded(&source), "{source}");
        }
    }
}
