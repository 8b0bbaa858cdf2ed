//! Finds the comments in a JSON text, independently of the code that edits them.

/// Returns all comments, sorted.
pub(crate) fn comments(text: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find(['"', '/']) {
        let here = &rest[at..];
        let length = if here.starts_with("//") {
            here.find(['\r', '\n']).unwrap_or(here.len())
        } else if here.starts_with("/*") {
            here.find("*/").unwrap() + 2
        } else if let Some(inside) = here.strip_prefix('"') {
            let mut escaped = false;
            let end = inside.find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            rest = &here[end.unwrap() + 2..];
            continue;
        } else {
            1
        };
        // The indentation of a comment with several lines may change.
        found.push(here[..length].lines().map(str::trim).collect::<Vec<_>>().join("\n"));
        rest = &here[length..];
    }
    found.sort();
    found
}

/// Returns the places where a comment is allowed: next to each punctuation mark outside of strings.
pub(crate) fn places(text: &str) -> Vec<usize> {
    let (mut places, mut inside, mut escaped) = (Vec::new(), false, false);
    for (at, c) in text.char_indices() {
        match c {
            '"' if !escaped => inside = !inside,
            '{' | '}' | '[' | ']' | ',' | ':' if !inside => places.extend([at, at + 1]),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    places.retain(|at| *at > 0);
    places.dedup();
    places
}
