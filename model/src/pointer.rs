//! JSON Pointers (RFC 6901): the path to a value inside a document.

/// Returns the pointer to `token` below `pointer`.
pub fn below(pointer: &str, token: &str) -> String {
    let mut below = String::with_capacity(pointer.len() + 1 + token.len());
    below.push_str(pointer);
    below.push('/');
    for letter in token.chars() {
        match letter {
            '~' => below.push_str("~0"),
            '/' => below.push_str("~1"),
            other => below.push(other),
        }
    }
    below
}

/// Returns the tokens of `pointer`, starting at the root. The pointer to the whole document has none.
pub fn tokens(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(|token| token.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_escaped_and_unescaped() {
        let want = ["a/b", "~1", "", "ü"];
        let pointer = want.iter().fold(String::new(), |pointer, token| below(&pointer, token));
        assert_eq!(pointer, "/a~1b/~01//ü");
        assert_eq!(tokens(&pointer).collect::<Vec<_>>(), want);
        assert_eq!(tokens("").count(), 0);
    }
}
