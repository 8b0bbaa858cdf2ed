"""Rules that no other tool checks, although a template that breaks them deploys badly or leaks secrets.

Each rule is a function that takes the parsed template and yields findings. Its docstring is shown when it fails.
`test_rules.py` proves for each rule that it refuses a template which breaks it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from template import NO_VALUE, Node, Pointer, Template, branches, guard, pointer, substituted

# Lambda refuses a longer timeout for a function behind a self-managed Kafka event source.
LONGEST_TIMEOUT = 840
MOST_FILTERS = 5
LONGEST_PATTERN = 4096
LARGEST_ENVIRONMENT = 4096
# The assumed length of a value that is known only at deployment, such as an ARN or a URL.
TYPICAL_VALUE = 256
INLINE_TEMPLATE = 51_200
LARGEST_TEMPLATE = 1_000_000

# Lambda supports these for Kafka only with provisioned pollers.
PROVISIONED_ONLY = (
    "MaximumRetryAttempts",
    "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError",
    "FunctionResponseTypes",
    "LoggingConfig",
    "MetricsConfig",
)

CREDENTIAL = re.compile(r"pass(word|wd|phrase)|secret|credential|token|api_?key|user_?name|client_?id", re.IGNORECASE)
# The name or address of a secret is not secret itself.
REFERENCE = re.compile(r"(Arn|KeyId|Name)$(?<!User[Nn]ame)(?<!user_name)")

PSEUDO_PARAMETERS = {
    f"AWS::{name}"
    for name in ("AccountId", "NotificationARNs", "NoValue", "Partition", "Region", "StackId", "StackName", "URLSuffix")
}

OPERATORS = {"prefix", "suffix", "numeric", "exists", "anything-but", "equals-ignore-case"}


@dataclass(frozen=True)
class Finding:
    """What is wrong, and where. A note is worth reading, but fails nothing."""

    at: str
    message: str
    note: bool = False

    def __str__(self) -> str:
        return f"{self.at or '/'}: {self.message}"


Rule = Callable[[Template], Iterator[Finding]]
RULES: dict[str, Rule] = {}


def rule(check: Rule) -> Rule:
    """Adds a check to the rules, under its own name."""
    RULES[check.__name__.replace("_", "-")] = check
    return check


def finding(at: Pointer, message: str) -> Finding:
    """Makes a finding for a node."""
    return Finding(pointer(at), message)


# --- the event source ------------------------------------------------------------------------------------------------


@rule
def starting_position(template: Template) -> Iterator[Finding]:
    """Lambda refuses a self-managed Kafka event source without a starting position."""
    for at, properties in template.kafka_mappings():
        if not list(branches(properties.get("StartingPosition", NO_VALUE))):
            yield finding(at, "StartingPosition is missing")


@rule
def filters(template: Template) -> Iterator[Finding]:
    """If Lambda cannot read a pattern, the deployment fails; a pattern with another meaning drops runs silently."""
    for at, properties in template.kafka_mappings():
        for criteria in branches(properties.get("FilterCriteria", NO_VALUE)):
            at_filters = (*at, "FilterCriteria", "Filters")
            listed = criteria.get("Filters") or []
            if not listed:
                yield finding(at_filters, "no filters: remove FilterCriteria instead")
            if len(listed) > MOST_FILTERS:
                yield finding(at_filters, f"{len(listed)} filters; Lambda allows {MOST_FILTERS}")
            for index, entry in enumerate(listed):
                for choice in branches(entry):
                    at_pattern = (*at_filters, index, "Pattern")
                    for pattern in branches(choice.get("Pattern", NO_VALUE)):
                        yield from (finding(at_pattern, message) for message in pattern_faults(pattern))


def pattern_faults(pattern: Node) -> Iterator[str]:
    """Yields what is wrong with one filter pattern."""
    known = substituted(pattern)
    if known is None:
        yield "the pattern must be a string or an Fn::Sub of one; anything else cannot be checked"
        return
    text, names = known
    for name in names:
        text = text.replace(f"${{{name}}}", "x")
    if len(text) > LONGEST_PATTERN:
        yield f"{len(text)} characters; Lambda allows {LONGEST_PATTERN}"
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:
        yield f"not JSON: {error}"
        return
    if not isinstance(parsed, dict) or set(parsed) != {"value"}:
        yield "a Kafka filter can use only the key `value`"
        return
    yield from leaf_faults(parsed["value"], "value")


def leaf_faults(node: Node, path: str) -> Iterator[str]:
    """A filter consists of objects and, innermost, lists of accepted values. Others fail or never match."""
    if isinstance(node, dict) and node:
        for key, child in node.items():
            if key == "$or" and isinstance(child, list):
                for index, choice in enumerate(child):
                    yield from leaf_faults(choice, f"{path}.$or[{index}]")
            else:
                yield from leaf_faults(child, f"{path}.{key}")
    elif isinstance(node, list) and node:
        for accepted in node:
            if isinstance(accepted, list) or (isinstance(accepted, dict) and not set(accepted) <= OPERATORS):
                yield f"`{path}` accepts {json.dumps(accepted)}, which is neither a value nor a comparison"
    else:
        yield f"`{path}` must be a list of accepted values, not {json.dumps(node)}"


@rule
def provisioned_settings(template: Template) -> Iterator[Finding]:
    """On-demand polling supports no retry limits, partial responses, logs or metrics: the deployment would fail."""
    for at, properties in template.kafka_mappings():
        pollers = properties.get("ProvisionedPollerConfig", NO_VALUE)
        for name in PROVISIONED_ONLY:
            setting = properties.get(name, NO_VALUE)
            if setting == NO_VALUE:
                continue
            if pollers == NO_VALUE:
                yield finding((*at, name), "needs ProvisionedPollerConfig")
            elif guard(pollers) is not None and guard(setting) != guard(pollers):
                yield finding((*at, name), "must have the same condition as ProvisionedPollerConfig")


# --- secrets ---------------------------------------------------------------------------------------------------------


@rule
def secret_strings(template: Template) -> Iterator[Finding]:
    """A secret may consist only of NoEcho parameters, and must be valid JSON for any values of them."""
    for name, _, properties in template.resources("AWS::SecretsManager::Secret"):
        at = ("Resources", name, "Properties", "SecretString")
        for value in branches(properties.get("SecretString", NO_VALUE)):
            yield from (finding(at, message) for message in secret_faults(template, value))


def secret_faults(template: Template, value: Node) -> Iterator[str]:
    """Yields what is wrong with one SecretString."""
    if isinstance(value, dict) and set(value) == {"Ref"}:
        if not no_echo(template, value["Ref"]):
            yield f"`{value['Ref']}` is not a NoEcho parameter"
        return
    known = substituted(value)
    if known is None or not known[1]:
        yield "must be a Ref to a NoEcho parameter, or an Fn::Sub of JSON over such parameters"
        return
    text, names = known
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:
        yield f"not JSON: {error}"
        return
    for key, entry in parsed.items() if isinstance(parsed, dict) else [("", parsed)]:
        if not (isinstance(entry, str) and re.fullmatch(r"\$\{[^!}]+\}", entry)):
            yield f"the value of `{key}` must be exactly one parameter"
    for name in names:
        if not no_echo(template, name):
            yield f"`{name}` is not a NoEcho parameter"
        elif not keeps_json(template.section("Parameters")[name]):
            yield f"the AllowedPattern of `{name}` must refuse quotes and backslashes, which would break the JSON"


def no_echo(template: Template, name: str) -> bool:
    """Returns whether this is the name of a parameter that CloudFormation masks."""
    return is_true((template.section("Parameters").get(name) or {}).get("NoEcho"))


def is_true(value: Node) -> bool:
    """Returns whether a value is true. CloudFormation also accepts booleans as text."""
    return value is True or str(value).lower() == "true"


def keeps_json(parameter: dict[str, Node]) -> bool:
    """Returns whether a parameter's pattern accepts ordinary passwords but refuses characters that JSON must escape."""
    pattern = parameter.get("AllowedPattern")
    if not isinstance(pattern, str):
        return False
    refused = all(re.fullmatch(pattern, text) is None for text in ('a"b', "a\\b", "a\nb"))
    return refused and re.fullmatch(pattern, "p@ss w0rd,x=y$z'q") is not None


