"""Reads back what was deployed through the AWS APIs, and compares it with the meaning of the template."""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

import parameters
from cloud import ACCOUNT, REGION, Cloud
from evaluate import Evaluation
from steps import expect, same
from template import Template

EXECUTABLE = 0o755


@dataclass
class Stack:
    """A deployed stack: the physical ids of the template's resources, by type."""

    cloud: Cloud
    name: str
    template: Template
    values: dict[str, str]

    def ids(self, resource_type: str) -> list[str]:
        """Returns the physical ids of all resources of a type."""
        found = self.cloud.client("cloudformation").describe_stack_resources(StackName=self.name)["StackResources"]
        return [resource["PhysicalResourceId"] for resource in found if resource["ResourceType"] == resource_type]

    def id(self, resource_type: str) -> str:
        """Returns the physical id of the only resource of a type."""
        found = self.ids(resource_type)
        same(len(found), 1, f"number of {resource_type}")
        return found[0]

    def function(self) -> dict[str, Any]:
        """Returns the function's configuration."""
        name = self.id("AWS::Lambda::Function")
        return self.cloud.client("lambda").get_function_configuration(FunctionName=name)

    def mapping(self) -> dict[str, Any]:
        """Returns the event source mapping."""
        identifier = self.id("AWS::Lambda::EventSourceMapping")
        return self.cloud.client("lambda").get_event_source_mapping(UUID=identifier)

    def secrets(self) -> dict[str, dict[str, str]]:
        """Returns ARN and content of each secret."""
        reader = self.cloud.client("secretsmanager")
        arns = self.ids("AWS::SecretsManager::Secret")
        return {arn: json.loads(reader.get_secret_value(SecretId=arn)["SecretString"]) for arn in arns}

    def secret(self, key: str) -> str:
        """Returns the ARN of the secret that contains a key."""
        (arn,) = (arn for arn, content in self.secrets().items() if key in content)
        return arn

    def queue_arn(self) -> str:
        """Returns the ARN of the failure queue. Built here, because the queue refuses our calls without TLS."""
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{self.id('AWS::SQS::Queue').rsplit('/', 1)[-1]}"

    def log_group_arn(self) -> str:
        """Returns the ARN of the log group, without the `:*` for its streams."""
        return f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{self.id('AWS::Logs::LogGroup')}"

    def declared_event(self) -> dict[str, Any]:
        """Returns the Kafka event as the template declares it."""
        ((_, properties),) = self.template.kafka_mappings()
        return Evaluation(self.template, self.values).value(properties)

    def declared_function(self) -> dict[str, Any]:
        """Returns the function as the template declares it."""
        ((_, _, properties),) = self.template.resources("AWS::Serverless::Function")
        return Evaluation(self.template, self.values).value(properties)


def secrets_are_verbatim(stack: Stack) -> None:
    """No character was lost between the parameter file and the secrets."""
    found = {tuple(sorted(content.items())) for content in stack.secrets().values()}
    meant = [
        {"username": parameters.USERNAME, "password": parameters.PASSWORD},
        {"clientId": parameters.CLIENT_ID, "clientSecret": parameters.CLIENT_SECRET},
    ]
    same(found, {tuple(sorted(content.items())) for content in meant}, "secrets")


def role_is_for_lambda(stack: Stack) -> None:
    """Only Lambda may assume the role, and it has one policy."""
    iam = stack.cloud.client("iam")
    name = stack.id("AWS::IAM::Role")
    (statement,) = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]["Statement"]
    trust = (statement["Effect"], statement["Principal"], listed(statement["Action"]))
    same(trust, ("Allow", {"Service": "lambda.amazonaws.com"}, ["sts:AssumeRole"]), "trust")
    same(iam.list_role_policies(RoleName=name)["PolicyNames"], [], "inline policies")
    attached = [policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]]
    same(attached, [stack.id("AWS::IAM::ManagedPolicy")], "managed policies")


def policy_is_least(stack: Stack) -> None:
    """The policy allows three things on the stack's own resources, by name, and nothing else."""
    iam = stack.cloud.client("iam")
    arn = stack.id("AWS::IAM::ManagedPolicy")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    found = {}
    for statement in document["Statement"]:
        same(statement["Effect"], "Allow", "effect")
        expect("Condition" not in statement, "a condition that the test does not know")
        resources = frozenset(name.removesuffix(":*") for name in listed(statement["Resource"]))
        expect(not any("*" in name for name in resources), f"a wildcard: {statement}")
        found[frozenset(listed(statement["Action"]))] = resources
    meant = {
        frozenset({"logs:CreateLogStream", "logs:PutLogEvents"}): frozenset({stack.log_group_arn()}),
        frozenset({"secretsmanager:GetSecretValue"}): frozenset(stack.secrets()),
        frozenset({"sqs:SendMessage"}): frozenset({stack.queue_arn()}),
    }
    same(found, meant, "statements")


def listed(value: str | list[str]) -> list[str]:
    """Returns a policy element, which may be one or several, as a list."""
    return [value] if isinstance(value, str) else value


