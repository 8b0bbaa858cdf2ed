//! The values that have names: of parameters and mappings.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Size;

/// The values that have a name: each is copied to each place that uses it.
#[derive(Default)]
pub(super) struct Known<'a> {
    /// The default of each parameter.
    pub(super) parameters: BTreeMap<&'a str, Size>,
    /// Each mapping, whole, and the largest of its entries.
    mappings: BTreeMap<&'a str, (Size, Size)>,
    /// The largest mapping.
    largest: Size,
}

impl<'a> Known<'a> {
    pub(super) fn new(template: &'a Value) -> Self {
        let section = |name: &str| template.get(name).and_then(Value::as_object).into_iter().flatten();
        let parameters = section("Parameters").filter_map(|(name, parameter)| {
            let size = Size::of_value(parameter.get("Default")?);
            let commas = parameter["Default"].as_str().map_or(0, |text| text.matches(',').count());
            Some((name.as_str(), size + Size { values: commas, bytes: 0 }))
        });
        let mappings = section("Mappings").map(|(name, mapping)| {
            let tops = mapping.as_object().into_iter().flatten().filter_map(|(_, top)| top.as_object());
            let sizes = tops.flat_map(Map::values).map(Size::of_value);
            let largest = sizes.fold(Size::default(), Size::max);
            (name.as_str(), (Size::of_value(mapping), largest))
        });
        let mappings: BTreeMap<_, _> = mappings.collect();
        let largest = mappings.values().map(|(whole, _)| *whole).fold(Size::default(), Size::max);
        Self { parameters: parameters.collect(), mappings, largest }
    }

    /// Returns the size of what a lookup finds: all of a mapping if its keys are known only at deployment.
    pub(super) fn lookup(&self, keys: &[Value]) -> Size {
        let Some(name) = keys.first().and_then(Value::as_str) else { return self.largest };
        let Some((whole, largest)) = self.mappings.get(name).copied() else { return Size::default() };
        let default = keys.get(3).map(Size::of_value).unwrap_or_default();
        let found = if keys.iter().skip(1).take(2).all(Value::is_string) { largest } else { whole };
        // Each change in the default is compared as a change of the whole lookup.
        found + default.times(default.values)
    }
}