@rule
def credentials_are_masked(template: Template) -> Iterator[Finding]:
    """A credential that is not NoEcho is visible to everyone who can view the stack."""
    for name, parameter in template.section("Parameters").items():
        at = ("Parameters", name)
        masked = is_true(parameter.get("NoEcho"))
        if parameter.get("Type") == "String" and CREDENTIAL.search(name) and not REFERENCE.search(name) and not masked:
            yield finding(at, "looks like a credential but is not NoEcho")
        if masked and parameter.get("Default") not in (None, ""):
            yield finding((*at, "Default"), "the default of a NoEcho parameter is in the template in plain text")


@rule
def credentials_stay_put(template: Template) -> Iterator[Finding]:
    """CloudFormation masks a NoEcho parameter only in its own list, not where its value is copied to."""
    for at, node in template.walk():
        if at[:1] in (("Conditions",), ("Rules",)) or "SecretString" in at:
            continue
        for name in referenced(node):
            if no_echo(template, name):
                yield finding(at, f"the credential `{name}` may be used only in a SecretString")
    for at, node in template.walk(template.section("Metadata"), ("Metadata",)):
        if isinstance(node, str) and "{{resolve:" in node:
            yield finding(at, "a dynamic reference in metadata would be resolved and displayed")
    for name, _, properties in template.resources("AWS::Serverless::Function", "AWS::Lambda::Function"):
        at = ("Resources", name, "Properties", "Environment")
        for below, node in template.walk(properties.get("Environment") or {}, at):
            if isinstance(node, str) and "{{resolve:" in node:
                yield finding(below, "a dynamic reference would store the secret in the function's configuration")