def function_is_configured(stack: Stack) -> None:
    """The function is what the template says, and its environment contains only addresses."""
    found, meant = stack.function(), stack.declared_function()
    same(found["Runtime"], "provided.al2023", "runtime")
    same(found["Handler"], "bootstrap", "handler")
    same(found["Role"].rsplit("/", 1)[-1], stack.id("AWS::IAM::Role"), "role")
    for name in ("Architectures", "MemorySize", "Timeout"):
        same(found[name], meant[name], name)
    same(
        found["Environment"]["Variables"],
        {"PORT_API_URL": stack.values["PortApiUrl"], "PORT_SECRET_ARN": stack.secret("clientId")},
        "environment",
    )
    same(found["LoggingConfig"]["LogFormat"], "JSON", "log format")
    same(found["LoggingConfig"]["LogGroup"], stack.id("AWS::Logs::LogGroup"), "log group")


def package_is_complete(stack: Stack) -> None:
    """The package contains the executable program and the plan. (MiniStack would run a non-executable one, too.)"""
    code = stack.cloud.client("lambda").get_function(FunctionName=stack.id("AWS::Lambda::Function"))["Code"]
    with urllib.request.urlopen(code["Location"], timeout=10) as response:
        archive = zipfile.ZipFile(io.BytesIO(response.read()))
    modes = {entry.filename: entry.external_attr >> 16 & 0o777 for entry in archive.infolist()}
    same(set(modes), {"bootstrap", "plan.json"}, "files")
    same(oct(modes["bootstrap"]), oct(EXECUTABLE), "mode of bootstrap")


def mapping_is_configured(stack: Stack) -> None:
    """The trigger reads the right topic as the right group, with the right filters and failure destination."""
    found, meant = stack.mapping(), stack.declared_event()
    same(found["Topics"], [parameters.TOPIC], "topics")
    same(found["SelfManagedKafkaEventSourceConfig"]["ConsumerGroupId"], parameters.GROUP, "consumer group")
    same(found["StartingPosition"], meant["StartingPosition"], "starting position")
    same(
        found["SourceAccessConfigurations"],
        [{"Type": "SASL_SCRAM_512_AUTH", "URI": stack.secret("password")}],
        "authentication",
    )
    brokers = found["SelfManagedEventSource"]["Endpoints"]["KAFKA_BOOTSTRAP_SERVERS"]
    same(brokers, meant["KafkaBootstrapServers"], "brokers")
    expect(brokers and all(broker.endswith(":9196") for broker in brokers), f"not Port's listeners: {brokers}")
    same(found["DestinationConfig"], {"OnFailure": {"Destination": stack.queue_arn()}}, "destination")
    same(str(found["BatchSize"]), str(meant["BatchSize"]), "batch size")
    same(found["FunctionArn"], stack.function()["FunctionArn"], "function")
    filters_are_declared(stack)


def filters_are_declared(stack: Stack) -> None:
    """The filters are those of the template, and each is valid JSON."""
    found = [entry["Pattern"] for entry in stack.mapping()["FilterCriteria"]["Filters"]]
    meant = [entry["Pattern"] for entry in stack.declared_event()["FilterCriteria"]["Filters"]]
    same([json.loads(pattern) for pattern in found], [json.loads(pattern) for pattern in meant], "filters")


def nothing_leaks(stack: Stack) -> None:
    """No secret is visible outside Secrets Manager, and CloudFormation masks the parameters with credentials."""
    formation = stack.cloud.client("cloudformation")
    described = formation.describe_stacks(StackName=stack.name)["Stacks"][0]
    masked = {name for name, one in stack.template.section("Parameters").items() if one.get("NoEcho")}
    shown = {entry["ParameterKey"]: entry["ParameterValue"] for entry in described["Parameters"]}
    expect({"KafkaPassword", "PortClientSecret"} <= masked, "credentials that are not NoEcho")
    for name in masked & set(shown):
        same(set(shown[name]), {"*"}, f"{name} in describe-stacks")
    function = stack.id("AWS::Lambda::Function")
    places = {
        "the stack": described,
        "its events": formation.describe_stack_events(StackName=stack.name)["StackEvents"],
        "its template": formation.get_template(StackName=stack.name, TemplateStage="Original")["TemplateBody"],
        "the function": stack.cloud.client("lambda").get_function(FunctionName=function),
        "the trigger": stack.mapping(),
    }
    for place, content in places.items():
        no_secret_in(json.dumps(content, default=str, ensure_ascii=False), place)


def no_secret_in(text: str, place: str) -> None:
    """Fails if one of the credentials is in a text, as it is or escaped as in JSON."""
    for secret in parameters.SECRETS:
        expect(secret not in text and json.dumps(secret)[1:-1] not in text, f"{place} shows a credential")


def denied(call: Any, **arguments: Any) -> str:
    """Fails unless IAM refuses a call, and returns the reason."""
    try:
        call(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        expect(code.startswith("AccessDenied"), f"refused for another reason: {error}")
        return str(error)
    raise AssertionError(f"{call.__name__} was allowed")
