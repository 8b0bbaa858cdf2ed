//! Mappings that pass the check work: the handler runs random blueprints, forms and mappings on random inputs, and a JSON
//! Schema validator judges every entity.

use std::path::PathBuf;

use documents::Source;
use model::Plan;
use model::plan::Recognised;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Map, Value, json};
use synth::{Config, build};

/// Generates documents that both a property and an input may have.
fn rules() -> impl Strategy<Value = Value> {
    proptest::sample::select(vec![
        json!({"type": "string"}),
        json!({"type": "string", "minLength": 1, "maxLength": 5}),
        json!({"type": "string", "enum": ["a", "b"]}),
        json!({"type": "string", "enum": ["a", "b", "c"]}),
        json!({"type": "string", "pattern": "^[a-z]{2,4}$"}),
        json!({"type": "string", "format": "email"}),
        json!({"type": "string", "format": "date-time"}),
        json!({"type": "number"}),
        json!({"type": "number", "minimum": 1, "maximum": 4}),
        json!({"type": "number", "minimum": 1}),
        json!({"type": "number", "enum": [1, 2, 8]}),
        json!({"type": "boolean"}),
        json!({"type": "array", "items": {"type": "string"}}),
        json!({"type": "array", "items": {"type": "number", "minimum": 0}, "maxItems": 3}),
        json!({"type": "array", "items": {"type": "string", "enum": ["a", "b"]}, "minItems": 1, "uniqueItems": true}),
        json!({"type": "object"}),
        json!({"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"], "additionalProperties": false}),
    ])
}

/// Generates a mapping's value for a property, from the inputs `x` and `y`.
fn template() -> impl Strategy<Value = Value> {
    let text = |x: &str, y: &str| -> Vec<Value> {
        [
            format!("{{{{ .inputs.{x} }}}}"),
            format!("{{{{ .inputs.{x} // .inputs.{y} }}}}"),
            format!("{{{{ .inputs.{x} // \"a\" }}}}"),
            format!("{{{{ .inputs.{x} // 1 }}}}"),
            format!("{{{{ .inputs.{x} | tostring }}}}"),
            format!("{{{{ .inputs.{x} + 1 }}}}"),
            format!("{{{{ [.inputs.{x}] }}}}"),
            format!("{{{{ .inputs.{x}[0] }}}}"),
            format!("{{{{ .inputs.{x} | length }}}}"),
            format!("{{{{ if .inputs.{x} then .inputs.{y} else \"a\" end }}}}"),
            format!("{{{{ if .inputs.{x} == \"a\" then \"b\" else \"c\" end }}}}"),
            format!("{{{{ if .inputs.{x} == 8 then 8 else 2 end }}}}"),
            format!("{{{{ .inputs.{x} | ascii_downcase }}}}"),
            format!("{{{{ .inputs[\"{x}\"].n }}}}"),
            format!("{{{{ {{n: .inputs.{x}}} }}}}"),
            format!("{{{{ .inputs.{x} }}}}-{{{{ .inputs.{y} }}}}"),
        ]
        .map(Value::from)
        .into()
    };
    let mut all = vec![json!("a"), json!(2), json!(true), json!(["a"]), json!(null), json!("{{ .run.id }}")];
    all.extend(text("p0", "p1"));
    all.extend(text("p1", "p2"));
    proptest::sample::select(all)
}

/// Generates the template for a new entity's identifier.
fn identifier() -> impl Strategy<Value = Option<Value>> {
    proptest::sample::select(vec![
        None,
        Some(json!("{{ .run.id }}")),
        Some(json!("{{ .inputs.p0 | slug }}")),
        Some(json!("{{ .inputs.p0 // .inputs.p1 // .run.id | slug }}")),
        Some(json!("vm-{{ .inputs.p1 }}")),
    ])
}

/// An input file with one action, and the JSON Schemas of the form and the blueprint.
#[derive(Debug)]
struct Case {
    input: Value,
    form: Value,
    schema: Value,
}

fn case() -> impl Strategy<Value = Case> {
    let pair = (rules(), rules(), proptest::bool::weighted(0.7), proptest::bool::weighted(0.3), any::<bool>());
    // Half of the fields pass on the input of the same name.
    let mapping = (identifier(), proptest::collection::vec(proptest::option::of(template()), 3));
    (proptest::collection::vec(pair, 3), proptest::option::of(mapping)).prop_map(|(pairs, mapping)| {
        let (mut properties, mut inputs) = (Map::new(), Map::new());
        let (mut must, mut asked) = (Vec::new(), Vec::new());
        for (at, (property, input, alike, required, demanded)) in pairs.into_iter().enumerate() {
            let key = format!("p{at}");
            let mut input = if alike { property.clone() } else { input };
            let open = json!({"type": "object"});
            if input == open && (mapping.is_some() || property != open) {
                // An object whose keys the form does not name is not judged, since it may contain anything.
                input = json!({"type": "object", "properties": {"n": {"type": "number"}}});
            }
            inputs.insert(key.clone(), input);
            properties.insert(key.clone(), property);
            must.extend(required.then(|| key.clone()));
            asked.extend(demanded.then_some(key));
        }
        let mut action = json!({
            "identifier": "make", "title": "Make", "invocationMethod": {"type": "KAFKA"},
            "trigger": {"type": "self-service", "operation": "CREATE", "userInputs": {"properties": inputs, "required": asked}},
        });
        if let Some((identifier, values)) = mapping {
            let own = |(at, value): (usize, Option<Value>)| {
                (format!("p{at}"), value.unwrap_or_else(|| format!("{{{{ .inputs.p{at} }}}}").into()))
            };
            let fields: Map<String, Value> = values.into_iter().enumerate().map(own).collect();
            action["runner"] = json!({"entity": {"properties": fields}});
            if let Some(identifier) = identifier {
                action["runner"]["entity"]["identifier"] = identifier;
            }
        }
        let object = |properties: &Map<String, Value>, required: &[String]| {
            json!({"type": "object", "properties": properties, "required": required, "additionalProperties": false})
        };
        Case {
            form: object(&inputs, &asked),
            schema: object(&properties, &must),
            input: json!({
                "identifier": "vm", "title": "VM", "actions": [action],
                "schema": {"properties": properties, "required": must},
            }),
        }
    })
}

