#!/usr/bin/env python3
"""Proves that each of our rules refuses a template which breaks it, and accepts one which does not.

Uses mutants of a small template with one fault each. With `TEMPLATE=out/template.yaml` in the environment, the
generated template must pass, too.
"""

from __future__ import annotations

import copy
import json
import os
import unittest
from pathlib import Path
from typing import Any

import tools

if __name__ == "__main__":
    tools.enter(tools.sam(tools.DEFAULT))

import rules
from template import Template

NO_QUOTES = r'^[^"\\\x00-\x1f]*$'
PASSWORD = {"Type": "String", "Description": "p", "Default": "", "NoEcho": True, "AllowedPattern": NO_QUOTES}
NO_VALUE = {"Ref": "AWS::NoValue"}

SAMPLE: dict[str, Any] = {
    "Description": "a sample",
    "Parameters": {
        "KafkaUsername": PASSWORD,
        "KafkaPassword": PASSWORD,
        "KafkaSecretArn": {"Type": "String", "Description": "an existing secret", "Default": ""},
        "ActionIdentifier": {"Type": "String", "Description": "the action"},
        "Pollers": {"Type": "Number", "Description": "pollers", "Default": 0},
        "Seconds": {"Type": "Number", "Description": "timeout", "MaxValue": 900, "Default": 30},
    },
    "Conditions": {
        "CreateSecret": {"Fn::Equals": [{"Ref": "KafkaSecretArn"}, ""]},
        "IsProvisioned": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Pollers"}, 0]}]},
        "Both": {"Fn::And": [{"Condition": "CreateSecret"}, {"Condition": "IsProvisioned"}]},
    },
    "Resources": {
        "KafkaSecret": {
            "Type": "AWS::SecretsManager::Secret",
            "Condition": "CreateSecret",
            "Metadata": {"cdk_nag": {"rules_to_suppress": [{"id": "AwsSolutions-SMG4", "reason": "Port rotates it"}]}},
            "Properties": {
                "Description": "credentials",
                "SecretString": {"Fn::Sub": '{"username":"${KafkaUsername}","password":"${KafkaPassword}"}'},
            },
        },
        "Failures": {"Type": "AWS::SQS::Queue", "Metadata": {"Description": "what was given up"}},
        "Policy": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "Description": "what the function may do",
                "PolicyDocument": {
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Action": "secretsmanager:GetSecretValue",
                            "Resource": {"Fn::If": ["CreateSecret", {"Ref": "KafkaSecret"}, {"Ref": "KafkaSecretArn"}]},
                        },
                        {
                            "Effect": "Allow",
                            "Action": ["sqs:SendMessage"],
                            "Resource": {"Fn::GetAtt": ["Failures", "Arn"]},
                        },
                        {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*"},
                    ]
                },
            },
        },
        "Runner": {
            "Type": "AWS::Serverless::Function",
            "DependsOn": "Policy",
            "Properties": {
                "Description": "the function",
                "Role": "arn:aws:iam::000000000000:role/runner",
                "Timeout": 30,
                "Environment": {"Variables": {"PORT_SECRET_ARN": {"Ref": "KafkaSecretArn"}}},
                "Events": {
                    "Runs": {
                        "Type": "SelfManagedKafka",
                        "Properties": {
                            "StartingPosition": "LATEST",
                            "FilterCriteria": {
                                "Filters": [
                                    {"Pattern": '{"value":{"action":["create_vm"]}}'},
                                    {"Pattern": {"Fn::Sub": '{"value":{"action":["${ActionIdentifier}"]}}'}},
                                ]
                            },
                            "ProvisionedPollerConfig": {"Fn::If": ["IsProvisioned", {"MinimumPollers": 1}, NO_VALUE]},
                            "MaximumRetryAttempts": {"Fn::If": ["IsProvisioned", 10, NO_VALUE]},
                        },
                    }
                },
            },
        },
    },
    "Outputs": {"Mapping": {"Description": "the event source", "Value": {"Ref": "RunnerRuns"}}},
}

FUNCTION = ("Resources", "Runner", "Properties")
EVENT = (*FUNCTION, "Events", "Runs", "Properties")
FILTERS = (*EVENT, "FilterCriteria", "Filters")
PATTERN = (*FILTERS, 0, "Pattern")
SECRET = ("Resources", "KafkaSecret", "Properties", "SecretString")
POLICY = ("Resources", "Policy", "Properties", "PolicyDocument", "Statement", 0)
METADATA = ("Resources", "Runner", "Metadata")
REMOVED = object()
GOOD = {"Pattern": '{"value":{"action":["a"]}}'}

