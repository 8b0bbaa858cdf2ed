//! Checks what our own function relies on.

use serde_json::Value;

use super::deployed::Deployed;
use super::violation::Violations;

const RUNNER: &str = "/Resources/Runner/Properties";
/// Variables that the function reads when it starts.
const VARIABLES: [&str; 2] = ["PORT_API_URL", "PORT_SECRET_ARN"];

pub(super) fn check(deployed: &Deployed<'_>, violations: &mut Violations) {
    let Some(runner) = deployed.template.pointer(RUNNER) else { return };
    for name in VARIABLES {
        let at = format!("{RUNNER}/Environment/Variables/{name}");
        if deployed.template.pointer(&at).is_none_or(Value::is_null) {
            violations
                .error(at, "missing-variable", format!("`{name}` is missing; the function needs it to start"))
                .help("keep it; you may add other variables");
        }
    }
    let Some(event) = runner.pointer("/Events/Runs/Properties") else { return };
    let types = event.get("FunctionResponseTypes").and_then(Value::as_array);
    let partial = types.is_some_and(|types| types.iter().any(|kind| kind == "ReportBatchItemFailures"));
    let message = match (deployed.partial_batch_response, partial) {
        (true, false) => {
            "the function sends partial batch responses but Lambda ignores them; unfinished runs would be lost"
        }
        (false, true) => "Lambda expects partial batch responses but the function does not send them",
        _ => return,
    };
    violations
        .error(format!("{RUNNER}/Events/Runs/Properties/FunctionResponseTypes"), "response-mismatch", message)
        .help("add `[provisioned_polling]` to synth.toml or remove it there; it sets both");
}
