//! Decides whether one element of a permission covers another: wildcards, exceptions and conditions.

use std::collections::BTreeMap;

use crate::compare::address;
use crate::template::guard::Guards;
use crate::template::node::Node;
use crate::template::statement::Term;

/// Whether `wide` matches everything that `narrow` matches; `None` if that cannot be determined.
pub(super) fn term(wide: &Term, narrow: &Term, any_case: bool) -> Option<bool> {
    match (wide, narrow) {
        _ if wide == narrow => Some(true),
        (Term::One(wide), Term::One(narrow)) => Some(word(wide, narrow, any_case)),
        (Term::One(wide), Term::AllBut(_)) if wide == "*" => Some(true),
        (Term::One(_), Term::AllBut(_)) => Some(false),
        (Term::AllBut(excluded), Term::One(narrow)) => {
            let is_open = |word: &str| word.contains("${") || word.contains(", ");
            if excluded.iter().any(|out| word(out, narrow, any_case)) {
                Some(false)
            } else if narrow.contains(['*', '?']) || is_open(narrow) || excluded.iter().any(|out| is_open(out)) {
                None
            } else {
                Some(true)
            }
        }
        // Fewer exclusions cover more.
        (Term::AllBut(wide), Term::AllBut(narrow)) => {
            if wide.iter().all(|out| narrow.iter().any(|other| word(other, out, any_case))) { Some(true) } else { None }
        }
    }
}

/// Whether a word with `*` and `?` covers another. Only `*` covers a wildcard in `narrow`.
pub(super) fn word(wide: &str, narrow: &str, any_case: bool) -> bool {
    // A statement that was not split has all of its words in one term: a wildcard does not match across them.
    if wide != "*" && (wide.contains(", ") || narrow.contains(", ")) {
        return wide == narrow;
    }
    // `?` is one character, but nobody knows how many `${…}` becomes.
    if wide.contains('?') && narrow.contains("${") {
        return wide == narrow;
    }
    glob(wide.as_bytes(), narrow.as_bytes(), any_case)
}

/// The most steps of a match for each byte.
const STEPS: usize = 4;

/// Matches a pattern with backtracking to the last `*` only: linear for patterns that occur in practice. A pattern that
/// takes more steps than that counts as one that does not match: what is not covered is reported.
fn glob(pattern: &[u8], text: &[u8], any_case: bool) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    let mut steps = STEPS * (pattern.len() + text.len() + 1);
    while let Some(letter) = text.get(seen) {
        if steps == 0 {
            return false;
        }
        steps -= 1;
        match pattern.get(at) {
            Some(b'*') => {
                back = Some((at, seen));
                at += 1;
            }
            Some(b'?') if *letter != b'*' => (at, seen) = (at + 1, seen + 1),
            Some(expected) if expected == letter || (any_case && expected.eq_ignore_ascii_case(letter)) => {
                (at, seen) = (at + 1, seen + 1);
            }
            _ => match &mut back {
                Some((star, from)) => {
                    *from += 1;
                    (at, seen) = (*star + 1, *from);
                }
                None => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|letter| *letter == b'*')
}

/// Whether a statement with condition `wide` applies wherever one with `narrow` does; `None` if that cannot be determined.
pub(super) fn condition(wide: &Node, narrow: &Node) -> Option<bool> {
    match (wide, narrow) {
        _ if wide == narrow => Some(true),
        (Node::Null, _) => Some(true),
        (_, Node::Null) => Some(false),
        // All conditions of a statement must match, so more conditions, or fewer values of one, are narrower.
        (Node::Map(wide), Node::Map(narrow)) => {
            for (operator, keys) in wide {
                let (Node::Map(keys), Some((same, Node::Map(others)))) = (keys, counterpart(operator, narrow)) else {
                    return None;
                };
                for (key, values) in keys {
                    // Names of condition keys are the same in any case.
                    let other = others.iter().find(|(other, _)| other.eq_ignore_ascii_case(key));
                    let (Node::Set(values), Some((_, Node::Set(fewer)))) = (values, other) else { return None };
                    let covered = values == fewer
                        || (is_a_choice(same) && fewer.iter().all(|one| values.iter().any(|of| value(same, of, one))))
                        || (is_an_exclusion(same)
                            && values.iter().all(|out| fewer.iter().any(|of| value(same, of, out))));
                    if !covered {
                        return None;
                    }
                }
            }
            Some(true)
        }
        _ => None,
    }
}

/// Returns the operator that must match wherever a wider one does, with its keys: the same, one that ignores a missing key, or
/// one without wildcards.
fn counterpart<'a>(operator: &'a str, narrow: &'a BTreeMap<String, Node>) -> Option<(&'a str, &'a Node)> {
    let strict = operator.strip_suffix("IfExists").unwrap_or(operator);
    let literal = if strict == "StringLike" { "StringEquals" } else { strict };
    [operator, strict, literal].into_iter().find_map(|name| Some((strict, narrow.get(name)?)))
}

/// Whether a value of a condition matches whatever another one does.
fn value(operator: &str, wide: &Node, narrow: &Node) -> bool {
    match (wide, narrow) {
        (Node::Text(wide), Node::Text(narrow)) if operator.ends_with("Like") => word(wide, narrow, false),
        (Node::Text(wide), Node::Text(narrow)) if operator.ends_with("IpAddress") => {
            wide == narrow || address::is_inside(narrow, wide)
        }
        _ => wide == narrow,
    }
}

