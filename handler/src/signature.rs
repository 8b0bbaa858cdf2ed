//! Port's signature of a message (Port's agent, `sign_sha_256`): it is inside the JSON and covers the JSON without it.
//!
//! The message is not parsed and serialised again, because that would change how numbers are written: members are cut
//! out of the text, white space between tokens is dropped, and strings are written as `JSON.stringify` writes them.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use model::json::members::{Member, Members};
use model::json::{literal, tolerant};
use model::plan::Signatures;
use sha2::Sha256;

/// Why a message is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The message is not signed, and it must be.
    #[error("the message is not signed, but the plan requires a signature")]
    Missing,
    /// It was not made with this secret for this message.
    #[error("the message's signature is wrong")]
    Wrong,
    /// It is correct, but too far from the record's time.
    #[error("the message was not signed at the time when it was published")]
    Replayed,
}

/// Checks the signature of `message`, the record's text as it was delivered.
///
/// `published` is the record's own time in milliseconds. The signature may be up to `window` seconds older or newer
/// than that, no matter how late the record is read. If the record has no time, the times are not compared.
///
/// # Errors
/// When the message must be rejected.
pub fn check(
    message: &str,
    secret: &[u8],
    mode: Signatures,
    window: u32,
    published: Option<i64>,
) -> Result<(), SignatureError> {
    if mode == Signatures::Off {
        return Ok(());
    }
    let Some(signed) = Signed::cut(message) else {
        return if mode == Signatures::Required { Err(SignatureError::Missing) } else { Ok(()) };
    };
    let mac =
        signed.signature.strip_prefix("v1,").and_then(|mac| STANDARD.decode(mac).ok()).ok_or(SignatureError::Wrong)?;
    let mut hmac = Hmac::<Sha256>::new_from_slice(secret).map_err(|_| SignatureError::Wrong)?;
    hmac.update(signed.timestamp.as_bytes());
    hmac.update(b".");
    hmac.update(signed.text.as_bytes());
    // Constant time.
    hmac.verify_slice(&mac).map_err(|_| SignatureError::Wrong)?;
    let seconds: i64 = signed.timestamp.parse().map_err(|_| SignatureError::Wrong)?;
    match published {
        Some(published) if (published / 1000).abs_diff(seconds) > u64::from(window) => Err(SignatureError::Replayed),
        _ => Ok(()),
    }
}

/// A message and its signature, taken apart.
#[derive(Default)]
struct Signed {
    signature: String,
    timestamp: String,
    text: String,
}

const SIGNATURE: &str = "X-Port-Signature";
const TIMESTAMP: &str = "X-Port-Timestamp";

impl Signed {
    /// Returns `None` for an unsigned message. The text need not be JSON.
    fn cut(message: &str) -> Option<Self> {
        let message = tolerant::body(message);
        let mut root = Members::of(message)?;
        let headers = root.by_ref().filter(|member| member.key == "headers").last().map(|member| member.value);
        let is = |header: &Member<'_>, name: &str| header.key.eq_ignore_ascii_case(name);
        let header = |name| Members::of(headers?)?.filter(|header| is(header, name)).last().map(|header| header.value);
        let Some(signature) = header(SIGNATURE).filter(|signature| *signature != "null") else {
            // Behind a broken quote or bracket, a signature cannot be found, but there may be one, and it is wrong.
            return (!root.end_of_text() && message.to_ascii_lowercase().contains(&SIGNATURE.to_ascii_lowercase()))
                .then(Self::default);
        };
        let headers = headers.unwrap_or_default();
        let signature = literal::read(signature).map_or_else(|_| String::new(), Cow::into_owned);
        // A number, or a number in a string.
        let timestamp = header(TIMESTAMP).unwrap_or_default().trim().trim_matches('"').to_owned();
        let without_headers = is_gitlab(message);
        let mut text = String::with_capacity(message.len());
        text.push('{');
        for member in Members::of(message).into_iter().flatten() {
            if member.key != "headers" {
                write(&mut text, member.literal, |text| compact(member.value, text));
            } else if !without_headers {
                write(&mut text, member.literal, |text| {
                    text.push('{');
                    let kept = Members::of(headers).into_iter().flatten();
                    for header in kept.filter(|header| !is(header, SIGNATURE) && !is(header, TIMESTAMP)) {
                        write(text, header.literal, |text| compact(header.value, text));
                    }
                    text.push('}');
                });
            }
        }
        if root.end_of_text() {
            text.push('}');
        }
        Some(Self { signature, timestamp, text })
    }
}

