//! The outline of an answer that is too long to be kept: what a run needs of an answer is short and near its root, however
//! large the rest is.

/// Makes an outline piece by piece: the members of the root, and those of the objects in it, without anything that is in
/// them in turn, without arrays, and without long texts. What is left out is `null`.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    text: Vec<u8>,
    /// The brackets that are open.
    depth: usize,
    /// The depth at which something that is left out began.
    omitted_at: Option<usize>,
    string: Option<InString>,
}

#[derive(Debug, Default)]
struct InString {
    /// Where it begins in the outline; `None` if it is left out.
    start: Option<usize>,
    is_escaped: bool,
}

/// The longest string that is kept, in bytes as it is written. Identifiers and statuses are much shorter.
const LONGEST_STRING: usize = 4096;

/// The longest outline, in bytes. What comes after that counts as unfinished.
const LONGEST: usize = 64 * 1024;

impl Outline {
    /// Takes the next piece of an answer.
    pub(crate) fn take(&mut self, mut piece: &[u8]) {
        while let Some((byte, rest)) = piece.split_first() {
            piece = rest;
            match &self.string {
                None => self.outside(*byte),
                Some(InString { start: None, is_escaped: false }) if !matches!(byte, b'"' | b'\\') => {
                    // Most of a long answer: a text that is left out.
                    let end = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
                    piece = rest.get(end..).unwrap_or_default();
                }
                Some(_) => self.within_string(*byte),
            }
        }
    }

