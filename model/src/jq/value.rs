//! jq's values, from JSON and back.

use jaq_json::Val;
use serde_json::Value;

/// What an expression sees as `.`: converted once, evaluated often.
#[derive(Clone, Debug)]
pub struct Context(pub(super) Val);

impl From<&Value> for Context {
    fn from(value: &Value) -> Self {
        Self(from_json(value))
    }
}

impl Context {
    /// Returns the same context with another value for one key of its root; the rest is shared.
    pub fn with(&self, key: &str, value: &Value) -> Self {
        let mut root = match &self.0 {
            Val::Obj(root) => (**root).clone(),
            _ => jaq_json::Map::default(),
        };
        root.insert(Val::from(key.to_owned()), from_json(value));
        Self(Val::obj(root))
    }
}

fn from_json(value: &Value) -> Val {
    match value {
        Value::Null => Val::Null,
        Value::Bool(b) => Val::Bool(*b),
        Value::Number(n) => Val::Num(match (n.as_i64(), n.as_u64(), n.as_f64()) {
            (Some(i), ..) => jaq_json::Num::from_integral(i),
            (_, Some(u), _) => jaq_json::Num::from_integral(u),
            (.., f) => jaq_json::Num::Float(f.unwrap_or_default()),
        }),
        Value::String(s) => Val::from(s.clone()),
        Value::Array(items) => items.iter().map(from_json).collect(),
        Value::Object(map) => {
            Val::obj(map.iter().map(|(key, value)| (Val::from(key.clone()), from_json(value))).collect())
        }
    }
}

pub(super) fn to_json(value: &Val) -> Option<Value> {
    Some(match value {
        Val::Null => Value::Null,
        Val::Bool(b) => Value::Bool(*b),
        // A computed 4.0 becomes 4, as in Port and JavaScript.
        Val::Num(jaq_json::Num::Float(f)) => {
            whole(*f).map_or_else(|| serde_json::Number::from_f64(*f).map(Value::Number), |i| Some(Value::from(i)))?
        }
        Val::Num(n) => serde_json::from_str(&n.to_string()).ok()?,
        Val::TStr(s) | Val::BStr(s) => Value::String(String::from_utf8_lossy(s).into_owned()),
        Val::Arr(items) => Value::Array(items.iter().map(to_json).collect::<Option<_>>()?),
        Val::Obj(map) => Value::Object(
            map.iter()
                .map(|(key, value)| match key {
                    Val::TStr(key) => Some((String::from_utf8_lossy(key).into_owned(), to_json(value)?)),
                    _ => None,
                })
                .collect::<Option<_>>()?,
        ),
    })
}

/// Returns the integer that `f` equals, within the range that JavaScript counts exactly.
#[expect(
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "the bound makes the cast exact, and the comparison checks it"
)]
fn whole(f: f64) -> Option<i64> {
    (f.abs() <= 9_007_199_254_740_992.0 && f.trunc() == f).then_some(f as i64)
}
