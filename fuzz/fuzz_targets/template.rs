//! Any template that is accepted ends, on any data, without filling the memory.
#![no_main]

use libfuzzer_sys::fuzz_target;
use model::jq::{Context, Expressions};
use model::template::{Tree, faults};
use serde_json::{Value, json};

fuzz_target!(|data: &str| {
    let (template, inputs) = data.split_once('\n').unwrap_or((data, ""));
    let _ = faults(template);
    let mut expressions = Expressions::default();
    let Ok(tree) = Tree::parse(&Value::from(template), &mut expressions) else { return };
    let Ok(program) = expressions.compile() else { return };
    let inputs: Value = serde_json::from_str(inputs).unwrap_or_else(|_| json!({"a": "text", "b": 1e18, "c": [1, 2]}));
    let _ = tree.render(&program, &Context::from(&json!({"inputs": inputs, "run": {"id": "r"}})));
});
