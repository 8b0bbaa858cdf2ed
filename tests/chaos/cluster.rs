//! What all processes of the function share: one deployment, and a Port where everything goes wrong.

use std::path::Path;

use local::{Credentials, Fault, FaultSpec, LateWrites, Random};

use crate::deployment::{CLIENT_ID, CLIENT_SECRET, ExampleDeployment};
use crate::generations::workflow_run;
use crate::scenario::{BLUEPRINT, FORMER_SECRET, Scenario};

pub(crate) struct Cluster {
    pub(crate) deployment: ExampleDeployment,
    /// Whether two functions may have the same batch at once. Where Port makes late writes, the slower of the two can
    /// undo what followed in the faster one, and nothing that Port offers prevents it.
    pub(crate) may_overlap: bool,
}

impl Cluster {
    /// Creates a cluster. The plan says whether the mapping accepts `partial` responses.
    pub(crate) fn new(
        program: &Path,
        scenario: &Scenario,
        partial: bool,
        late_writes: LateWrites,
        random: &mut Random,
    ) -> Self {
        let deployment = ExampleDeployment::new(program, |plan| plan["partialBatchResponse"] = partial.into());
        let cluster = Self { deployment, may_overlap: late_writes == LateWrites::Refused };
        cluster.set_secret(FORMER_SECRET);
        let port = &cluster.deployment.port;
        port.set_late_writes(late_writes);
        for entity in &scenario.held_before {
            port.add_entity(BLUEPRINT, entity.clone());
        }
        for run in &scenario.waiting {
            if run.id.starts_with("wfnr_") {
                port.add_node_run(&run.id);
                if let Some(workflow_run) = workflow_run(&run.id) {
                    port.add_workflow_run(&workflow_run, &[&run.id]);
                }
            } else {
                port.add_run(&run.id, run.action, Some(BLUEPRINT), run.entity.as_deref());
            }
        }
        // For a while, Port refuses the credentials of whatever process comes along.
        port.script(Fault::status(401).path("/auth/access_token").after(3).times(2));
        for fault in faults(random) {
            port.script(fault);
        }
        cluster
    }

    /// Rotates the client secret, in Port and in Secrets Manager.
    pub(crate) fn rotate_secret(&self) {
        self.set_secret(CLIENT_SECRET);
    }

    fn set_secret(&self, secret: &str) {
        let credentials = Credentials::new(CLIENT_ID, secret);
        self.deployment.rotate_secret(&credentials);
        self.deployment.port.set_credentials(credentials);
    }
}

/// How many of a thousand calls each fault hits; 340 in total.
const SHARES: [(u32, &str); 26] = [
    (30, "retry-after=0"),
    // Seconds to wait, as Port's Terraform provider reads it.
    (3, "rate-limit=1"),
    (10, "status=408"),
    (45, "status=500"),
    (50, "status=503"),
    (25, "delay=40ms"),
    (10, "delay=400ms"),
    (35, "reset"),
    (35, "reset-applied"),
    (25, "half-body"),
    (8, "garbage"),
    (8, "garbage-applied"),
    // Pages of whatever is between the function and Port: none of them is Port's word.
    (5, "page=200"),
    (5, "page=502"),
    (2, "page=302"),
    (5, "page=204"),
    (5, "page=401"),
    (5, "page=403"),
    (10, "page=404"),
    (3, "page=409"),
    (3, "page=413"),
    (3, "page=422"),
    (5, "gateway=403"),
    // Longer than an invocation lasts: every call of the process stops until then.
    (1, "retry-after=9"),
    // The token is refused: a new one is fetched once.
    (3, "status=401"),
    (1, "hang"),
];

/// The faults are drawn one after another, each for the calls that the earlier ones left alone.
fn faults(random: &mut Random) -> Vec<Fault> {
    let mut spared = 1000;
    let mut faults = Vec::new();
    for (share, effect) in SHARES {
        let probability = f64::from(share) / f64::from(spared);
        let fault = format!("{effect},chance={probability},seed={}", random.bits()).parse();
        assert!(matches!(fault, Ok(FaultSpec::Port(_))), "{effect}: {fault:?}");
        if let Ok(FaultSpec::Port(fault)) = fault {
            faults.push(fault);
        }
        spared -= share;
    }
    faults
}
