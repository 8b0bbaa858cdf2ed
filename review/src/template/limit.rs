//! Bounds on what a template becomes once aliases, loops, texts and policies are expanded: whatever is within them is
//! compared and drawn in seconds. They count values, bytes, levels and combinations, so a template is either always
//! compared or never.
//!
//! CloudFormation itself accepts 1 MB of text with 500 resources; every bound allows several times as much.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ops::{Add, AddAssign};

use serde_json::{Map, Value};

use super::intrinsic::is_no_value;

/// The most values in a template, and in what it expands to.
pub(crate) const MOST_VALUES: usize = 300_000;
/// The most bytes of text in a template, and in what it expands to.
pub(crate) const MOST_BYTES: usize = 8 << 20;
/// The most levels of a value. JSON's reader has the same bound.
pub(crate) const MOST_LEVELS: usize = 128;
/// The most resources, including those of loops, and the most entries of any other section.
pub(crate) const MOST_RESOURCES: usize = 5_000;
/// The most permissions: principals × actions × resources.
pub(crate) const MOST_PERMISSIONS: usize = 50_000;
/// The most pairs of permissions that are compared: the changed ones of a principal with all of the other side. A pair counts
/// once more for each 64 bytes of its words.
pub(crate) const MOST_PAIRS: usize = 20_000_000;
/// The most resources that are listed below changed settings, all together.
pub(crate) const MOST_LISTED: usize = 500_000;
/// Statements with more combinations than this are not split: nobody reads so many one by one.
pub(crate) const MOST_COMBINATIONS: usize = 4_096;

/// The most steps of the search for what is public: rules and values that are looked at, and pairs that are compared.
pub(crate) const MOST_STEPS: usize = 10_000_000;
/// The most alternatives of a lookup whose keys only the deployment knows.
pub(crate) const MOST_ALTERNATIVES: usize = 64;

/// The bound that a template exceeds, as a phrase that follows its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Excess {
    /// More than [`MOST_VALUES`].
    #[error("has more than 300,000 values once its aliases, loops and texts are expanded")]
    Values,
    /// More than [`MOST_BYTES`].
    #[error("has more than 8 MB of text once its aliases, loops and texts are expanded")]
    Bytes,
    /// More than [`MOST_LEVELS`].
    #[error("is nested more than 128 levels deep")]
    Levels,
    /// More than [`MOST_RESOURCES`].
    #[error("has more than 5,000 entries in a section once its loops and resources of SAM are expanded")]
    Resources,
    /// More than [`MOST_PERMISSIONS`].
    #[error("grants more than 50,000 permissions, counting every principal, action and resource")]
    Permissions,
    /// More than [`MOST_VALUES`] or [`MOST_BYTES`] behind its policies.
    #[error(
        "has policies and roles that become more than 300,000 values or 8 MB of text once their values are followed"
    )]
    Followed,
    /// More than [`MOST_STEPS`].
    #[error("changes too many rules, routes and settings that may be public to compare each with each")]
    Openings,
    /// More than [`MOST_PAIRS`].
    #[error("changes too many permissions of the same principals to compare each with each")]
    Pairs,
    /// More than [`MOST_LISTED`].
    #[error("changes too many settings on which too many resources depend to list them")]
    Dependents,
}

/// The size of a value: how many values it becomes, with how many bytes of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) values: usize,
    pub(crate) bytes: usize,
}

impl Size {
    /// Returns the size of a text by itself.
    pub(crate) fn of_text(text: &str) -> Self {
        Self { values: 1, bytes: text.len() }
    }

    /// Returns the size of a value with everything in it, as it is written.
    pub(crate) fn of_value(value: &Value) -> Self {
        let mut size = Self { values: 1, bytes: value.as_str().map_or(0, str::len) };
        match value {
            Value::Array(items) => items.iter().for_each(|item| size += Self::of_value(item)),
            Value::Object(pairs) => pairs.iter().for_each(|(key, value)| {
                size.bytes = size.bytes.saturating_add(key.len());
                size += Self::of_value(value);
            }),
            _ => {}
        }
        size
    }