def referenced(node: Node) -> list[str]:
    """Returns the names that this node itself refers to, not those of its children."""
    if not isinstance(node, dict) or len(node) != 1:
        return []
    ((key, value),) = node.items()
    if key == "Ref" and isinstance(value, str):
        return [value]
    if key == "Fn::GetAtt":
        return [value.split(".")[0]] if isinstance(value, str) else value[:1]
    if key == "Fn::Sub":
        known = substituted(node)
        given = value[1] if isinstance(value, list) and len(value) > 1 else {}
        return [name.strip().split(".")[0] for name in known[1] if name not in given] if known else []
    return []


# --- names -----------------------------------------------------------------------------------------------------------


@rule
def targets_exist(template: Template) -> Iterator[Finding]:
    """References must have a target in the template, even where the SAM transform hides them from other tools."""
    resources = set(template.section("Resources")) | template.generated_ids()
    values_by_name = set(template.section("Parameters")) | PSEUDO_PARAMETERS
    conditions = template.section("Conditions")
    for at, node in template.walk():
        if not isinstance(node, dict):
            continue
        for name in referenced(node):
            if name not in (resources if "Fn::GetAtt" in node else resources | values_by_name):
                yield finding(at, f"`{name}` is not in the template")
        for name in conditions_of(node):
            if name not in conditions:
                yield finding(at, f"condition `{name}` is not defined")
    for name, resource, _ in template.resources():
        wanted = resource.get("DependsOn") or []
        for other in [wanted] if isinstance(wanted, str) else wanted:
            if other not in resources:
                yield finding(("Resources", name, "DependsOn"), f"`{other}` is not in the template")


def conditions_of(node: dict[str, Node]) -> list[str]:
    """Returns the conditions that a node names. A policy statement's `Condition` is an object and does not count."""
    names = []
    if isinstance(node.get("Condition"), str):
        names.append(node["Condition"])
    if set(node) == {"Fn::If"}:
        names.append(node["Fn::If"][0])
    return names


@rule
def one_form(template: Template) -> Iterator[Finding]:
    """Intrinsics must be written in one form, so that reviewers need not compare two."""
    if len(template.forms) > 1:
        yield Finding("", "intrinsics are written both as short tags and in the long form")
    nodes = (node for _, node in template.walk() if isinstance(node, dict))
    shapes = {type(node["Fn::GetAtt"]) for node in nodes if "Fn::GetAtt" in node}
    if len(shapes) > 1:
        yield Finding("", "Fn::GetAtt is written both with a dot and as a list")


# --- permissions -----------------------------------------------------------------------------------------------------


@rule
def least_privilege(template: Template) -> Iterator[Finding]:
    """The function may use only its own resources, by name, and may read secrets but not search for them."""
    reasoned = {name for name, resource, _ in template.resources() if broad_for_a_reason(resource)}
    for at, node in template.walk():
        if not isinstance(node, dict) or node.get("Effect") != "Allow" or reasoned.intersection(at[1:2]):
            continue
        for key in ("NotAction", "NotResource", "NotPrincipal"):
            if key in node:
                yield finding((*at, key), "allows everything except what it names")
        for resource in values(node.get("Resource")):
            if resource == "*":
                yield finding((*at, "Resource"), "`*` allows the action on everything")
        for principal in values(node.get("Principal")):
            if principal == "*":
                yield finding((*at, "Principal"), "`*` allows everyone")
        for action in values(node.get("Action")):
            if isinstance(action, str) and "*" in action:
                yield finding((*at, "Action"), f"`{action}` allows every action that matches")
            elif isinstance(action, str) and re.match(r"secretsmanager:(?!GetSecretValue$)", action, re.IGNORECASE):
                yield finding((*at, "Action"), f"`{action}` is not needed to read a secret whose ARN is known")


def broad_for_a_reason(resource: dict[str, Node]) -> bool:
    """Returns whether a resource's metadata gives cdk-nag, and so us, a reason for its broad permissions."""
    silenced = ((resource.get("Metadata") or {}).get("cdk_nag") or {}).get("rules_to_suppress") or []
    return any(rule.get("id") == "AwsSolutions-IAM5" and str(rule.get("reason") or "").strip() for rule in silenced)