/// Returns whether the run is for GitLab: Port signs those without any `headers`.
fn is_gitlab(message: &str) -> bool {
    let method = ["payload", "action", "invocationMethod", "type"]
        .into_iter()
        .try_fold(message, |text, key| Some(Members::of(text)?.last(key)?.value));
    method == Some("\"GITLAB\"")
}

/// Writes a member of an object.
fn write(text: &mut String, key: &str, value: impl FnOnce(&mut String)) {
    if !text.ends_with('{') {
        text.push(',');
    }
    literal::stringify(key, text);
    text.push(':');
    value(text);
}

/// Writes JSON without white space and with strings as `JSON.stringify` writes them.
fn compact(json: &str, out: &mut String) {
    let mut rest = json;
    while let Some(at) = rest.find(['"', ' ', '\t', '\n', '\r']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        rest = match literal::end(from) {
            Some(end) => {
                let (string, after) = from.split_at(end);
                literal::stringify(string, out);
                after
            }
            None => from.get(1..).unwrap_or_default(),
        };
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"test";
    const AT: i64 = 1_713_277_889_000;

    fn sign(text: &str) -> String {
        let mut hmac = Hmac::<Sha256>::new_from_slice(SECRET).unwrap();
        hmac.update(b"1713277889.");
        hmac.update(text.as_bytes());
        format!("v1,{}", STANDARD.encode(hmac.finalize().into_bytes()))
    }

    /// Returns `message` with the signature of `signed` in place of `SIG`.
    fn signed(message: &str, signed: &str) -> String {
        message.replace("SIG", &sign(signed))
    }

    fn required(message: &str) -> Result<(), SignatureError> {
        check(message, SECRET, Signatures::Required, 300, Some(AT))
    }

    #[test]
    fn the_signed_text_is_the_message_without_its_signature() {
        for (message, text) in [
            (
                r#"{"a":1,"headers":{"X-Port-Signature":"SIG","X-Port-Timestamp":1713277889}}"#,
                r#"{"a":1,"headers":{}}"#,
            ),
            (
                r#"{"headers":{"X-Port-Timestamp":"1713277889","Accept":"x","X-Port-Signature":"SIG"},"a":1}"#,
                r#"{"headers":{"Accept":"x"},"a":1}"#,
            ),
            (
                " { \"z\" : [ 1e-07 , 1.0 , 12345678901234567890 ] ,\n\"a\":{ } , \"headers\" : {\"X-Port-Signature\":\"SIG\",\"X-Port-Timestamp\":1713277889} } ",
                r#"{"z":[1e-07,1.0,12345678901234567890],"a":{},"headers":{}}"#,
            ),
            (
                r#"{"t":"Gr\u00f6\u00dfe \/ \"q\" \\ \t 🚀 { } , : ","headers":{"X-Port-Signature":"SIG","X-Port-Timestamp":1713277889}}"#,
                "{\"t\":\"Größe / \\\"q\\\" \\\\ \\t 🚀 { } , : \",\"headers\":{}}",
            ),
            (
                r#"{"payload":{"action":{"invocationMethod":{"type":"GITLAB"}}},"headers":{"X-Port-Signature":"SIG","X-Port-Timestamp":1713277889}}"#,
                r#"{"payload":{"action":{"invocationMethod":{"type":"GITLAB"}}}}"#,
            ),
        ] {
            assert_eq!(required(&signed(message, text)), Ok(()), "{message}");
            assert_eq!(required(&signed(message, &(text.to_owned() + " "))), Err(SignatureError::Wrong), "{message}");
        }
    }

    /// Computed by another program: HMAC-SHA256 of `1713277889.{"a":1,"headers":{}}` under `test`.
    #[test]
    fn a_signature_from_another_program_is_accepted() {
        let message = r#"{"a":1,"headers":{"X-Port-Signature":"v1,VECTOR","X-Port-Timestamp":1713277889}}"#;
        assert_eq!(required(&message.replace("VECTOR", "whdKT4+0vRT4O7XNdQVpZKFsAKiHmoYmtTZXJmMYgVo=")), Ok(()));
    }

    #[test]
    fn each_mode_accepts_unsigned_or_wrong_messages_as_documented() {
        let unsigned = r#"{"a":1}"#;
        let wrong = r#"{"a":1,"headers":{"X-Port-Signature":"v1,AAAA","X-Port-Timestamp":1713277889}}"#;
        for (mode, of_unsigned, of_wrong) in [
            (Signatures::Off, Ok(()), Ok(())),
            (Signatures::IfPresent, Ok(()), Err(SignatureError::Wrong)),
            (Signatures::Required, Err(SignatureError::Missing), Err(SignatureError::Wrong)),
        ] {
            assert_eq!(check(unsigned, SECRET, mode, 300, None), of_unsigned, "{mode:?}");
            assert_eq!(check(wrong, SECRET, mode, 300, None), of_wrong, "{mode:?}");
        }
    }

    #[test]
    fn a_signature_is_valid_only_near_its_time() {
        let message = signed(
            r#"{"a":1,"headers":{"X-Port-Signature":"SIG","X-Port-Timestamp":1713277889}}"#,
            r#"{"a":1,"headers":{}}"#,
        );
        for (published, want) in [
            (Some(AT), Ok(())),
            (Some(AT + 300_000), Ok(())),
            (Some(AT - 300_000), Ok(())),
            (Some(AT + 301_000), Err(SignatureError::Replayed)),
            (Some(i64::MAX), Err(SignatureError::Replayed)),
            (Some(i64::MIN), Err(SignatureError::Replayed)),
            (None, Ok(())),
        ] {
            assert_eq!(check(&message, SECRET, Signatures::Required, 300, published), want, "{published:?}");
        }
    }

    #[test]
    fn hostile_headers_are_wrong_or_missing() {
        for (headers, want) in [
            (r#"{"X-Port-Signature":7,"X-Port-Timestamp":1}"#, SignatureError::Wrong),
            (r#"{"X-Port-Signature":null,"X-Port-Timestamp":1}"#, SignatureError::Missing),
            (r#"{"X-Port-Signature":"v1,AAAA"}"#, SignatureError::Wrong),
            (r#"{"x-port-signature":"v1,AAAA","X-Port-Timestamp":1}"#, SignatureError::Wrong),
            (r#"{"X-Port-Signature":"v2,AAAA","X-Port-Timestamp":1}"#, SignatureError::Wrong),
            (r#"{"X-Port-Signature":"v1,not base64","X-Port-Timestamp":1}"#, SignatureError::Wrong),
            (r#"{"X-Port-Signature":"v1,AAAA","X-Port-Timestamp":{"a":1}}"#, SignatureError::Wrong),
            ("[]", SignatureError::Missing),
            ("null", SignatureError::Missing),
        ] {
            assert_eq!(required(&format!(r#"{{"a":1,"headers":{headers}}}"#)), Err(want), "{headers}");
        }
    }

    #[test]
    fn a_shortened_signature_is_wrong() {
        let text = r#"{"a":1,"headers":{}}"#;
        let mac = STANDARD.decode(sign(text).trim_start_matches("v1,")).unwrap();
        for (length, want) in [
            (32, Ok(())),
            (31, Err(SignatureError::Wrong)),
            (16, Err(SignatureError::Wrong)),
            (1, Err(SignatureError::Wrong)),
            (0, Err(SignatureError::Wrong)),
        ] {
            let signature = format!("v1,{}", STANDARD.encode(&mac[..length]));
            let message =
                format!(r#"{{"a":1,"headers":{{"X-Port-Signature":"{signature}","X-Port-Timestamp":1713277889}}}}"#);
            assert_eq!(required(&message), want, "{length}");
        }
    }

    /// `JSON.parse` takes the last of several members with one key.
    #[test]
    fn the_last_headers_count() {
        let headers = r#"{"X-Port-Signature":"SIG","X-Port-Timestamp":1713277889}"#;
        let last = format!(r#"{{"headers":{{"b":1}},"a":1,"headers":{headers}}}"#);
        assert_eq!(required(&signed(&last, r#"{"headers":{},"a":1,"headers":{}}"#)), Ok(()));
        let first = format!(r#"{{"headers":{headers},"a":1,"headers":{{"b":1}}}}"#);
        assert_eq!(required(&signed(&first, r#"{"headers":{},"a":1,"headers":{}}"#)), Err(SignatureError::Missing));
        let twice = r#"{"a":1,"headers":{"X-Port-Signature":"v1,AAAA","X-Port-Timestamp":1,"X-Port-Timestamp":1713277889,"X-Port-Signature":"SIG"}}"#;
        assert_eq!(required(&signed(twice, r#"{"a":1,"headers":{}}"#)), Ok(()));
    }

    /// Port signs what `JSON.stringify` writes, which keeps half a surrogate pair as an escape.
    #[test]
    fn half_a_surrogate_pair_is_signed_as_it_is_written() {
        let message = "\u{feff}{\"t\\ud83d\":\"\\uD83D\\u00fc\",\"headers\":{\"X-Port-Signature\":\"SIG\",\"X-Port-Timestamp\":1713277889}}\0";
        let text = "{\"t\\ud83d\":\"\\ud83dü\",\"headers\":{}}";
        assert_eq!(required(&signed(message, text)), Ok(()));
    }

    /// A signature behind the damage cannot be found, and does not hold; one that is certainly not there is missing.
    #[test]
    fn a_damaged_message_has_no_correct_signature() {
        let headers = r#""headers":{"X-Port-Signature":"SIG","X-Port-Timestamp":1713277889}"#;
        for (message, want) in [
            (format!(r#"{{"a":1,{headers}}}x"#), Err(SignatureError::Wrong)),
            (format!(r#"{{"a":1,{headers}"#), Err(SignatureError::Wrong)),
            (format!(r#"{{"a":1,{headers},"b":"#), Err(SignatureError::Wrong)),
            (format!(r#"{{"a":"x"y",{headers}}}"#), Err(SignatureError::Wrong)),
            (r#"{"a":1,"headers":{"X-Port-Signature":"v1,ab"#.to_owned(), Err(SignatureError::Wrong)),
            (r#"{"a":"X-Port-Signature"}"#.to_owned(), Ok(())),
            (r#"{"a":1,"#.to_owned(), Ok(())),
        ] {
            let message = signed(&message, r#"{"a":1,"headers":{}}"#);
            assert_eq!(check(&message, SECRET, Signatures::IfPresent, 300, Some(AT)), want, "{message}");
        }
    }

    proptest::proptest! {
        /// Any text can be checked, and no guessed signature is accepted.
        #[test]
        fn any_text_is_checked(text in ".{0,200}", headers in r#"[{}\[\]",:a-zX0-9 -]{0,80}"#) {
            let message = format!(r#"{{"t":{},"headers":{headers}}}"#, serde_json::Value::from(text.as_str()));
            proptest::prop_assert!(required(&text).is_err());
            proptest::prop_assert!(required(&message).is_err());
        }

        /// White space in a message does not change its signature.
        #[test]
        fn white_space_is_not_signed(key in "[a-z]{1,5}", text in ".{0,40}", blank in "[ \t\n\r]{0,3}") {
            let text = serde_json::Value::from(text);
            let key = serde_json::Value::from(key);
            let wanted = format!(r#"{{{key}:{text},"headers":{{}}}}"#);
            let headers = r#"{"X-Port-Signature":"SIG","X-Port-Timestamp":1713277889}"#;
            let message = format!(r#"{blank}{{{key}{blank}:{text}{blank},{blank}"headers":{blank}{headers}}}{blank}"#);
            proptest::prop_assert_eq!(required(&signed(&message, &wanted)), Ok(()));
        }
    }
}