    /// Returns the larger of two sizes, by values and by bytes.
    pub(crate) fn max(self, other: Self) -> Self {
        Self { values: self.values.max(other.values), bytes: self.bytes.max(other.bytes) }
    }

    /// Returns the size of so many copies.
    pub(crate) fn times(self, copies: usize) -> Self {
        Self { values: self.values.saturating_mul(copies), bytes: self.bytes.saturating_mul(copies) }
    }

    /// Checks the bounds.
    ///
    /// # Errors
    /// [`Excess::Values`] or [`Excess::Bytes`].
    pub(crate) fn check(self) -> Result<(), Excess> {
        if self.values > MOST_VALUES {
            return Err(Excess::Values);
        }
        if self.bytes > MOST_BYTES {
            return Err(Excess::Bytes);
        }
        Ok(())
    }
}

impl Add for Size {
    type Output = Self;

    fn add(mut self, other: Self) -> Self {
        self += other;
        self
    }
}

impl AddAssign for Size {
    fn add_assign(&mut self, other: Self) {
        self.values = self.values.saturating_add(other.values);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// What may still be added or tried. What is made after it is spent is incomplete, and refused.
#[derive(Debug)]
pub(crate) struct Budget {
    spent: Cell<Size>,
    most: Size,
}

impl Budget {
    /// Returns a budget of as much as a template may become.
    pub(crate) fn of_size() -> Self {
        Self { spent: Cell::default(), most: Size { values: MOST_VALUES, bytes: MOST_BYTES } }
    }

    /// Returns a budget of so many steps.
    pub(crate) fn of_steps(most: usize) -> Self {
        Self { spent: Cell::default(), most: Size { values: most, bytes: usize::MAX } }
    }

    /// Spends a size; false once all of it is spent.
    pub(crate) fn spend(&self, size: Size) -> bool {
        let mut spent = self.spent.get();
        spent += size;
        self.spent.set(spent);
        !self.is_spent()
    }

    /// Spends so many steps, or values without text; false if there are no more.
    pub(crate) fn steps(&self, steps: usize) -> bool {
        self.spend(Size { values: steps, bytes: 0 })
    }

    /// Checks that it is not spent.
    ///
    /// # Errors
    /// [`Excess::Values`] or [`Excess::Bytes`].
    pub(crate) fn check(&self) -> Result<(), Excess> {
        self.spent.get().check()
    }

    /// Whether more was asked for than there is.
    pub(crate) fn is_spent(&self) -> bool {
        let spent = self.spent.get();
        spent.values > self.most.values || spent.bytes > self.most.bytes
    }
}

/// Checks a template whose loops are expanded. `resources` are its resources, before SAM's transform.
///
/// # Errors
/// See [`Excess`].
pub(crate) fn check(template: &Value, resources: &Map<String, Value>) -> Result<(), Excess> {
    if resources.len() > MOST_RESOURCES {
        return Err(Excess::Resources);
    }
    let mut scale = Scale { known: Known::new(template), ..Scale::default() };
    for (key, resource) in resources {
        scale.add(Size::of_text(key))?;
        scale.weigh(resource)?;
    }
    for (section, value) in template.as_object().into_iter().flatten().filter(|(section, _)| *section != "Resources") {
        if value.as_object().is_some_and(|entries| entries.len() > MOST_RESOURCES) {
            return Err(Excess::Resources);
        }
        let before = scale.size;
        scale.weigh(value)?;
        if section == "Globals" {
            // They are copied into each resource of SAM.
            let own = Size { values: scale.size.values - before.values, bytes: scale.size.bytes - before.bytes };
            let of_sam =
                |resource: &&Value| resource["Type"].as_str().is_some_and(|kind| kind.contains("::Serverless::"));
            scale.add(own.times(resources.values().filter(of_sam).count()))?;
        }
    }
    Ok(())
}

/// Checks values that are not templates, such as the documents in Port.
///
/// # Errors
/// See [`Excess`].
pub(crate) fn check_documents<'a>(mut values: impl Iterator<Item = &'a Value>) -> Result<(), Excess> {
    let mut scale = Scale::default();
    values.try_for_each(|value| scale.weigh(value))
}

/// The values that have a name: each is copied to each place that uses it.
#[derive(Default)]
struct Known<'a> {
    /// The default of each parameter.
    parameters: BTreeMap<&'a str, Size>,
    /// Each mapping, whole, and the largest of its entries.
    mappings: BTreeMap<&'a str, (Size, Size)>,
    /// The largest mapping.
    largest: Size,
}

