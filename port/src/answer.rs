//! Whose word an answer is. This is the only place that decides it, and it goes by the JSON body: a load balancer, an
//! ingress, a firewall or a captive page on the way can send any status, and its page must not decide about a run.
//!
//! Port's API reference describes its answers: `{"ok": true, …}` with what was asked for, or `{"ok": false,
//! "error": "…"}` with a 4xx or 5xx. Everything else is an outage.

use std::borrow::Cow;

use model::json::literal;
use reqwest::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::failure::Cause;
use crate::http;
use crate::outline::Outline;

/// What Port answers to a call that it carried out.
pub(crate) trait Answer: DeserializeOwned + Send {
    /// The longest body that is kept, in bytes. A run needs only small answers.
    const LONGEST: usize = 1024 * 1024;
    /// Whether Port always says `"ok": true` with it.
    const SAYS_OK: bool = true;

    /// Returns whether it is about the thing with this identifier, as far as it says so.
    fn is_about(&self, _identifier: &str) -> bool {
        true
    }

    /// Returns what is left of an answer that was longer than [`Self::LONGEST`], and of which this is the outline. `None`
    /// if that is of no use.
    fn of_outline(self) -> Option<Self> {
        Some(self)
    }
}

/// The limit for lists of documents, which only `synth` reads.
pub(crate) const LONGEST_LIST: usize = 64 * 1024 * 1024;

/// The answer to a call of which nothing more is needed.
#[derive(Deserialize)]
pub(crate) struct Done {}

impl Answer for Done {}

/// The answer that is `{"ok": true}` and nothing else. To be asked for where Port documents no more, and where asking again
/// does no harm: what says more may be about something else.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnlyOk {
    #[serde(rename = "ok")]
    _ok: bool,
}

impl Answer for OnlyOk {
    /// What is long says more.
    fn of_outline(self) -> Option<Self> {
        None
    }
}

/// What an answer says.
pub(crate) enum Word {
    /// Port carried out the call.
    Done,
    /// Port did not carry out the call: its short code, and its message, which is empty if it gave none.
    Refused { error: String, message: String },
    /// Somebody else's answer, or none that can be used.
    Foreign(Cause),
}

/// What is expected of the answer to one call, and then what it was. Calls share their code by it, whatever they expect: each
/// copy of it would be 20 KB of the function.
pub(crate) trait Expected: Send {
    /// Returns [`Answer::LONGEST`].
    fn longest(&self) -> usize;

    /// Returns what a body says, which may be the outline of a longer one. If Port carried out the call, the answer is kept.
    fn judge(&mut self, status: u16, body: &[u8], is_outline: bool) -> Word;
}

/// An answer of this type is expected.
pub(crate) struct Expecting<'a, T> {
    /// The identifier of what the call is about, if the answer has to repeat it.
    about: Option<&'a str>,
    answer: Option<T>,
}

impl<'a, T> Expecting<'a, T> {
    pub(crate) fn new(about: Option<&'a str>) -> Self {
        Self { about, answer: None }
    }

    /// Returns the answer. It is there once a body was judged to be [`Word::Done`].
    pub(crate) fn into_answer(self) -> Option<T> {
        self.answer
    }
}

impl<T: Answer> Expected for Expecting<'_, T> {
    fn longest(&self) -> usize {
        T::LONGEST
    }

    fn judge(&mut self, status: u16, body: &[u8], is_outline: bool) -> Word {
        let body = &*String::from_utf8_lossy(body);
        match status {
            // Those that Port's API reference names; no other 2xx, such as 206, is Port's.
            200..=202 | 207 => match done::<T>(body, self.about) {
                Some(answer) if is_outline => match answer.of_outline() {
                    Some(answer) => self.keep(answer),
                    None => Word::Foreign(Cause::TooLong { status }),
                },
                Some(answer) => self.keep(answer),
                None => Word::Foreign(Cause::Foreign { status }),
            },
            400..=599 => refused(body).unwrap_or(Word::Foreign(Cause::Foreign { status })),
            _ => Word::Foreign(Cause::Foreign { status }),
        }
    }
}

impl<T> Expecting<'_, T> {
    fn keep(&mut self, answer: T) -> Word {
        self.answer = Some(answer);
        Word::Done
    }
}