# rule, what is set, to what
MUTANTS: list[tuple[str, tuple[str | int, ...], Any]] = [
    ("starting-position", (*EVENT, "StartingPosition"), REMOVED),
    ("starting-position", (*EVENT, "StartingPosition"), NO_VALUE),
    ("filters", PATTERN, '{"value":'),
    ("filters", PATTERN, {"Fn::Sub": '{"value":{"action":[${ActionIdentifier}]}}'}),
    ("filters", PATTERN, {"Fn::Sub": ["{value}", {"value": "x"}]}),
    ("filters", PATTERN, {"Fn::Join": ["", ["{}"]]}),
    ("filters", PATTERN, '{"body":{"action":["create_vm"]}}'),
    ("filters", PATTERN, '{"value":{"action":["a"]},"key":["b"]}'),
    ("filters", PATTERN, '["value"]'),
    ("filters", PATTERN, '{"value":{"action":"create_vm"}}'),
    ("filters", PATTERN, '{"value":{"action":[]}}'),
    ("filters", PATTERN, '{"value":{"action":[{"starts-with":"create"}]}}'),
    ("filters", PATTERN, json.dumps({"value": {"action": ["x" * 4096]}})),
    ("filters", FILTERS, [GOOD] * 6),
    ("filters", FILTERS, []),
    ("provisioned-settings", (*EVENT, "ProvisionedPollerConfig"), REMOVED),
    ("provisioned-settings", (*EVENT, "MaximumRetryAttempts"), 10),
    ("provisioned-settings", (*EVENT, "MaximumRetryAttempts"), {"Fn::If": ["CreateSecret", 10, NO_VALUE]}),
    ("provisioned-settings", (*EVENT, "MaximumRetryAttempts"), {"Fn::If": ["IsProvisioned", NO_VALUE, 10]}),
    ("provisioned-settings", (*EVENT, "MaximumRecordAgeInSeconds"), 60),
    ("provisioned-settings", (*EVENT, "BisectBatchOnFunctionError"), True),
    ("provisioned-settings", (*EVENT, "FunctionResponseTypes"), ["ReportBatchItemFailures"]),
    ("provisioned-settings", (*EVENT, "LoggingConfig"), {"SystemLogLevel": "WARN"}),
    ("provisioned-settings", (*EVENT, "MetricsConfig"), {"Metrics": ["EventCount"]}),
    ("secret-strings", SECRET, '{"username":"u","password":"hunter2"}'),
    ("secret-strings", SECRET, {"Fn::Sub": '{"username":"${KafkaUsername}","password":"hunter2"}'}),
    ("secret-strings", SECRET, {"Fn::Sub": '{"username":"${KafkaUsername}","password":"x${KafkaPassword}"}'}),
    ("secret-strings", SECRET, {"Fn::Sub": '{"username":"${KafkaUsername}","password":"${ActionIdentifier}"}'}),
    ("secret-strings", SECRET, {"Fn::Sub": '{"username":"${KafkaUsername}"'}),
    ("secret-strings", SECRET, {"Fn::ToJsonString": {"password": {"Ref": "KafkaPassword"}}}),
    ("secret-strings", SECRET, {"Ref": "ActionIdentifier"}),
    ("secret-strings", ("Parameters", "KafkaPassword", "AllowedPattern"), REMOVED),
    ("secret-strings", ("Parameters", "KafkaPassword", "AllowedPattern"), '^[^"]*$'),
    ("secret-strings", ("Parameters", "KafkaPassword", "AllowedPattern"), r"^[a-z]*$"),
    ("credentials-are-masked", ("Parameters", "KafkaPassword", "NoEcho"), REMOVED),
    ("credentials-are-masked", ("Parameters", "KafkaUsername", "NoEcho"), False),
    ("credentials-are-masked", ("Parameters", "PortClientId"), {"Type": "String", "Description": "client"}),
    ("credentials-are-masked", ("Parameters", "KafkaPassword", "Default"), "hunter2"),
    ("credentials-stay-put", (*FUNCTION, "Environment", "Variables", "PASSWORD"), {"Ref": "KafkaPassword"}),
    ("credentials-stay-put", (*FUNCTION, "Environment", "Variables", "P"), {"Fn::Sub": "x${KafkaPassword}"}),
    ("credentials-stay-put", (*FUNCTION, "Environment", "Variables", "P"), "{{resolve:secretsmanager:x}}"),
    ("credentials-stay-put", ("Outputs", "Mapping", "Value"), {"Ref": "KafkaPassword"}),
    ("credentials-stay-put", ("Metadata",), {"Login": {"Ref": "KafkaUsername"}}),
    ("credentials-stay-put", (*FUNCTION, "Description"), {"Fn::Sub": "${KafkaUsername}"}),
    ("targets-exist", ("Outputs", "Mapping", "Value"), {"Ref": "RunnerEvents"}),
    ("targets-exist", ("Outputs", "Mapping", "Value"), {"Ref": "RunnerRole"}),
    ("targets-exist", ("Outputs", "Mapping", "Value"), {"Fn::GetAtt": ["Nothing", "Arn"]}),
    ("targets-exist", ("Outputs", "Mapping", "Value"), {"Fn::GetAtt": "ActionIdentifier.Arn"}),
    ("targets-exist", ("Outputs", "Mapping", "Value"), {"Fn::Sub": "${Nothing.Arn}"}),
    ("targets-exist", ("Outputs", "Mapping", "Condition"), "Nowhere"),
    ("targets-exist", (*EVENT, "BatchSize"), {"Ref": "Nothing"}),
    ("targets-exist", (*EVENT, "BatchSize"), {"Fn::If": ["Nowhere", 1, 2]}),
    ("targets-exist", ("Conditions", "Both", "Fn::And", 0, "Condition"), "Nowhere"),
    ("targets-exist", ("Resources", "KafkaSecret", "Condition"), "Nowhere"),
    ("targets-exist", ("Resources", "Runner", "DependsOn"), ["Nothing"]),
    ("one-form", ("Outputs", "Mapping", "Value"), {"Fn::GetAtt": "Failures.Arn"}),
    ("least-privilege", (*POLICY, "Resource"), "*"),
    ("least-privilege", (*POLICY, "Resource"), {"Fn::If": ["CreateSecret", {"Ref": "KafkaSecret"}, "*"]}),
    ("least-privilege", (*POLICY, "Resource"), ["arn:aws:s3:::x", "*"]),
    ("least-privilege", (*POLICY, "NotResource"), "arn:aws:s3:::x"),
    ("least-privilege", (*POLICY, "Principal"), {"AWS": "*"}),
    ("least-privilege", (*POLICY, "Action"), ["secretsmanager:GetSecretValue", "secretsmanager:ListSecrets"]),
    ("least-privilege", (*POLICY, "Action"), "secretsmanager:DescribeSecret"),
    ("least-privilege", (*POLICY, "Action"), "sqs:*"),
    ("described", ("Description",), REMOVED),
    ("described", ("Parameters", "Pollers", "Description"), REMOVED),
    ("described", ("Outputs", "Mapping", "Description"), " "),
    ("described", ("Resources", "Failures", "Metadata"), REMOVED),
    ("described", ("Resources", "Policy", "Properties", "Description"), ""),
    ("timeouts", (*FUNCTION, "Timeout"), 841),
    ("timeouts", (*FUNCTION, "Timeout"), {"Ref": "Seconds"}),
    ("timeouts", (*FUNCTION, "Timeout"), {"Ref": "Pollers"}),
    ("environment-size", (*FUNCTION, "Environment", "Variables", "PLAN"), "x" * 4096),
    ("template-size", ("Metadata",), {"Padding": "x" * 1_000_000}),
    ("suppressions-have-reasons", METADATA, {"checkov": {"skip": [{"id": "CKV_AWS_116"}]}}),
    ("suppressions-have-reasons", METADATA, {"checkov": {"skip": [{"id": "CKV_AWS_116", "comment": " "}]}}),
    ("suppressions-have-reasons", METADATA, {"cdk_nag": {"rules_to_suppress": [{"id": "Serverless-LambdaDLQ"}]}}),
    ("suppressions-have-reasons", METADATA, {"cfn-lint": {"config": {"ignore_checks": ["W3002"]}}}),
    ("suppressions-have-reasons", METADATA, {"guard": {"SuppressedRules": ["LAMBDA_DLQ_CHECK"]}}),
    ("suppressions-have-reasons", ("Metadata",), {"cfn-lint": {"config": {"ignore_checks": ["W3002"]}}}),
]