impl<'a> Known<'a> {
    fn new(template: &'a Value) -> Self {
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
    fn lookup(&self, keys: &[Value]) -> Size {
        let Some(name) = keys.first().and_then(Value::as_str) else { return self.largest };
        let Some((whole, largest)) = self.mappings.get(name).copied() else { return Size::default() };
        let default = keys.get(3).map(Size::of_value).unwrap_or_default();
        let found = if keys.iter().skip(1).take(2).all(Value::is_string) { largest } else { whole };
        // Each change in the default is compared as a change of the whole lookup.
        found + default.times(default.values)
    }
}

/// Adds up sizes until a bound is exceeded.
#[derive(Default)]
struct Scale<'a> {
    known: Known<'a>,
    size: Size,
    permissions: usize,
    /// How many values the current one is in.
    levels: usize,
    /// The conditions above the current value: how many, and their bytes. Each value below is listed with all of them.
    guards: Size,
}

impl Scale<'_> {
    fn add(&mut self, size: Size) -> Result<(), Excess> {
        self.size += size;
        self.size.check()
    }

    fn weigh(&mut self, value: &Value) -> Result<(), Excess> {
        self.add(Size { values: 1, bytes: 0 })?;
        self.add(self.guards)?;
        if self.levels == MOST_LEVELS {
            return Err(Excess::Levels);
        }
        self.levels += 1;
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter().try_for_each(|item| self.weigh(item)),
            Value::Object(map) => self.object(map),
            _ => Ok(()),
        }?;
        self.levels -= 1;
        Ok(())
    }

    /// Adds a text: its references are values, and so is what is in JSON in it.
    fn text(&mut self, text: &str) -> Result<(), Excess> {
        self.add(Size { values: text.matches("${").count(), bytes: text.len() })?;
        if !self.known.parameters.is_empty() {
            let names = text.split("${").skip(1).filter_map(|part| Some(part.split_once('}')?.0.trim()));
            for size in names.filter_map(|name| self.known.parameters.get(name).copied()) {
                self.size += size;
            }
            self.size.check()?;
        }
        if !text.trim_start().starts_with(['{', '[']) {
            return Ok(());
        }
        let commas = text.bytes().filter(|byte| *byte == b',').count();
        let inside = Size { values: self.size.values.saturating_add(commas), ..self.size };
        match serde_json::from_str::<Value>(text) {
            _ if inside.check().is_err() => inside.check(),
            Ok(value) => self.weigh(&value),
            Err(_) => Ok(()),
        }
    }

    fn object(&mut self, map: &Map<String, Value>) -> Result<(), Excess> {
        if let Some(Value::Array(items)) = map.get("Fn::If")
            && let [Value::String(condition), branches @ ..] = items.as_slice()
        {
            let before = self.guards;
            self.guards += Size::of_text(condition);
            let weighed = branches.iter().try_for_each(|branch| self.weigh(branch));
            self.guards = before;
            return weighed;
        }
        for (key, value) in map {
            self.add(Size { values: 0, bytes: key.len() })?;
            self.weigh(value)?;
            match (key.as_str(), value) {
                ("Ref", Value::String(name)) => {
                    let default = self.known.parameters.get(name.as_str()).copied().unwrap_or_default();
                    self.add(default)?;
                }
                ("Fn::FindInMap", Value::Array(keys)) => {
                    let found = self.known.lookup(keys);
                    self.add(found)?;
                }
                _ => {}
            }
        }
        if map.len() == 1 && (map.contains_key("Fn::Sub") || map.contains_key("Fn::Join")) {
            self.add(written_out(map))?;
        }
        if map.contains_key("Action") || map.contains_key("NotAction") {
            self.statement(map)?;
        }
        Ok(())
    }

    /// Adds what a policy's statement becomes: one for each combination of principal, action and resource.
    fn statement(&mut self, map: &Map<String, Value>) -> Result<(), Excess> {
        let mut combinations: usize = 1;
        let mut words = self.guards;
        for keys in [["Principal", "NotPrincipal"], ["Action", "NotAction"], ["Resource", "NotResource"]] {
            let mut terms = Terms::default();
            keys.iter().filter_map(|key| map.get(*key)).for_each(|value| terms.count(value));
            combinations = combinations.saturating_mul(terms.count.max(1));
            words += terms.longest;
        }
        if combinations > MOST_COMBINATIONS {
            // It is not split: each of its effects has all words.
            combinations = 1;
            words += map.values().map(Size::of_value).fold(Size::default(), Size::add);
        }
        let mut effects = Terms::default();
        map.get("Effect").into_iter().for_each(|effect| effects.count(effect));
        combinations = combinations.saturating_mul(effects.count.max(1));
        self.permissions += combinations;
        if self.permissions > MOST_PERMISSIONS {
            return Err(Excess::Permissions);
        }
        if let Some(condition) = map.get("Condition") {
            let mut scale = Self::default();
            scale.weigh(condition)?;
            words += scale.size;
        }
        self.add(words.times(combinations - 1))
    }
}