/// Returns Port's answer to a call that it carried out.
fn done<T: Answer>(body: &str, about: Option<&str>) -> Option<T> {
    let Sign { ok } = serde_json::from_str(body).ok()?;
    let answer: T = serde_json::from_str(body).ok()?;
    let says_ok = ok.unwrap_or(!T::SAYS_OK);
    (says_ok && about.is_none_or(|about| answer.is_about(about))).then_some(answer)
}

/// Returns Port's refusal.
fn refused(body: &str) -> Option<Word> {
    let ErrorBody { ok: false, error, message } = serde_json::from_str(body).ok()? else { return None };
    let error = text(error).filter(|error| !error.is_empty())?.into_owned();
    let message = message.map(|message| text(message).unwrap_or(Cow::Borrowed(message.get())));
    Some(Word::Refused { error, message: message.unwrap_or_default().into_owned() })
}

/// Reads the body of an answer and returns what it says.
pub(crate) async fn word(mut response: Response, expected: &mut dyn Expected) -> Word {
    let status = response.status().as_u16();
    match read(&mut response, expected.longest()).await {
        Ok(Body::Whole(body)) => expected.judge(status, &body, false),
        Ok(Body::Beginning(beginning)) => {
            judge_long(status, &beginning, response, expected).await.unwrap_or_else(Word::Foreign)
        }
        Err(cause) => Word::Foreign(cause),
    }
}

/// A body, or as much of it as is kept.
enum Body {
    Whole(Vec<u8>),
    Beginning(Vec<u8>),
}

/// Reads a body piece by piece. The length that the head announces is not trusted.
async fn read(response: &mut Response, longest: usize) -> Result<Body, Cause> {
    let mut body = Vec::new();
    while let Some(piece) = next(response).await? {
        body.extend_from_slice(piece.as_ref());
        if body.len() > longest {
            return Ok(Body::Beginning(body));
        }
    }
    Ok(Body::Whole(body))
}

async fn next(response: &mut Response) -> Result<Option<impl AsRef<[u8]>>, Cause> {
    response.chunk().await.map_err(|error| Cause::Transport(http::cause(&error)))
}

/// The longest answer of which an outline is made, in bytes.
const LONGEST_OUTLINED: usize = 4 * 1024 * 1024;

/// Returns what an answer says that is too long to be kept: its beginning, if that says enough, as Port's does, or else its
/// outline.
async fn judge_long(
    status: u16,
    beginning: &[u8],
    mut rest: Response,
    expected: &mut dyn Expected,
) -> Result<Word, Cause> {
    if beginning.trim_ascii_start().first() != Some(&b'{') {
        return Err(Cause::Foreign { status });
    }
    let mut outline = Outline::default();
    outline.take(beginning);
    let word = expected.judge(status, &outline.text(), true);
    if !matches!(word, Word::Foreign(_)) {
        return Ok(word);
    }
    let mut length = beginning.len();
    while let Some(piece) = next(&mut rest).await? {
        length += piece.as_ref().len();
        if length > LONGEST_OUTLINED {
            return Err(Cause::TooLong { status });
        }
        outline.take(piece.as_ref());
    }
    Ok(expected.judge(status, &outline.text(), true))
}

/// The member that every answer of Port has, except that of the token.
#[derive(Deserialize)]
struct Sign {
    ok: Option<bool>,
}

/// The body of Port's errors. `message` may be missing.
#[derive(Deserialize)]
struct ErrorBody<'a> {
    ok: bool,
    #[serde(borrow)]
    error: &'a RawValue,
    /// Kept as it is written: it may quote anything, even what cannot be read.
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