def mutant(at: tuple[str | int, ...], value: Any) -> Template:
    """Returns the sample with one node set or removed."""
    body = copy.deepcopy(SAMPLE)
    parent: Any = body
    for step in at[:-1]:
        parent = parent[step]
    if value is REMOVED:
        del parent[at[-1]]
    else:
        parent[at[-1]] = value
    return Template.parse(json.dumps(body))


def broken(template: Template) -> dict[str, list[str]]:
    """Returns the rules that a template breaks, with the findings."""
    found = {name: [str(one) for one in rule(template) if not one.note] for name, rule in rules.RULES.items()}
    return {name: findings for name, findings in found.items() if findings}


class Rules(unittest.TestCase):
    """Every rule has mutants and refuses them."""

    maxDiff = None

    def test_the_sample_passes(self) -> None:
        self.assertEqual(broken(Template.parse(json.dumps(SAMPLE))), {})

    def test_each_mutant_is_refused_by_its_rule(self) -> None:
        for rule, at, value in MUTANTS:
            with self.subTest(rule=rule, at=at, value=str(value)[:80]):
                self.assertIn(rule, broken(mutant(at, value)))

    def test_each_rule_has_a_mutant(self) -> None:
        self.assertEqual({rule for rule, _, _ in MUTANTS}, set(rules.RULES))

    def test_settings_and_pollers_may_both_be_unconditional(self) -> None:
        template = mutant((*EVENT, "ProvisionedPollerConfig"), {"MinimumPollers": 1})
        self.assertEqual(broken(template), {})

    def test_a_large_template_is_noted(self) -> None:
        notes = [one for one in rules.template_size(mutant(("Metadata",), {"Padding": "x" * 51_200})) if one.note]
        self.assertEqual(len(notes), 1)

    def test_a_reason_silences_a_check(self) -> None:
        lint = {"config": {"ignore_checks": ["W3002"]}, "reason": "the code is packaged by `sam deploy`"}
        self.assertEqual(broken(mutant(METADATA, {"cfn-lint": lint})), {})


    def test_a_reason_allows_a_wildcard_that_aws_requires(self) -> None:
        for reason, allowed in (("Describing images takes no resource.", True), (" ", False)):
            template = mutant((*POLICY, "Resource"), "*")
            note = {"cdk_nag": {"rules_to_suppress": [{"id": "AwsSolutions-IAM5", "reason": reason}]}}
            template.body["Resources"]["Policy"]["Metadata"] = note
            self.assertEqual("least-privilege" not in broken(template), allowed)


