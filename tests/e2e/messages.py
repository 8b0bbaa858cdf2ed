"""Port's messages on the runs topic, and how Lambda delivers them to the function."""

from __future__ import annotations

import base64
import json
import time
from typing import Any


# The person who started the run. Must not be logged.
PERSON = "person@example.com"
# The tutorial's inputs on the command line.
CREATE_FLAGS = [f"--input={pair}" for pair in ("cpu=2", "memory=4", "storage=50", "region=eu-west-1")]


def create_vm(run: str) -> dict[str, Any]:
    """A run of the tutorial's action, as published by the first generation of actions, with the title left empty."""
    inputs = {"cpu": 2, "memory": 4, "storage": 50, "region": "eu-west-1"}
    types = {name: {"type": "number" if isinstance(value, int) else "string"} for name, value in inputs.items()}
    return {
        "action": "create_vm",
        "resourceType": "run",
        "status": "TRIGGERED",
        "trigger": {
            "by": {"orgId": "org_e2e", "userId": "auth0|e2e", "user": {"email": PERSON}},
            "origin": "UI",
            "at": "2026-01-01T00:00:00.000Z",
        },
        "context": {"entity": None, "blueprint": "vm", "runId": run},
        "payload": {
            "entity": None,
            "action": {
                "id": "action_e2e",
                "identifier": "create_vm",
                "title": "Create VM",
                "userInputs": {"properties": types, "required": list(inputs)},
                "invocationMethod": {"type": "KAFKA"},
                "trigger": "CREATE",
                "blueprint": "vm",
            },
            "properties": inputs,
        },
    }


def foreign(run: str) -> dict[str, Any]:
    """A run of an action that is not in the plan."""
    message = create_vm(run) | {"action": "somebody_elses"}
    message["payload"]["action"]["identifier"] = "somebody_elses"
    return message


def move_vm_action() -> dict[str, Any]:
    """The added action: second generation and as short as Port allows, so that payload and mapping are ours."""
    return {
        "identifier": "move_vm",
        "title": "Move VM",
        "trigger": {
            "type": "self-service",
            "operation": "DAY-2",
            "blueprintIdentifier": "vm",
            "userInputs": {
                "properties": {"region": {"type": "string", "title": "Region"}},
                "required": ["region"],
                "order": ["region"],
            },
        },
        "invocationMethod": {"type": "KAFKA"},
    }


def move_vm(run: str, entity: dict[str, Any], region: str) -> dict[str, Any]:
    """A run of the added action, as published with our payload."""
    return {
        "action": "move_vm",
        "context": {"runId": run, "blueprint": "vm", "entity": entity["identifier"]},
        "trigger": {"by": {"orgId": "org_e2e", "userId": "auth0|e2e"}, "origin": "UI", "operation": "DAY-2"},
        "inputs": {"region": region},
        "encrypted": [],
        "entity": entity,
    }


def kafka_event(topic: str, brokers: str, *messages: object) -> dict[str, Any]:
    """The event that Lambda's poller makes of the records of one partition."""
    records = [
        {
            "topic": topic,
            "partition": 0,
            "offset": offset,
            "timestamp": int(time.time() * 1000),
            "timestampType": "CREATE_TIME",
            "value": base64.b64encode(json.dumps(message).encode()).decode(),
            "headers": [],
        }
        for offset, message in enumerate(messages)
    ]
    return {"eventSource": "SelfManagedKafka", "bootstrapServers": brokers, "records": {f"{topic}-0": records}}