/// Returns what a text of Port's means; `None` if it is something else. Half a surrogate pair becomes U+FFFD.
pub(crate) fn text(value: &RawValue) -> Option<Cow<'_, str>> {
    literal::read(value.get()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Thing {
        thing: String,
    }

    impl Answer for Thing {
        fn is_about(&self, identifier: &str) -> bool {
            self.thing == identifier
        }
    }

    /// Returns whose word it is: what was asked for, a refusal, or somebody else's.
    fn whose(status: u16, body: &str) -> &'static str {
        match Expecting::<Thing>::new(Some("a")).judge(status, body.as_bytes(), false) {
            Word::Done => "done",
            Word::Refused { .. } => "refused",
            Word::Foreign(cause) => {
                assert_eq!(cause, Cause::Foreign { status });
                "foreign"
            }
        }
    }

    #[test]
    fn only_ports_json_is_ports_word() {
        let done = r#"{"ok":true,"thing":"a","more":[1]}"#;
        let refused = r#"{"ok":false,"error":"not_found"}"#;
        // Kong, Amazon API Gateway, Cloudflare, Kubernetes, a page, and bodies that only look like Port's.
        let foreign = [
            "",
            "<html><h1>404 Not Found</h1></html>",
            "null",
            "[]",
            "{}",
            "\"not found\"",
            r#"{"message":"no Route matched with those values"}"#,
            r#"{"message":"Forbidden"}"#,
            r#"{"success":false,"errors":[{"code":7003}],"messages":[],"result":null}"#,
            r#"{"kind":"Status","status":"Failure","reason":"NotFound","code":404}"#,
            r#"{"error":"not_found","message":"nothing here"}"#,
            r#"{"ok":false}"#,
            r#"{"ok":false,"error":""}"#,
            r#"{"ok":false,"error":{"code":1}}"#,
            r#"{"ok":"false","error":"not_found"}"#,
            r#"{"ok":true,"error":"not_found"}"#,
            r#"{"ok":true}"#,
            r#"{"ok":true,"thing":7}"#,
            r#"{"ok":true,"thing":"b"}"#,
            r#"{"thing":"a"}"#,
            r#"{"ok":true,"thing":"a""#,
        ];
        for status in [200, 201, 202, 207] {
            assert_eq!(whose(status, done), "done", "{status}");
            assert_eq!(whose(status, refused), "foreign", "{status}");
            assert!(foreign.iter().all(|body| whose(status, body) == "foreign"), "{status}");
        }
        for status in [400, 401, 403, 404, 409, 413, 422, 429, 500, 503] {
            assert_eq!(whose(status, refused), "refused", "{status}");
            assert_eq!(whose(status, done), "foreign", "{status}");
            assert!(foreign.iter().all(|body| whose(status, body) == "foreign"), "{status}");
        }
        for status in [100, 204, 206, 299, 301, 302, 304, 307, 600, 999] {
            assert!(foreign.iter().chain([&refused]).all(|body| whose(status, body) == "foreign"), "{status}");
        }
        for status in [100, 204, 206, 299, 302, 304, 999] {
            assert_eq!(whose(status, done), "foreign", "{status}");
        }
    }

    #[test]
    fn an_answer_that_does_not_say_what_it_is_about_is_taken() {
        let judged = Expecting::<Done>::new(Some("a")).judge(200, br#"{"ok":true}"#, false);
        assert!(matches!(judged, Word::Done));
    }

    #[tokio::test]
    async fn an_answer_of_one_mebibyte_is_kept_whole() {
        for (length, whole) in [(1_048_575, true), (1_048_576, true), (1_048_577, false)] {
            let mut body = br#"{"ok":true}"#.to_vec();
            body.resize(length, b' ');
            let response = Response::from(::http::Response::new(body));
            let word = word(response, &mut Expecting::<OnlyOk>::new(None)).await;
            // The outline of an answer that has to be short is of no use.
            assert_eq!(matches!(word, Word::Done), whole, "{length}");
        }
    }

    #[test]
    fn messages_are_text_whatever_they_are() {
        for (message, want) in [
            (r#""a""#, "a"),
            ("null", ""),
            (r#"{"b":1}"#, r#"{"b":1}"#),
            // What it quotes need not be readable.
            (r#""half an emoji: \ud83d""#, "half an emoji: \u{fffd}"),
            (r#"{"b":[1e999,"\udc00"]}"#, r#"{"b":[1e999,"\udc00"]}"#),
        ] {
            let body = format!(r#"{{"ok":false,"error":"e","message":{message}}}"#);
            let judged = Expecting::<Done>::new(None).judge(422, body.as_bytes(), false);
            let Word::Refused { error, message } = judged else { panic!("{body}") };
            assert_eq!((error.as_str(), message.as_str()), ("e", want));
        }
    }
}
