"""MiniStack, extended for a stack with a self-managed Kafka trigger. Runs in MiniStack's own environment.

MiniStack 1.5.33 differs from AWS in three ways that matter here. `Ref` of a secret is the secret's name, where AWS
returns its ARN. An event source mapping loses every property that only Kafka has. A condition treats `Fn::Join`, with
which a template asks whether a list is empty, as text. All three are fixed here, from outside, by wrapping functions
that MiniStack's CloudFormation calls.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from ministack import app
from ministack.services import lambda_svc, secretsmanager
from ministack.services.cloudformation import changesets, engine, handlers, provisioners, stacks

Properties = dict[str, Any]
Created = tuple[str, dict[str, Any]]

# What GetEventSourceMapping returns for a self-managed Kafka mapping, but MiniStack does not keep.
KAFKA_PROPERTIES = (
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "Topics",
    "SourceAccessConfigurations",
    "StartingPositionTimestamp",
    "ProvisionedPollerConfig",
    "LoggingConfig",
    "MetricsConfig",
    "KmsKeyArn",
)


def wrap(resource_type: str, **operations: Callable) -> None:
    """Replaces operations of a resource type. Each replacement receives the original as its first argument."""
    handlers = dict(provisioners._RESOURCE_HANDLERS[resource_type])
    for name, operation in operations.items():
        handlers[name] = bound(operation, handlers[name])
    provisioners._RESOURCE_HANDLERS[resource_type] = handlers


def bound(operation: Callable, original: Callable) -> Callable:
    """Returns the replacement, with the signature of the original."""

    def replacement(*arguments: Any, **named: Any) -> Any:
        return operation(original, *arguments, **named)

    replacement.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
    return replacement


# --- a secret's physical id is its ARN -------------------------------------------------------------------------------


def secret_name(arn: str) -> str:
    """Returns the name under which MiniStack stores a secret."""
    for name, secret in list(secretsmanager._secrets.items()):
        if secret["ARN"] == arn:
            return name
    return arn


def identified_by_arn(made: Created) -> Created:
    """Replaces the physical id in the result of a create or update with the ARN."""
    name, attributes = made
    return attributes["Arn"], attributes


def create_secret(original: Callable, *arguments: Any, **named: Any) -> Created:
    return identified_by_arn(original(*arguments, **named))


def update_secret(original: Callable, physical_id: str, *arguments: Any, **named: Any) -> Created:
    return identified_by_arn(original(secret_name(physical_id), *arguments, **named))


def delete_secret(original: Callable, physical_id: str, *arguments: Any, **named: Any) -> Any:
    return original(secret_name(physical_id), *arguments, **named)


# --- an event source mapping keeps what only Kafka has ---------------------------------------------------------------


def keep_kafka_properties(mapping_id: str, properties: Properties) -> None:
    """Writes the properties into MiniStack's record, as the Lambda API returns them."""
    mapping = lambda_svc._esms[mapping_id]
    for name in KAFKA_PROPERTIES:
        mapping.pop(name, None)
        if properties.get(name) is not None:
            mapping[name] = properties[name]
    endpoints = (properties.get("SelfManagedEventSource") or {}).get("Endpoints") or {}
    brokers = endpoints.get("KafkaBootstrapServers")
    if brokers is not None:
        # CloudFormation and the API spell this key differently.
        mapping["SelfManagedEventSource"] = {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": brokers}}


def create_mapping(original: Callable, logical_id: str, properties: Properties, stack: str) -> Created:
    made = original(logical_id, properties, stack)
    keep_kafka_properties(made[0], properties)
    return made


def update_mapping(original: Callable, physical_id: str, before: Properties, after: Properties, stack: str) -> Created:
    if before.get("SelfManagedEventSource") != after.get("SelfManagedEventSource"):
        # Cannot be changed on AWS: CloudFormation creates a new mapping and removes the old one.
        handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
        made = handlers["create"](physical_id, after, stack)
        handlers["delete"](physical_id, before)
        return made
    made = original(physical_id, before, after, stack)
    keep_kafka_properties(made[0], after)
    return made


# --- a condition may join a list -------------------------------------------------------------------------------------


def joined(node: Any, parameters: dict[str, Any]) -> Any:
    """Returns the node with text in place of each `Fn::Join` over one list parameter."""
    if isinstance(node, list):
        return [joined(child, parameters) for child in node]
    if not isinstance(node, dict):
        return node
    if set(node) == {"Fn::Join"}:
        separator, items = node["Fn::Join"]
        if isinstance(items, dict) and items.get("Ref") in parameters:
            return separator.join(str(parameters[items["Ref"]]["Value"]).split(","))
    return {key: joined(child, parameters) for key, child in node.items()}


def fix_conditions() -> None:
    """Replaces MiniStack's function in each module that has imported it."""
    original = engine._evaluate_conditions

    def evaluate_conditions(template: dict[str, Any], parameters: dict[str, Any]) -> dict[str, bool]:
        conditions = joined(template.get("Conditions") or {}, parameters)
        return original({**template, "Conditions": conditions}, parameters)

    for module in (engine, changesets, handlers, stacks):
        module._evaluate_conditions = evaluate_conditions


fix_conditions()
wrap("AWS::SecretsManager::Secret", create=create_secret, update=update_secret, delete=delete_secret)
wrap("AWS::Lambda::EventSourceMapping", create=create_mapping, update=update_mapping)

if __name__ == "__main__":
    app.main()