class Reading(unittest.TestCase):
    """The reader reads YAML as other tools do."""

    def test_short_tags_become_long_forms(self) -> None:
        read = Template.parse("{a: !Ref B, c: !GetAtt D.E.F, g: !Sub '${H}', i: !If [J, !Ref K, 1], l: !Condition M}")
        self.assertEqual(
            read.body,
            {
                "a": {"Ref": "B"},
                "c": {"Fn::GetAtt": ["D", "E.F"]},
                "g": {"Fn::Sub": "${H}"},
                "i": {"Fn::If": ["J", {"Ref": "K"}, 1]},
                "l": {"Condition": "M"},
            },
        )
        self.assertEqual(read.forms, {"tags"})

    def test_two_forms_are_noticed(self) -> None:
        self.assertEqual(Template.parse("{a: !Ref B, c: {Ref: D}}").forms, {"tags", "long"})
        self.assertEqual(Template.parse("{a: !Sub ['${B}', {B: {Ref: C}}]}").forms, {"tags", "long"})

    def test_yaml_1_1_is_read_as_such(self) -> None:
        read = Template.parse("{a: on, b: 12:30:45, c: 1_000, d: 'on', e: 010}")
        self.assertEqual(read.body, {"a": True, "b": 45045, "c": 1000, "d": "on", "e": 8})

    def test_a_duplicate_key_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "duplicate key: a"):
            Template.parse("{a: 1, a: 2}")


@unittest.skipUnless("TEMPLATE" in os.environ, "TEMPLATE names no generated template")
class Generated(unittest.TestCase):
    """The template that the project generates."""

    def test_it_passes(self) -> None:
        self.assertEqual(broken(Template.load(Path(os.environ["TEMPLATE"]))), {})


if __name__ == "__main__":
    unittest.main()