/// The terms of a statement's element.
#[derive(Default)]
struct Terms {
    count: usize,
    /// The longest of them.
    longest: Size,
}

impl Terms {
    fn count(&mut self, value: &Value) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.count(item)),
            Value::Object(map) => map.values().for_each(|value| self.count(value)),
            value if is_no_value(value) => {}
            value => {
                self.count += 1;
                let bytes = value.as_str().map_or(0, str::len);
                self.longest = Size { values: 0, bytes: self.longest.bytes.max(bytes) };
            }
        }
    }
}

/// Returns the size of a text as it is written out: `Fn::Sub` repeats the values of its variables.
fn text_size(value: &Value) -> Size {
    match value {
        Value::String(text) => Size { values: 1 + text.matches("${").count(), bytes: text.len() },
        Value::Array(items) => sum(items.iter()),
        Value::Object(map) => written_out(map),
        _ => Size { values: 1, bytes: 0 },
    }
}

fn written_out(map: &Map<String, Value>) -> Size {
    let mut size = Size::default();
    match map.iter().next() {
        Some((name, Value::Array(items))) if name == "Fn::Sub" => {
            let [Value::String(text), Value::Object(variables)] = items.as_slice() else { return sum(items.iter()) };
            size += Size::of_text(text);
            let sizes: BTreeMap<&str, Size> =
                variables.iter().map(|(name, value)| (name.as_str(), text_size(value))).collect();
            let names = text.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.trim()));
            names.filter_map(|name| sizes.get(name)).for_each(|variable| size += *variable);
        }
        Some((name, Value::Array(items))) if name == "Fn::Join" => {
            let [Value::String(delimiter), Value::Array(joined)] = items.as_slice() else { return sum(items.iter()) };
            size += Size::of_text(delimiter).times(joined.len());
            size += sum(joined.iter());
        }
        _ => size += sum(map.values()),
    }
    size
}