    /// Returns the outline as JSON, if the answer was JSON. If only its beginning was taken, what is unfinished is left out.
    pub(crate) fn text(&self) -> Vec<u8> {
        let (mut end, mut open) = (0, Vec::new());
        let (mut is_string, mut is_escaped) = (false, false);
        for (at, byte) in self.text.iter().enumerate() {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'"' => is_string = !is_string,
                _ if is_string => {}
                b'{' | b'[' => {
                    open.push(if *byte == b'{' { b'}' } else { b']' });
                    end = at + 1;
                }
                b'}' | b']' => {
                    open.pop();
                    end = at + 1;
                }
                b',' => end = at,
                _ => {}
            }
        }
        if open.is_empty() {
            return self.text.clone();
        }
        let finished = self.text.get(..end).unwrap_or_default();
        finished.iter().copied().chain(open.into_iter().rev()).collect()
    }

    fn within_string(&mut self, byte: u8) {
        let Some(string) = &mut self.string else { return };
        if let Some(start) = string.start {
            self.text.push(byte);
            if self.text.len() - start > LONGEST_STRING {
                self.text.truncate(start);
                self.text.extend(b"null");
                string.start = None;
            }
        }
        match byte {
            _ if string.is_escaped => string.is_escaped = false,
            b'\\' => string.is_escaped = true,
            b'"' => self.string = None,
            _ => {}
        }
    }

    fn outside(&mut self, byte: u8) {
        match byte {
            b'"' => {
                let start = self.is_kept().then_some(self.text.len());
                self.keep(byte);
                self.string = Some(InString { start, is_escaped: false });
            }
            b'{' | b'[' => {
                // The root and the objects in it.
                let is_near = self.depth == 0 || (self.depth == 1 && byte == b'{');
                if is_near {
                    self.keep(byte);
                } else if self.is_kept() {
                    self.text.extend(b"null");
                    self.omitted_at = Some(self.depth);
                }
                self.depth += 1;
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if self.omitted_at == Some(self.depth) {
                    self.omitted_at = None;
                } else {
                    self.keep(byte);
                }
            }
            b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => self.keep(byte),
        }
    }

    fn is_kept(&self) -> bool {
        self.omitted_at.is_none() && self.text.len() < LONGEST
    }

    fn keep(&mut self, byte: u8) {
        if self.is_kept() {
            self.text.push(byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn outline(text: &str, piece: usize) -> String {
        let mut outline = Outline::default();
        text.as_bytes().chunks(piece).for_each(|piece| outline.take(piece));
        String::from_utf8(outline.text()).unwrap()
    }

    #[test]
    fn what_is_short_and_near_the_root_is_kept() {
        let long = "a\\\"".repeat(2000);
        for (text, want) in [
            (
                r#"{"ok":true,"run":{"id":"r","status":"SUCCESS"}}"#,
                r#"{"ok":true,"run":{"id":"r","status":"SUCCESS"}}"#,
            ),
            (
                "{ \"run\" : { \"properties\" : { \"a\" : [ { } ] } , \"id\" : \"r }]\" } , \"ok\" : true }",
                r#"{"run":{"properties":null,"id":"r }]"},"ok":true}"#,
            ),
            (
                r#"{"list":[{"a":1},[2]],"n":-1.5e9,"x":{"y":[1,"]"],"z":{"}":"{"}}}"#,
                r#"{"list":null,"n":-1.5e9,"x":{"y":null,"z":null}}"#,
            ),
            (
                &format!(r#"{{"message":"{long}","ok":false,"e":{{"f":"{long}","g":1}}}}"#),
                r#"{"message":null,"ok":false,"e":{"f":null,"g":1}}"#,
            ),
            // A list, and what is not JSON.
            (r#"[{"a":1},"b"]"#, r#"[{"a":1},"b"]"#),
            (r#"{"ok":true}<html>"#, r#"{"ok":true}<html>"#),
            (r#"{"ok":true}}"#, r#"{"ok":true}}"#),
            ("<html>", "<html>"),
            // The beginning of an answer.
            (r#"{"ok":true,"a":1"#, r#"{"ok":true}"#),
            (r#"{"ok":true,"run":{"id":"r","status":"SUCC"#, r#"{"ok":true,"run":{"id":"r"}}"#),
            (r#"{"ok":true,"run":{"id":"r,}","a":[1,{"#, r#"{"ok":true,"run":{"id":"r,}"}}"#),
            (r#"{"ok":true,"run":{"a":[1],"#, r#"{"ok":true,"run":{"a":null}}"#),
        ] {
            for piece in [1, 7, 100_000] {
                assert_eq!(outline(text, piece), want, "{piece}");
            }
        }
    }

    #[test]
    fn the_outline_of_every_beginning_is_json() {
        let text = r#"{"ok":true,"run":{"id":"r\"}","of":{"a":[1,{}]},"status":"SUCCESS"},"list":[{}],"n":1}"#;
        for end in 1..=text.len() {
            let outline = outline(&text[..end], 100);
            assert!(serde_json::from_str::<Value>(&outline).is_ok_and(|value| value.is_object()), "{end}: {outline}");
        }
    }

    #[test]
    fn an_outline_is_short() {
        let members: serde_json::Map<String, Value> = (0..100_000).map(|n| (n.to_string(), json!("x"))).collect();
        let text = Value::from(members).to_string();
        assert!(outline(&text, 1000).len() <= LONGEST + LONGEST_STRING);
        assert!(outline(&format!("{{\"a\":{}", "[".repeat(1_000_000)), 1000).len() < 20);
    }

    proptest::proptest! {
        /// An outline is JSON, and what it has is what the answer has.
        #[test]
        fn an_outline_only_omits(
            names in proptest::collection::vec(".{0,8}", 1..6),
            texts in proptest::collection::vec(".{0,8}", 6),
            piece in 1_usize..40,
            cut in 1_usize..400,
        ) {
            let inner: serde_json::Map<String, Value> =
                names.iter().cloned().zip(texts.iter().map(|text| json!(text))).collect();
            let mut root = inner.clone();
            root.insert("deep".to_owned(), json!({"list": [inner], "object": inner, "number": 1}));
            let root = Value::from(root);
            let root_text = root.to_string();
            let read: Value = serde_json::from_str(&outline(&root_text, piece)).unwrap();
            let mut want = root;
            want["deep"]["list"] = Value::Null;
            want["deep"]["object"] = Value::Null;
            proptest::prop_assert_eq!(&read, &want);
            // So is the outline of its beginning.
            let text: String = root_text.chars().take(cut).collect();
            let read: Value = serde_json::from_str(&outline(&text, piece)).unwrap();
            for (name, value) in read.as_object().unwrap() {
                proptest::prop_assert!(value == &want[name] || value.is_object() && want[name].is_object());
            }
        }
    }
}
