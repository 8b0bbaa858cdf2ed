#!/usr/bin/env python3
"""Derives `review/src/template/replacement.json` from CloudFormation's registry schemas: `replacement.py [--check]`.

The schemas are in cfn-lint's wheel (MIT-0), in the version that `requirements-sam.txt` pins. For each type in `TYPES`,
the file has the properties whose change replaces the resource, those whose change may replace it, and the lists whose
order has no meaning. Standard library only. The exit status is 1 if `--check` finds a difference.
"""

from __future__ import annotations

import argparse
import difflib
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLE = HERE.parent.parent / "review/src/template/replacement.json"
REQUIREMENTS = HERE / "requirements-sam.txt"
WHEELS = Path("target/tools/wheels")
SCHEMAS = "cfnlint/data/schemas"
# This region has all types that are in every region.
REGION = "us-east-1"

# What the template has, what SAM makes of functions, and what overrides are likely to add.
TYPES = """
AWS::ApiGateway::Deployment AWS::ApiGateway::Method AWS::ApiGateway::Resource AWS::ApiGateway::RestApi
AWS::ApiGateway::Stage AWS::ApiGatewayV2::Api AWS::ApiGatewayV2::Integration AWS::ApiGatewayV2::Route
AWS::ApiGatewayV2::Stage AWS::ApplicationAutoScaling::ScalableTarget AWS::ApplicationAutoScaling::ScalingPolicy
AWS::CloudFormation::Stack
AWS::CloudWatch::Alarm AWS::CloudWatch::AnomalyDetector AWS::CloudWatch::CompositeAlarm AWS::CloudWatch::Dashboard
AWS::CloudWatch::MetricStream AWS::CodeDeploy::Application AWS::CodeDeploy::DeploymentGroup AWS::Cognito::UserPool
AWS::DynamoDB::GlobalTable AWS::DynamoDB::Table AWS::EC2::EIP AWS::EC2::NatGateway AWS::EC2::SecurityGroup
AWS::EC2::SecurityGroupEgress AWS::EC2::SecurityGroupIngress AWS::EC2::Subnet AWS::EC2::VPC AWS::EC2::VPCEndpoint
AWS::ECR::Repository AWS::EFS::AccessPoint AWS::EFS::FileSystem AWS::EFS::MountTarget AWS::Events::Archive
AWS::Events::Connection AWS::Events::EventBus AWS::Events::Rule AWS::IAM::Group AWS::IAM::GroupPolicy
AWS::IAM::InstanceProfile AWS::IAM::ManagedPolicy AWS::IAM::Policy AWS::IAM::Role AWS::IAM::RolePolicy
AWS::IAM::ServiceLinkedRole AWS::IAM::User AWS::IAM::UserPolicy AWS::IAM::UserToGroupAddition AWS::KMS::Alias
AWS::KMS::Key AWS::KMS::ReplicaKey AWS::Kinesis::Stream AWS::Kinesis::StreamConsumer
AWS::KinesisFirehose::DeliveryStream AWS::Lambda::Alias AWS::Lambda::CodeSigningConfig AWS::Lambda::EventInvokeConfig
AWS::Lambda::EventSourceMapping AWS::Lambda::Function AWS::Lambda::LayerVersion AWS::Lambda::LayerVersionPermission
AWS::Lambda::Permission AWS::Lambda::Url AWS::Lambda::Version AWS::Logs::LogGroup AWS::Logs::LogStream
AWS::Logs::MetricFilter AWS::Logs::QueryDefinition AWS::Logs::ResourcePolicy AWS::Logs::SubscriptionFilter
AWS::MSK::Cluster AWS::MSK::ServerlessCluster AWS::RDS::DBCluster AWS::RDS::DBInstance AWS::S3::AccessPoint
AWS::S3::Bucket AWS::S3::BucketPolicy AWS::SNS::Subscription AWS::SNS::Topic AWS::SNS::TopicInlinePolicy
AWS::SNS::TopicPolicy AWS::SQS::Queue AWS::SQS::QueueInlinePolicy AWS::SQS::QueuePolicy AWS::SSM::Parameter
AWS::Scheduler::Schedule AWS::Scheduler::ScheduleGroup AWS::SecretsManager::ResourcePolicy
AWS::SecretsManager::RotationSchedule AWS::SecretsManager::Secret AWS::SecretsManager::SecretTargetAttachment
AWS::StepFunctions::Activity AWS::StepFunctions::StateMachine AWS::WAFv2::WebACL AWS::WAFv2::WebACLAssociation
""".split()