fn sum<'a>(values: impl Iterator<Item = &'a Value>) -> Size {
    let mut size = Size::default();
    values.for_each(|value| size += text_size(value));
    size
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::template::stack::Stack;

    fn excess(resources: &Value) -> Option<Excess> {
        Stack::from_template(&json!({ "Resources": resources })).err()
    }

    fn properties(value: &Value) -> Value {
        json!({"A": {"Type": "AWS::SQS::Queue", "Properties": value}})
    }

    /// Wraps a value so many times.
    fn nested(levels: usize, value: Value, wrap: impl Fn(&Value) -> Value) -> Value {
        (0..levels).fold(value, |value, _| wrap(&value))
    }

    #[test]
    fn what_multiplies_is_refused() {
        let doubled = |value: &Value| json!({"Fn::Sub": ["${x}${x}", {"x": value}]});
        let json_in_json = |value: &Value| json!(json!([value, value]).to_string());
        let many = |most: usize| (0..most).map(|n| format!("w{n}")).collect::<Vec<_>>();
        let statement = json!({"Effect": "Allow", "Action": many(60), "Resource": many(60)});
        let lists = |levels: usize| nested(levels, json!(1), |value| json!([value]));
        let guarded = |value: &Value| json!({"Fn::If": ["c".repeat(10_000), value, 1]});
        let (mut found, mut wanted) = (Vec::new(), Vec::new());
        for (what, value, want) in [
            ("texts that double", nested(30, json!("y"), doubled), Some(Excess::Values)),
            ("long texts that double", nested(8, json!("y".repeat(99_999)), doubled), Some(Excess::Bytes)),
            ("texts that double a few times", nested(5, json!("y"), doubled), None),
            ("JSON in JSON", nested(12, json!("y"), json_in_json), Some(Excess::Bytes)),
            ("JSON in JSON a few times", nested(4, json!("y"), json_in_json), None),
            ("lists in JSON", json!(format!("[{}1]", "1,".repeat(400_000))), Some(Excess::Values)),
            ("lists in lists", lists(130), Some(Excess::Levels)),
            (
                "lists in JSON in lists",
                nested(20, json!(lists(110).to_string()), |value| json!([value])),
                Some(Excess::Levels),
            ),
            ("fewer lists in lists", lists(100), None),
            (
                "statements",
                json!(vec![json!({"Statement": vec![statement.clone(); 10]}); 4]),
                Some(Excess::Permissions),
            ),
            ("fewer statements", json!({"Statement": vec![statement; 10]}), None),
            ("conditions", nested(40, json!(vec![1; 1_000]), guarded), Some(Excess::Bytes)),
            ("references", json!({"Fn::Sub": "${A}".repeat(400_000)}), Some(Excess::Values)),
        ] {
            found.push((what, excess(&properties(&value))));
            wanted.push((what, want));
        }
        assert_eq!(found, wanted);
        let queues = |most: usize| -> Value {
            (0..most).map(|n| (format!("Q{n}"), json!({"Type": "AWS::SQS::Queue"}))).collect::<Map<_, _>>().into()
        };
        assert_eq!(excess(&queues(MOST_RESOURCES)), None);
        assert_eq!(excess(&queues(MOST_RESOURCES + 1)), Some(Excess::Resources));
    }

    /// A default or a mapping counts at each place that uses it, a mapping whole where only the deployment knows the keys.
    #[test]
    fn what_a_name_stands_for_is_counted_where_it_is_used() {
        let names = json!({
            "Parameters": {"P": {"Type": "String", "Default": "y".repeat(4_000)}, "L": {"Type": "CommaDelimitedList", "Default": "y,".repeat(2_000)}},
            "Mappings": {"M": {"a": (0..500).map(|n| (format!("k{n}"), json!("y"))).collect::<Map<_, _>>()}},
        });
        let (mut found, mut wanted) = (Vec::new(), Vec::new());
        for (what, value, most, want) in [
            ("default", json!({"Ref": "P"}), 1_000, None),
            ("default", json!({"Ref": "P"}), 3_000, Some(Excess::Bytes)),
            ("default in a text", json!({"Fn::Sub": "a${P}"}), 3_000, Some(Excess::Bytes)),
            ("list", json!({"Ref": "L"}), 200, Some(Excess::Values)),
            ("entry", json!({"Fn::FindInMap": ["M", "a", "k1"]}), 3_000, None),
            ("open lookup", json!({"Fn::FindInMap": ["M", "a", {"Ref": "P"}]}), 300, None),
            ("open lookup", json!({"Fn::FindInMap": ["M", "a", {"Ref": "AWS::Region"}]}), 3_000, Some(Excess::Values)),
            ("lookup in any mapping", json!({"Fn::FindInMap": [{"Ref": "X"}, "a", "b"]}), 3_000, Some(Excess::Values)),
            (
                "default of a lookup",
                json!({"Fn::FindInMap": ["M", "a", "b", {"DefaultValue": vec!["x"; 600]}]}),
                1,
                Some(Excess::Values),
            ),
        ] {
            let mut template = names.clone();
            template["Resources"] = properties(&json!(vec![value; most]));
            found.push((what, most, Stack::from_template(&template).err()));
            wanted.push((what, most, want));
        }
        assert_eq!(found, wanted);
    }

    /// What SAM generates counts too, before it is there.
    #[test]
    fn generated_resources_are_counted() {
        let events = |most: usize, passed_on: &Value| {
            let events: Map<_, _> = (0..most)
                .map(|n| (format!("E{n}"), json!({"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}})))
                .collect();
            excess(
                &json!({"F": {"Type": "AWS::Serverless::Function", "DeletionPolicy": passed_on, "Properties": {"Events": events}}}),
            )
        };
        assert_eq!(events(1_000, &json!("Retain")), None);
        assert_eq!(events(20_000, &json!("Retain")), Some(Excess::Resources));
        assert_eq!(events(1_000, &json!(vec!["x"; 1_000])), Some(Excess::Values));
        let connectors = |destinations: usize, arn: &Value| {
            let to = json!({"Type": "AWS::DynamoDB::Table", "Arn": arn});
            let properties = json!({"Source": {"Type": "AWS::Lambda::Function", "RoleName": "r"}, "Destination": vec![to; destinations], "Permissions": ["Read"]});
            excess(&json!({"C": {"Type": "AWS::Serverless::Connector", "Properties": properties}}))
        };
        assert_eq!(connectors(100, &json!("arn")), None);
        assert_eq!(connectors(9_000, &json!("arn")), Some(Excess::Resources));
        assert_eq!(connectors(40, &json!(vec!["arn"; 4_000])), Some(Excess::Values));
    }

    #[test]
    fn globals_are_counted_for_each_function() {
        let functions = |most: usize| -> Value {
            (0..most)
                .map(|n| (format!("F{n}"), json!({"Type": "AWS::Serverless::Function"})))
                .collect::<Map<_, _>>()
                .into()
        };
        let globals = json!({"Function": {"Layers": (0..500).collect::<Vec<_>>()}});
        let template = |most| json!({"Globals": globals, "Resources": functions(most)});
        assert_eq!(Stack::from_template(&template(100)).err(), None);
        assert_eq!(Stack::from_template(&template(1_000)).err(), Some(Excess::Values));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever nests in whatever, reading ends, and what is within the bounds stays as small as they say.
        #[test]
        fn nests_end(kinds in prop::collection::vec((0..7_usize, 1..40_usize), 1..60)) {
            let wrapped = |value: &Value, at: usize, kind: usize, copies: usize| match kind {
                0 => json!(vec![value; copies.min(4)]),
                1 => json!({"Fn::Sub": ["${x}".repeat(copies), {"x": value}]}),
                2 => json!({"Fn::If": [format!("C{at}"), value, "x"]}),
                3 => json!(json!({"k": value}).to_string()),
                4 => json!({"Fn::Join": ["-", vec![value; copies.min(3)]]}),
                5 => json!({"Effect": "Allow", "Action": vec!["a"; copies], "Resource": vec!["b"; copies], "Condition": value}),
                _ => json!({"Statement": [value]}),
            };
            let mut value = json!("x");
            for (at, (kind, copies)) in kinds.into_iter().enumerate() {
                if value.to_string().len() < 2_000 {
                    value = wrapped(&value, at, kind, copies);
                }
            }
            if let Ok(stack) = Stack::from_template(&json!({"Resources": properties(&value)})) {
                let size: usize = stack.resources.values().flat_map(|resource| resource.attributes.values()).map(crate::template::node::Node::size).sum();
                prop_assert!(size <= 8 * MOST_VALUES, "{size}");
            }
        }
    }
}
