//! Where to put a `//` in an author's expression whose value may be missing.

use jaq_core::load::lex::{Lexer, StrPart, Tok, Token};

use super::bounded::inner;
use super::{parse, place};

type Tokens<'a, 's> = &'a [Token<&'s str>];

/// Returns `source` with `alternative` for the value at `path`: at the end of the first stage if that is a series of
/// paths, such as `.a // .b | slug`, and otherwise after the first use of `path`. `None` if neither makes sense.
pub fn with_alternative(source: &str, path: &str, alternative: &str) -> Option<String> {
    let tokens = Lexer::new(source).lex().ok()?;
    let wanted = Lexer::new(path).lex().ok()?;
    let better =
        row(source, &tokens, &wanted, alternative).or_else(|| use_of(source, &tokens, &wanted, alternative))?;
    parse(&better, true).is_ok().then_some(better)
}

/// Adds it after the paths of the first stage, if one of them is `wanted` or starts with it.
fn row(source: &str, tokens: Tokens<'_, '_>, wanted: Tokens<'_, '_>, alternative: &str) -> Option<String> {
    let stage = tokens.split(|token| token.0 == "|").next()?;
    let choices = || stage.split(|token| token.0 == "//");
    if !choices().all(is_path) || !choices().any(|choice| starts_with(choice, wanted)) {
        return None;
    }
    let (before, after) = source.split_at_checked(end(source, stage.last()?))?;
    Some(format!("{before} // {alternative}{after}"))
}

/// Adds it around the first use of `wanted`; `None` if the path continues after it.
fn use_of(source: &str, tokens: Tokens<'_, '_>, wanted: Tokens<'_, '_>, alternative: &str) -> Option<String> {
    let (first, last, goes_on) = find(source, tokens, wanted)?;
    if goes_on {
        return None;
    }
    let (start, end) = (place(source, first.0).0, end(source, last));
    let (before, used, after) = (source.get(..start)?, source.get(start..end)?, source.get(end..)?);
    Some(format!("{before}({used} // {alternative}){after}"))
}

type Found<'a, 's> = (&'a Token<&'s str>, &'a Token<&'s str>, bool);

/// Finds the first and last token of the first use of `wanted`, and whether its path continues.
fn find<'a, 's>(source: &str, tokens: Tokens<'a, 's>, wanted: Tokens<'_, '_>) -> Option<Found<'a, 's>> {
    let mut before: Option<&Token<&str>> = None;
    for (at, token) in tokens.iter().enumerate() {
        let rest = tokens.get(at..)?;
        if starts_with(rest, wanted) && !before.is_some_and(|before| leads_to(source, before, token)) {
            let last = rest.get(wanted.len().checked_sub(1)?)?;
            return Some((token, last, rest.get(wanted.len()).is_some_and(continues)));
        }
        let inside = match &token.1 {
            Tok::Block(tokens) => find(source, tokens, wanted),
            Tok::Str(parts) => parts.iter().find_map(|part| match part {
                StrPart::Term(term) => find(source, std::slice::from_ref(term), wanted),
                StrPart::Str(_) | StrPart::Char(_) => None,
            }),
            _ => None,
        };
        if inside.is_some() {
            return inside;
        }
        before = Some(token);
    }
    None
}

fn starts_with(tokens: Tokens<'_, '_>, wanted: Tokens<'_, '_>) -> bool {
    tokens.len() >= wanted.len() && tokens.iter().zip(wanted).all(|(token, wanted)| token.0 == wanted.0)
}

/// Returns whether the tokens are only a path, such as `.inputs.zone["name"]?`.
fn is_path(tokens: Tokens<'_, '_>) -> bool {
    let plain = |token: &Token<&str>| match &token.1 {
        Tok::Block(_) => matches!(inner(token), [] | [Token(_, Tok::Str(_) | Tok::Num)]),
        _ => true,
    };
    tokens.first().is_some_and(|token| token.0.starts_with('.'))
        && tokens.iter().all(|token| continues(token) && plain(token))
}

/// Returns whether a path continues with this token.
fn continues(token: &Token<&str>) -> bool {
    match token.1 {
        Tok::Sym => (token.0.starts_with('.') && token.0 != "..") || token.0 == "?",
        Tok::Block(_) => token.0.starts_with('['),
        Tok::Str(_) => true,
        _ => false,
    }
}

/// Returns whether a path that starts at `token` is only the end of a longer one: `.entity.inputs`, `$x.inputs`,
/// `(…).inputs`.
fn leads_to(source: &str, before: &Token<&str>, token: &Token<&str>) -> bool {
    match before.1 {
        Tok::Word => end(source, before) == place(source, token.0).0,
        Tok::Var | Tok::Block(_) => true,
        _ => continues(before),
    }
}

fn end(source: &str, token: &Token<&str>) -> usize {
    let (start, length) = place(source, token.0);
    start + length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alternative_is_added_where_it_belongs() {
        for (source, path, want) in [
            (".inputs.a", ".inputs.a", ".inputs.a // 1"),
            (".inputs.a | slug", ".inputs.a", ".inputs.a // 1 | slug"),
            (".inputs.a // .inputs.b | slug", ".inputs.a", ".inputs.a // .inputs.b // 1 | slug"),
            (".inputs.zone.identifier", ".inputs.zone", ".inputs.zone.identifier // 1"),
            (".inputs[\"a-b\"]", ".inputs[\"a-b\"]", ".inputs[\"a-b\"] // 1"),
            (".inputs.tags[0]?", ".inputs.tags", ".inputs.tags[0]? // 1"),
            ("\"x|y\" + .inputs.a", ".inputs.a", "\"x|y\" + (.inputs.a // 1)"),
            ("\"\\(.inputs.a)|\"", ".inputs.a", "\"\\((.inputs.a // 1))|\""),
            ("if .inputs.b then .inputs.a else 2 end", ".inputs.a", "if .inputs.b then (.inputs.a // 1) else 2 end"),
            ("(.inputs.a | length) + 1", ".inputs.a", "((.inputs.a // 1) | length) + 1"),
            (".inputs.ab + .inputs.a", ".inputs.a", ".inputs.ab + (.inputs.a // 1)"),
            ("1 + .inputs.a.b", ".inputs.a", ""),
            ("1 + .entity.inputs.a", ".inputs.a", ""),
            ("1 + .inputs.b", ".inputs.a", ""),
            ("1 +", ".inputs.a", ""),
        ] {
            assert_eq!(with_alternative(source, path, "1").unwrap_or_default(), want, "{source}");
        }
    }
}
