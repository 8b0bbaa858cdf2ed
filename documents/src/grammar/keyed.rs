//! Strings that must follow a rule, and maps whose keys must.

use std::borrow::Cow;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

/// Identifies a blueprint: letters of any language, digits and `@_.+:\/-`, at most 100 characters.
#[derive(JsonSchema)]
#[schemars(
    inline,
    extend("pattern" = r"^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/-]+$", "maxLength" = 100, "x-rule" = "blueprint-identifier")
)]
pub struct BlueprintIdentifier(pub String);

/// Identifies an action: letters of any language, digits and `@_.+:=-`.
#[derive(JsonSchema)]
#[schemars(inline, extend("pattern" = r"^(?!\.{1,2}$)[\p{L}0-9@_.+:=-]+$", "x-rule" = "action-identifier"))]
pub struct ActionIdentifier(pub String);

/// The text of a button: 2 to 15 characters, no space at either end.
#[derive(JsonSchema)]
#[schemars(
    inline,
    extend("pattern" = r"^[^\s].*[^\s]$", "minLength" = 1, "maxLength" = 15, "x-rule" = "button-text")
)]
pub struct ButtonText(pub String);

/// Relations and a final property, separated by dots: `service.$title`.
#[derive(JsonSchema)]
#[schemars(inline, extend("pattern" = r"^(?:[A-Za-z0-9@_=\-$]+\.)+?(\w|\$|@|-)*?[^\.]+$", "x-rule" = "mirror-path"))]
pub struct MirrorPath(pub String);

/// jq that Port evaluates.
#[derive(JsonSchema)]
#[schemars(inline, extend("x-jq" = true))]
pub struct Jq(pub String);

/// jq that Port's form evaluates on `.form.<input>`, `.entity` and `.user`.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JqQuery {
    /// The jq, without `{{ }}`: `.form.region == "eu"`.
    pub jq_query: Jq,
}

/// The rule for the keys of a [`Keyed`] map.
pub trait Names {
    /// The name of the map among the schema's definitions.
    const NAME: &'static str;
    /// The longest key that Port accepts, if its API has a bound.
    const LONGEST: Option<u32>;
}

/// Keys of blueprints: properties, relations and derived properties.
pub struct PropertyKeys;

impl Names for PropertyKeys {
    const NAME: &'static str = "Properties";
    const LONGEST: Option<u32> = Some(100);
}

/// Keys of forms: inputs and titles.
pub struct InputKeys;

impl Names for InputKeys {
    const NAME: &'static str = "Inputs";
    const LONGEST: Option<u32> = None;
}

/// A map whose keys are ASCII letters, digits and `@_=\-`.
pub struct Keyed<T, K = PropertyKeys>(PhantomData<(T, K)>);

impl<T: JsonSchema, K: Names> JsonSchema for Keyed<T, K> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}_{}", K::NAME, T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut keys = json_schema!({ "pattern": r"^[A-Za-z0-9@_=\\-]+$", "x-rule": "key" });
        if let Some(longest) = K::LONGEST {
            keys.insert("maxLength".to_owned(), longest.into());
        }
        json_schema!({
            "type": "object",
            "propertyNames": keys,
            "additionalProperties": generator.subschema_for::<T>(),
        })
    }
}