/// Generates something that a person could enter. The validator decides whether the form allows it.
fn answer() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        "[ -~]{0,6}".prop_map(Value::from),
        "[a-z]{2,4}".prop_map(Value::from),
        proptest::sample::select(vec!["a", "b", "c", "", "me@example.com", "2026-02-03T04:05:06Z", "Ünï #1 🚀"])
            .prop_map(Value::from),
    ];
    let number = prop_oneof![
        proptest::sample::select(vec![0, 1, 2, 3, 4, 8, -5, 1_000_000]).prop_map(Value::from),
        // Numbers as people write them: one with seventeen digits is longer as text than the samples.
        (-40_i32..40).prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
    ];
    let leaf = prop_oneof![text, number, any::<bool>().prop_map(Value::from)];
    prop_oneof![
        6 => leaf.clone(),
        2 => proptest::collection::vec(leaf.clone(), 0..4).prop_map(Value::from),
        1 => leaf.prop_map(|n| json!({"n": n})),
    ]
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}

/// Returns inputs that the form allows, out of many tries.
fn filled_in(form: &Value, answers: &[Value]) -> Vec<Map<String, Value>> {
    let validator = validator(form);
    let keys: Vec<&String> = form["properties"].as_object().unwrap().keys().collect();
    let fits = |key: &str| -> Vec<Option<&Value>> {
        let alone = self::validator(&form["properties"][key]);
        let mut fitting: Vec<Option<&Value>> =
            answers.iter().filter(|answer| alone.is_valid(answer)).map(Some).collect();
        fitting.push(None);
        fitting
    };
    let columns: Vec<Vec<Option<&Value>>> = keys.iter().map(|key| fits(key)).collect();
    let rows = (0..60).map(|row: usize| {
        let pick = |(at, column): (usize, &Vec<Option<&Value>>)| {
            let value = column[(row * (at * 2 + 1) + row / 7) % column.len()];
            value.map(|value| (keys[at].clone(), value.clone()))
        };
        columns.iter().enumerate().filter_map(pick).collect::<Map<String, Value>>()
    });
    rows.filter(|inputs| validator.is_valid(&Value::Object(inputs.clone()))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 2, ..ProptestConfig::default() })]

    #[test]
    fn accepted_input_writes_valid_entities(case in case(), answers in proptest::collection::vec(answer(), 40)) {
        let source = Source::new(PathBuf::from("vm.json"), &case.input.to_string());
        let (_, findings, built) = build(vec![source], &Config::default()).unwrap();
        if findings.iter().count() == 0 {
            let built = built.unwrap();
            let plan = Plan::from_json(built.plan_json().as_bytes()).unwrap();
            let entity_schema = validator(&case.schema);
            for inputs in filled_in(&case.form, &answers) {
                let message = json!({"action": "make", "context": {"blueprint": "vm", "runId": "r_1"}, "inputs": inputs});
                let Recognised { action, run, .. } = plan.recognise(message.to_string().as_bytes()).unwrap();
                let entity = plan.entity(action, &run);
                prop_assert!(entity.is_ok(), "{}\n{message}\n{entity:?}", case.input);
                // A null clears, so it does not count as a required value.
                let set = entity.unwrap().properties.into_iter().filter(|(_, value)| !value.is_null());
                let properties = Value::Object(set.collect());
                let errors: Vec<String> = entity_schema.iter_errors(&properties).map(|error| error.to_string()).collect();
                prop_assert!(errors.is_empty(), "{}\n{message}\n{properties}\n{errors:?}", case.input);
            }
        }
    }
}

/// The property above is not vacuous: a good part of the generated cases passes, and is tested with several inputs.
#[test]
fn generated_input_often_passes_the_check() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = (case(), proptest::collection::vec(answer(), 40));
    let (mut clean, mut tried) = (0, 0);
    for _ in 0..100 {
        let (case, answers) = strategy.new_tree(&mut runner).unwrap().current();
        let source = Source::new(PathBuf::from("vm.json"), &case.input.to_string());
        if build(vec![source], &Config::default()).unwrap().1.iter().count() == 0 {
            clean += 1;
            tried += filled_in(&case.form, &answers).len();
        }
    }
    assert!(clean >= 10 && tried >= 100, "{clean} of 100 pass, {tried} runs");
}
