//! Runs the function on this machine, with a Port that runs here too.

use std::path::Path;
use std::time::Duration;

use local::{Answer, Credentials, Deployment, KafkaEvent};
use serde_json::{Value, json};

#[test]
fn create_vm_creates_a_vm() {
    // What `synth` wrote: the plan, and the documents that Port should have.
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../out");
    let vm: Value = serde_json::from_slice(&std::fs::read(out.join("port/vm.json")).unwrap()).unwrap();
    let function = Path::new(env!("CARGO_BIN_EXE_bootstrap"));
    let deployment = Deployment::new(function, &out, &Credentials::new("id", "secret")).unwrap();
    deployment.port.add_blueprint(vm["blueprint"].clone());
    deployment.port.add_run("r_1", "vm_create_vm", Some("vm"), None);

    let inputs = json!({ "title": "Build box", "cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1" });
    let context = json!({ "runId": "r_1", "blueprint": "vm" });
    let message = json!({ "action": "vm_create_vm", "context": context, "inputs": inputs });
    let event = KafkaEvent::new("org.runs").json(0, 0, &message).build();
    let lambda = deployment.start().unwrap();
    let answer = lambda.invoke(&event, Duration::from_secs(10)).answer;

    let done = Answer::Response(json!({ "batchItemFailures": [] }));
    assert_eq!(answer, done, "{}", lambda.process.output());
    let run = deployment.port.run("r_1").unwrap();
    assert_eq!(run["status"], "SUCCESS", "{run}");
    let entity = deployment.port.entity("vm", "build-box").unwrap();
    assert_eq!(entity["properties"]["cpu_cores"], 2, "{entity}");
}