def values(node: Node) -> Iterator[Node]:
    """Yields the single values of a policy element, which may be one value, a list, or an object of either."""
    for choice in branches(node) if node is not None else ():
        if isinstance(choice, list):
            for entry in choice:
                yield from values(entry)
        elif isinstance(choice, dict) and not referenced(choice):
            for entry in choice.values():
                yield from values(entry)
        else:
            yield choice


# --- limits and texts ------------------------------------------------------------------------------------------------


@rule
def described(template: Template) -> Iterator[Finding]:
    """The console shows these descriptions, so each part needs one that says what it is for."""
    for section in ("Parameters", "Outputs"):
        for name, entry in template.section(section).items():
            if not says_something(entry.get("Description")):
                yield finding((section, name), "Description is missing")
    for name, resource, properties in template.resources():
        metadata = resource.get("Metadata") or {}
        texts = (
            properties.get("Description"),
            properties.get("AlarmDescription"),
            metadata.get("Description"),
            metadata.get("Comment"),
        )
        if not any(map(says_something, texts)):
            yield finding(("Resources", name), "no description; types without that property need Metadata.Description")
    if not says_something(template.body.get("Description")):
        yield Finding("", "the template's Description is missing")


def says_something(text: Node) -> bool:
    """Returns whether there is text other than blanks."""
    known = substituted(text)
    return known is not None and bool(known[0].strip())


@rule
def timeouts(template: Template) -> Iterator[Finding]:
    """Lambda allows at most 14 minutes for a function with a self-managed Kafka event source."""
    parameters = template.section("Parameters")
    for name, _, properties in template.resources("AWS::Serverless::Function", "AWS::Lambda::Function"):
        at = ("Resources", name, "Properties", "Timeout")
        for timeout in branches(properties.get("Timeout", NO_VALUE)):
            longest = parameters.get(timeout["Ref"], {}).get("MaxValue") if isinstance(timeout, dict) else timeout
            if longest is None or float(longest) > LONGEST_TIMEOUT:
                yield finding(at, f"must be at most {LONGEST_TIMEOUT} seconds")


@rule
def environment_size(template: Template) -> Iterator[Finding]:
    """Lambda allows 4 KB of environment variables, names and values together."""
    for name, _, properties in template.resources("AWS::Serverless::Function", "AWS::Lambda::Function"):
        variables = (properties.get("Environment") or {}).get("Variables") or {}
        size = 0
        for variable, value in variables.items():
            size += len(variable.encode())
            size += len(value.encode()) if isinstance(value, str) else TYPICAL_VALUE
        if size > LARGEST_ENVIRONMENT:
            at = ("Resources", name, "Properties", "Environment")
            yield finding(at, f"{size} bytes; Lambda allows {LARGEST_ENVIRONMENT}")


@rule
def template_size(template: Template) -> Iterator[Finding]:
    """CloudFormation accepts 1 MB from a bucket, which `sam deploy` uses, and 51,200 bytes without one."""
    size = len(template.text.encode())
    if size > LARGEST_TEMPLATE:
        yield Finding("", f"{size} bytes; CloudFormation accepts {LARGEST_TEMPLATE}")
    elif size > INLINE_TEMPLATE:
        yield Finding("", f"{size} bytes: too large to paste, can be deployed only from a bucket", note=True)


@rule
def suppressions_have_reasons(template: Template) -> Iterator[Finding]:
    """A suppression of a check must have a reason next to it."""
    for at, node in template.walk():
        if not at or at[-1] != "Metadata" or not isinstance(node, dict):
            continue
        for entry in (node.get("checkov") or {}).get("skip") or []:
            yield from unless_reasoned((*at, "checkov"), entry.get("id"), entry.get("comment"))
        for entry in (node.get("cdk_nag") or {}).get("rules_to_suppress") or []:
            yield from unless_reasoned((*at, "cdk_nag"), entry.get("id"), entry.get("reason"))
        lint = node.get("cfn-lint") or {}
        for code in (lint.get("config") or {}).get("ignore_checks") or []:
            yield from unless_reasoned((*at, "cfn-lint"), code, lint.get("reason"))
        guarded = node.get("guard") or {}
        for code in guarded.get("SuppressedRules") or []:
            yield from unless_reasoned((*at, "guard"), code, guarded.get("reason"))


def unless_reasoned(at: Pointer, code: Node, reason: Node) -> Iterator[Finding]:
    """Yields a finding for a suppression without a reason."""
    if not code or not isinstance(reason, str) or not reason.strip():
        yield finding(at, f"`{code}` is suppressed without a reason")