/// Whether one matching value is enough, so that fewer values match less.
fn is_a_choice(operator: &str) -> bool {
    ["StringEquals", "StringLike", "StringEqualsIgnoreCase", "ArnEquals", "ArnLike", "IpAddress"].contains(&operator)
}

/// Whether no value may match, so that more values match less.
fn is_an_exclusion(operator: &str) -> bool {
    let known =
        ["StringNotEquals", "StringNotLike", "StringNotEqualsIgnoreCase", "ArnNotEquals", "ArnNotLike", "NotIpAddress"];
    known.contains(&operator)
}

/// Whether the template conditions `wide` are true whenever `narrow` are.
pub(super) fn guards(wide: &Guards, narrow: &Guards) -> bool {
    wide.is_subset(narrow)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::template::normal::policy;
    use crate::template::statement::Statement;

    #[test]
    fn words() {
        for (wide, narrow, want) in [
            ("*", "s3:GetObject", true),
            ("s3:Get*", "s3:GetObject", true),
            ("s3:Get*", "s3:Get*", true),
            ("s3:Get*", "s3:*", false),
            ("s3:G*t*", "s3:GetObject*", true),
            ("s3:?et*", "s3:GetObject", true),
            ("a?", "a*", false),
            ("s3:getobject", "s3:GetObject", true),
            ("s3:GetObject", "s3:GetObjects", false),
            ("arn:*:x", "arn:${AWS::Partition}:x", true),
            ("", "", true),
            ("a*, b", "ax, c, b", false),
            ("*", "a, b", true),
            ("**", "", true),
        ] {
            assert_eq!(word(wide, narrow, true), want, "{wide} {narrow}");
        }
        assert!(!word("A", "a", false));
        // Each `a` of the text may begin the rest of the pattern.
        let (pattern, text) = (format!("*{}b", "a".repeat(1_000)), format!("{}b", "a".repeat(100_000)));
        assert!(!word(&pattern, &text, false) && word("*ab", &text, false));
    }

    fn statement(value: &Value) -> Statement {
        policy::statements(value).into_iter().next().unwrap()
    }

    #[test]
    fn exceptions() {
        let actions =
            |key: &str, words: Value| statement(&json!({"Effect": "Allow", key: words, "Resource": "*"})).action;
        let but = |words: Value| actions("NotAction", words);
        let one = |word: &str| actions("Action", json!(word));
        for (wide, narrow, want) in [
            (but(json!(["iam:*"])), one("s3:GetObject"), Some(true)),
            (but(json!(["iam:*"])), one("iam:PassRole"), Some(false)),
            (but(json!(["iam:PassRole"])), one("iam:*"), None),
            (one("*"), but(json!(["iam:*"])), Some(true)),
            (one("s3:*"), but(json!(["iam:*"])), Some(false)),
            (but(json!(["iam:PassRole"])), but(json!(["iam:*"])), Some(true)),
            (but(json!(["iam:*", "s3:*"])), but(json!(["iam:*"])), None),
        ] {
            assert_eq!(term(&wide, &narrow, true), want, "{wide:?} {narrow:?}");
        }
    }

    #[test]
    fn conditions() {
        let of = |condition: Value| {
            statement(&json!({"Effect": "Allow", "Action": "a:B", "Resource": "*", "Condition": condition})).condition
        };
        let none = of(json!({}));
        let one = of(json!({"StringEquals": {"k": "a"}}));
        let two = of(json!({"StringEquals": {"k": ["a", "b"]}}));
        let more = of(json!({"StringEquals": {"k": "a"}, "Bool": {"s": "true"}}));
        let not = |values: Value| of(json!({"StringNotEquals": {"k": values}}));
        let from = |values: Value| of(json!({"IpAddress": {"aws:SourceIp": values}}));
        let but_from = |values: Value| of(json!({"NotIpAddress": {"aws:SourceIp": values}}));
        for (wide, narrow, want) in [
            (&none, &one, Some(true)),
            (&one, &none, Some(false)),
            (&two, &one, Some(true)),
            (&one, &two, None),
            (&one, &more, Some(true)),
            (&more, &one, None),
            (&not(json!(["a", "b"])), &not(json!("a")), None),
            (&not(json!("a")), &not(json!(["a", "b"])), Some(true)),
            (&from(json!("10.0.0.0/8")), &from(json!(["10.1.0.0/16", "10.2.0.1"])), Some(true)),
            (&from(json!("10.1.0.0/16")), &from(json!("10.0.0.0/8")), None),
            (&from(json!(["10.0.0.0/8", "2001:db8::/32"])), &from(json!("2001:db8:1::/48")), Some(true)),
            (&but_from(json!("10.1.0.0/16")), &but_from(json!("10.0.0.0/8")), Some(true)),
            (&but_from(json!("10.0.0.0/8")), &but_from(json!("10.1.0.0/16")), None),
            (&of(json!({"StringNotLike": {"k": "a"}})), &of(json!({"StringNotLike": {"k": "a*"}})), Some(true)),
        ] {
            assert_eq!(condition(wide, narrow), want, "{wide:?} {narrow:?}");
        }
    }
}
