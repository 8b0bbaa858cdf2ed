//! The filters that a template can use: jq's own, without those that reach outside the message, and ours.

use jaq_core::load;
use jaq_core::native::{Fun, bome, run, v};
use jaq_json::Val;
use serde_json::Value;

use super::value::from_json;
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
    let fromjson = run::<Data>(("fromjson", v(0), |cv| bome(read_json(&cv.1))));
    jaq_core::funs()
        .chain(jaq_std::funs())
        .chain(jaq_json::funs())
        .filter(move |(name, ..)| !REFUSED.contains(name) || of_port && CLOCK.contains(name))
        .filter(|(name, ..)| *name != "fromjson")
        .chain([slug, fromjson])
}

/// Reads JSON in text. jaq's own reader calls itself for each level, and a text can have any number of levels.
fn read_json(value: &Val) -> jaq_json::ValR {
    let (Val::TStr(text) | Val::BStr(text)) = value else {
        return Err(jaq_core::Error::str("`fromjson` needs text"));
    };
    let read = serde_json::from_slice(text).map(|value: Value| from_json(&value));
    read.map_err(|_| jaq_core::Error::str("the text is not JSON, or nested too deeply"))
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