def main() -> int:
    """Writes the table, or compares it."""
    parser = argparse.ArgumentParser(description="Derives what replaces a resource from CloudFormation's schemas.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the table differs")
    arguments = parser.parse_args()
    wanted = text(wheel())
    held = TABLE.read_text() if TABLE.exists() else ""
    if held == wanted:
        print(f"{TABLE.name} is up to date: {len(TYPES)} types")
        return 0
    if arguments.check:
        sys.stdout.writelines(difflib.unified_diff(held.splitlines(True), wanted.splitlines(True), "held", "derived"))
        print(f"error: {TABLE.name} is out of date; run\n  python3 tests/checks/replacement.py", file=sys.stderr)
        return 1
    with tempfile.NamedTemporaryFile("w", dir=TABLE.parent, delete=False) as file:
        file.write(wanted)
    os.chmod(file.name, 0o644)
    os.replace(file.name, TABLE)
    print(f"wrote {TABLE.name}: {len(TYPES)} types")
    return 0


def wheel() -> Path:
    """Returns cfn-lint's wheel, which is fetched once."""
    pinned = re.search(r"^cfn-lint==(\S+)", REQUIREMENTS.read_text(), re.MULTILINE)
    if pinned is None:
        raise SystemExit(f"error: {REQUIREMENTS.name} does not pin cfn-lint")
    name = f"cfn_lint-{pinned[1]}-*.whl"
    if not list(WHEELS.glob(name)):
        pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input", "download"]
        subprocess.run([*pip, "--no-deps", "--dest", str(WHEELS), f"cfn-lint=={pinned[1]}"], check=True)
    return next(WHEELS.glob(name))


def text(path: Path) -> str:
    """Formats the table with one type per line, so that people can read the diff of a new version of the schemas."""
    with zipfile.ZipFile(path) as archive:
        index = json.loads(archive.read(f"{SCHEMAS}/providers/{REGION}.json"))
        date = json.loads(archive.read(f"{SCHEMAS}/version.json"))["schema_date"]
        types, digest = {}, hashlib.sha256()
        for name in sorted(TYPES):
            schema = archive.read(f"{SCHEMAS}/resources/{index[name]}.json")
            digest.update(schema)
            types[name] = kept(json.loads(schema))
    head = {
        "source": f"CloudFormation registry schemas of {date}, from {path.name.split('-py3')[0].replace('_', '-')} (MIT-0)",
        "sha256": digest.hexdigest(),
    }
    lines = [f"  {json.dumps(key)}: {json.dumps(value)},\n" for key, value in head.items()]
    rows = ",\n".join(f"    {json.dumps(name)}: {json.dumps(facts)}" for name, facts in types.items())
    return "{\n" + "".join(lines) + '  "types": {\n' + rows + "\n  }\n}\n"


def kept(schema: dict) -> dict:
    """Returns what the table says about a type, without empty lists."""
    facts = {
        "createOnly": pointers(schema.get("createOnlyProperties", [])),
        "conditional": pointers(schema.get("conditionalCreateOnlyProperties", [])),
        "unordered": sorted(unordered(schema, schema, "", 0)),
    }
    # If a type cannot be updated, any change replaces the resource.
    if "update" not in schema.get("handlers", {"update": {}}):
        facts["createOnly"] = [""]
    return {key: value for key, value in facts.items() if value}


def pointers(listed: list[str]) -> list[str]:
    """Returns pointers relative to `Properties`."""
    return sorted({pointer.removeprefix("/properties").replace("/properties/", "/") for pointer in listed})


def unordered(schema: dict, root: dict, path: str, depth: int) -> set[str]:
    """Returns the lists whose order has no meaning, with `*` for any item of a list."""
    for _ in range(10):
        if "$ref" not in schema:
            break
        target = root
        for key in schema["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        schema = target
    if depth > 8:
        return set()
    found = {path} if schema.get("insertionOrder") is False and "items" in schema else set()
    if isinstance(schema.get("items"), dict):
        found |= unordered(schema["items"], root, f"{path}/*", depth + 1)
    for name, inner in schema.get("properties", {}).items():
        if isinstance(inner, dict):
            found |= unordered(inner, root, f"{path}/{name}", depth + 1)
    return found


if __name__ == "__main__":
    sys.exit(main())
