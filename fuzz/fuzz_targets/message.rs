//! Any JSON is a message or is left alone, and a run of ours makes an entity or says why not.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use model::Plan;

static PLAN: LazyLock<Plan> =
    LazyLock::new(|| Plan::from_json(include_bytes!("../../out/runner/plan.json")).expect("out/ is up to date"));

fuzz_target!(|data: &[u8]| {
    let Ok(value) = serde_json::from_slice(data) else { return };
    if let Ok((action, run)) = PLAN.recognise(value) {
        let _ = PLAN.entity(action, &run);
    }
});
