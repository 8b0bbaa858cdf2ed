"""The life of a stack: deployed, read back, run, changed, deleted."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import messages
import parameters
import readback
import role
from cloud import Cloud
from fake_port import FakePort
from leftovers import Leftovers
from own import OwnRepository
from processes import Processes
from steps import Steps, expect, same
from workspace import Workspace

CREATE_RUN, MOVE_RUN, FOREIGN_RUN = "r_e2eCreate000001", "r_e2eMove00000001", "r_e2eForeign00001"
OWN_RUN = "r_e2eOwn000000001"

READ_BACK = {
    "secrets contain exactly what params.yaml says": readback.secrets_are_verbatim,
    "only Lambda may assume the role, and it has one policy": readback.role_is_for_lambda,
    "the policy allows three things, by name": readback.policy_is_least,
    "the function is configured, with secrets by ARN": readback.function_is_configured,
    "the package contains an executable bootstrap and the plan": readback.package_is_complete,
    "the trigger has topic, group, login, filters and failure queue": readback.mapping_is_configured,
    "no credential is visible anywhere, parameters are masked": readback.nothing_leaks,
}

PERMISSIONS = {
    "the function read its secret itself, once, with its role": role.was_used,
    "the role may read its two secrets and write its log, and nothing else": role.may_do_its_work_and_nothing_else,
    "the role may write to the failure queue, only over TLS": role.may_fill_the_queue_over_tls_only,
}


class Journey:
    """One deployment from beginning to end."""

    def __init__(self, steps: Steps, workspace: Workspace, processes: Processes, sam: Path, emulator: Path) -> None:
        self.step = steps.step
        self.workspace = workspace
        self.processes = processes
        self.cloud = Cloud(processes, emulator, sam, workspace.folder)
        self.port: FakePort
        self.stack: readback.Stack

    def travel(self, local: Path, *, keep: bool) -> None:
        """Runs all of it. With `keep`, the stack stays."""
        self.start(local)
        self.deploy()
        for name, check in READ_BACK.items():
            with self.step(name):
                check(self.stack)
        self.run()
        for name, check in PERMISSIONS.items():
            with self.step(name):
                check(self.stack)
        with self.step("nothing listens beyond loopback"):
            self.loopback_only()
        self.change()
        self.own_repository()
        self.through_kafka()
        if keep:
            print(
                f"kept: AWS_ENDPOINT_URL={self.cloud.url}, Port {self.port.url}, processes with {self.processes.mark}"
            )
        else:
            self.delete()

    def start(self, local: Path) -> None:
        """Starts AWS and Port."""
        with self.step("start MiniStack, IAM enforced", needed=True):
            self.cloud.start()
        with self.step("start the fake Port", needed=True):
            self.port = FakePort(self.processes, local.absolute())
            self.port.add_blueprint(self.workspace.bare_blueprint())

    def deploy(self) -> None:
        """Runs the first `sam deploy`, which finds everything it needs in the files."""
        with self.step("sam deploy without options", needed=True):
            template = self.workspace.template()
            values = parameters.chosen(template, self.port.url)
            parameters.write(self.workspace.folder / "params.yaml", values)
            printed = self.cloud.sam("deploy")
            self.stack = readback.Stack(self.cloud, self.workspace.stack_name(), template, values)
            readback.no_secret_in(printed, "the output of sam deploy")

    def run(self) -> None:
        """Lets the deployed function do its work."""
        port = self.port
        with self.step("the tutorial's message creates the VM and closes the run"):
            port.add_run(CREATE_RUN, "create_vm")
            self.invoke(messages.create_vm(CREATE_RUN))
            same(port.run(CREATE_RUN)["status"], "SUCCESS", "status of the run")
            made = port.only_entity("vm")["properties"]
            meant = {"cpu_cores": 2, "memory_size": 4, "storage_size": 50, "region": "eu-west-1"}
            same({name: made.get(name) for name in meant}, meant, "properties")
        with self.step("a second delivery changes nothing"):
            before = port.only_entity("vm")
            self.invoke(messages.create_vm(CREATE_RUN))
            same(port.only_entity("vm"), before, "entity")
            same(port.run(CREATE_RUN)["status"], "SUCCESS", "status of the run")
        with self.step("other messages are skipped without a call"):
            calls = port.calls()
            self.invoke(messages.foreign(FOREIGN_RUN), {"unknown": "shape"}, ["a list"], None)
            same(port.calls(), calls, "calls to Port")

    def change(self) -> None:
        """Adds an action to the blueprint, as a person would, and deploys it in place."""
        before = self.stack.mapping()
        with self.step("an action is added, synth writes the template again", needed=True):
            self.workspace.add_action(messages.move_vm_action())
            self.stack.template = self.workspace.template()
            declared = self.stack.declared_event()
            expect(declared["FilterCriteria"] != before["FilterCriteria"], "the filter is the same as before")
        with self.step("sam deploy without options, again", needed=True):
            self.cloud.sam("deploy")
        with self.step("the trigger is the same one, with the new filter"):
            same(self.stack.mapping()["UUID"], before["UUID"], "UUID")
            readback.mapping_is_configured(self.stack)
            readback.secrets_are_verbatim(self.stack)
        with self.step("the new action's message changes the VM and closes the run"):
            entity = self.port.only_entity("vm")
            self.port.add_run(MOVE_RUN, "move_vm", entity["identifier"])
            self.invoke(messages.move_vm(MOVE_RUN, entity, "us-east-1"))
            same(self.port.run(MOVE_RUN)["status"], "SUCCESS", "status of the run")
            moved = self.port.only_entity("vm")["properties"]
            same(moved, entity["properties"] | {"region": "us-east-1"}, "properties")
        with self.step("sam deploy without a change changes nothing"):
            expect("No changes to deploy" in self.cloud.sam("deploy"), "sam deploy made a change set")

    def own_repository(self) -> None:
        """Deploys what `synth init` writes, as a second stack."""
        own, first = OwnRepository(self.cloud, self.workspace), self.stack
        with self.step("synth init writes a repository, synth builds it", needed=True):
            own.create()
        with self.step("sam deploy of that repository, with secrets by their ARNs", needed=True):
            self.stack = own.deploy(self.port.url)
        with self.step("its function carries out a run"):
            self.port.add_run(OWN_RUN, "create_vm")
            self.invoke(messages.create_vm(OWN_RUN))
            same(self.port.run(OWN_RUN)["status"], "SUCCESS", "status of the run")
        with self.step("sam delete of that repository"):
            own.delete()
        self.stack = first

    def through_kafka(self) -> None:
        """Takes a run through a broker and the event source mapping, which the emulator of AWS does not have."""
        with self.step("a run goes from Port through Kafka and the mapping to the function that was deployed"):
            self.workspace.session("--run", "create_vm", "--exit", "--window", "0", *messages.CREATE_FLAGS)

    def delete(self) -> None:
        """Deletes the stack, and checks that nothing is left."""
        with self.step("sam delete", needed=True):
            leftovers = Leftovers(self.stack)
            self.cloud.sam("delete", "--no-prompts")
        with self.step("everything is gone"):
            leftovers.none()
        with self.step("no process is left"):
            self.processes.stop()
            same(self.processes.running(), [], "processes")

    def invoke(self, *contents: object) -> None:
        """Sends the function a batch, as Lambda's poller would. It must not fail, and must not log anything private."""
        brokers = ",".join(self.stack.declared_event()["KafkaBootstrapServers"])
        event = messages.kafka_event(parameters.TOPIC, brokers, *contents)
        answer = self.cloud.client("lambda").invoke(
            FunctionName=self.stack.id("AWS::Lambda::Function"), Payload=json.dumps(event), LogType="Tail"
        )
        payload = answer["Payload"].read().decode()
        log = base64.b64decode(answer.get("LogResult", "")).decode(errors="replace")
        expect(
            "FunctionError" not in answer and "errorMessage" not in payload, f"the function failed: {payload}\n{log}"
        )
        failures = (json.loads(payload or "null") or {}).get("batchItemFailures", [])
        expect(not failures, f"records were returned: {failures}\n{log}")
        readback.no_secret_in(log, "the log")
        expect(messages.PERSON not in log, "the log shows a person's address")

    def loopback_only(self) -> None:
        """Fails if a process of the test, including the function's, accepts connections from elsewhere."""
        sockets = self.processes.listening()
        expect(sockets, "no listening socket was found at all")
        same([one for one in sockets if one[0] not in ("127.0.0.1", "::1")], [], "sockets open to others")
