//! The filters that a template can use: jq's own, without those that reach outside the message, and ours.

use std::fmt::Display;

use jaq_core::load;
use jaq_core::native::{Fun, bome, run, v};
use jaq_json::Val;

use super::{Data, bounded};
use crate::identifier;

/// Native filters that reach outside the message.
const REFUSED: [&str; 7] = ["now", "env", "halt", "localtime", "strflocaltime", "debug_empty", "stderr_empty"];
/// The ones among them that Port may use.
const CLOCK: [&str; 3] = ["now", "localtime", "strflocaltime"];
/// Definitions in jq's library that use them.
const REFUSED_DEFINITIONS: [&str; 4] = ["debug", "stderr", "halt", "halt_error"];

/// Returns whether a filter of jq reaches outside the message.
pub(super) fn is_refused(name: &str) -> bool {
    REFUSED.contains(&name) || REFUSED_DEFINITIONS.contains(&name)
}

/// Returns the names that a template can use as filters.
pub fn names() -> Vec<&'static str> {
    let definitions = definitions().map(|definition| definition.name);
    let functions = functions(false).map(|(name, ..)| name);
    let mut names: Vec<&str> = definitions.chain(functions).filter(|name| !name.starts_with('_')).collect();
    names.retain(|name| !bounded::is_refused(name));
    names.sort_unstable();
    names.dedup();
    names
}

pub(super) fn definitions() -> impl Iterator<Item = load::parse::Def<&'static str>> {
    jaq_core::defs()
        .chain(jaq_std::defs().flat_map(|def| if (def.name, def.args.len()) == ("sub", 3) { sub() } else { vec![def] }))
        .chain(jaq_json::defs())
        .filter(|def| !REFUSED_DEFINITIONS.contains(&def.name))
}

/// Returns jaq's `sub`, but adds up the parts of the text when all are there. While they are made, each sum so far is
/// kept: memory grows with the square of the text (1.9 GB for 40 000 letters).
fn sub() -> Vec<load::parse::Def<&'static str>> {
    const SUB: &str = r#"
        def sub(re; f; flags):
          def handle: if isarray then capture_of_match | f end;
          [split_matches(re; flags)[] | [handle]] as $parts |
          if all($parts[]; length == 1) then reduce $parts[][0] as $part (""; . + $part)
          else reduce split_matches(re; flags)[] as $part (""; . + ($part | handle)) end;"#;
    load::parse(SUB, |parser| parser.defs()).unwrap_or_default()
}

pub(super) fn functions(of_port: bool) -> impl Iterator<Item = Fun<Data>> {
    let slug = run::<Data>(("slug", v(0), |cv| bome(slug(cv.1))));
    let fromjson = run::<Data>(("fromjson", v(0), |cv| match &cv.1 {
        // Blank text has no value, which is not an error.
        Val::TStr(text) | Val::BStr(text) if text.trim_ascii().is_empty() => Box::new(std::iter::empty()),
        value => bome(read_json(value)),
    }));
    jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .filter(move |(name, ..)| !REFUSED.contains(name) || of_port && CLOCK.contains(name))
        .filter(|(name, ..)| *name != "fromjson")
        .chain([slug, fromjson])
}

/// Reads JSON in text, as jq does. jaq's reader calls itself for each level, and a text can have any number of them.
fn read_json(value: &Val) -> jaq_json::ValR {
    let (Val::TStr(text) | Val::BStr(text)) = value else {
        return Err(jaq_core::Error::str(format_args!("cannot use {value} as string")));
    };
    let fail = |why: &dyn Display| jaq_core::Error::str(format_args!("cannot parse {value} as JSON: {why}"));
    if levels(text) > MOST_LEVELS {
        return Err(fail(&"nested too deeply"));
    }
    jaq_json::read::parse_single(text).map_err(|error| fail(&error))
}

/// The most levels of JSON in a text, as in `serde_json`.
const MOST_LEVELS: usize = 128;

/// Returns how deep brackets are nested at most, outside strings and jaq's comments.
fn levels(text: &[u8]) -> usize {
    let (mut open, mut most): (usize, usize) = (0, 0);
    let (mut quoted, mut escaped, mut comment) = (false, false, false);
    for byte in text {
        match byte {
            b'\n' => comment = false,
            _ if comment => {}
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'#' => comment = true,
            b'[' | b'{' => open += 1,
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
        most = most.max(open);
    }
    most
}

/// Makes a slug of any scalar. Null stays null, so that `//` still works after it.
fn slug(value: Val) -> jaq_json::ValR {
    match value {
        Val::Null => Ok(Val::Null),
        Val::TStr(text) | Val::BStr(text) => Ok(Val::from(identifier::slug(&String::from_utf8_lossy(&text)))),
        Val::Bool(_) | Val::Num(_) => Ok(Val::from(identifier::slug(&value.to_string()))),
        Val::Arr(_) | Val::Obj(_) => Err(jaq_core::Error::str("`slug` needs text")),
    }
}
