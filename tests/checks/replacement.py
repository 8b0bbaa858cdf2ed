#!/usr/bin/env python3
"""Derives `review/src/template/schemas.txt` from CloudFormation's registry schemas: `replacement.py [--check]`.

The schemas are in cfn-lint's wheel (MIT-0), in the version that `requirements-sam.txt` pins. The table has one line for
each resource type of any region, sorted: the type, then its facts as `key=value`, where a value is a list of pointers
below `Properties`, with `*` for any list item or map key:

* `create`: a change of these replaces the resource; `*` if a resource of the type cannot be updated.
* `conditional`: a change of these replaces the resource in some cases.
* `unordered`: lists whose order has no meaning.
* `policies`, `statements`: IAM policy documents, and single statements of IAM.
* `roles`: roles and instance profiles that the resource assumes or passes on.
* `name`: the property that gives the resource a name of the user's choice.
* `key`: the properties, with that one, that identify a resource of the type.
* `snapshot`: the type supports `DeletionPolicy: Snapshot`.

Standard library only. The exit status is 1 if `--check` finds a difference.
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
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
TABLE = HERE.parent.parent / "review/src/template/schemas.txt"
REQUIREMENTS = HERE / "requirements-sam.txt"
WHEELS = Path("target/tools/wheels")
SCHEMAS = "cfnlint/data/schemas"
# In lists nested deeper than this, order counts: `AWS::Lex::Bot` alone would take a fifth of the table.
DEPTH = 7
# In lists with these names, order counts although some schemas say that it does not.
ORDERED = re.compile(r"/(\w*Behaviors|Columns|Command|Fields|(?<!S3Key/)Rules|Stages|Transformations)$")

# Texts and free-form objects with these names are IAM policy documents ...
POLICY = re.compile(
    r"/(\w*PolicyDocument|\w*ResourcePolicy|Policy|\w+AccessPolicy|AccessPolic(y|ies)|(Repository|Registry)?PolicyText"
    r"|(Key|Repository|Session|Inline|Model|Destination|FileSystem|DeliveryDestination|InvestigationGroup"
    r"|ModelPackageGroup)Policy)$"
)
# ... except these, which are written in other languages.
OTHER_POLICIES = {
    "AWS::Config::ConfigRule": "Guard",
    "AWS::Config::OrganizationConfigRule": "Guard",
    "AWS::EC2::ClientVpnEndpoint": "Cedar",
    "AWS::EC2::VerifiedAccessEndpoint": "Cedar",
    "AWS::EC2::VerifiedAccessGroup": "Cedar",
    "AWS::Logs::AccountPolicy": "data protection, subscription filters or indexes, by `PolicyType`",
    "AWS::NetworkManager::CoreNetwork": "a network's segments and edges",
    "AWS::OpenSearchServerless::AccessPolicy": "rules of OpenSearch Serverless",
    "AWS::OpenSearchServerless::LifecyclePolicy": "rules of OpenSearch Serverless",
    "AWS::OpenSearchServerless::SecurityPolicy": "rules of OpenSearch Serverless",
}
# Policy documents under other names. An organization's policies are in IAM's language only if they control access.
MORE_POLICIES = {"AWS::Organizations::Policy /Content", "AWS::Organizations::ResourcePolicy /Content"}
# Properties that hold one statement, without a document around it.
STATEMENTS = {"AWS::Events::EventBusPolicy /Statement", "AWS::RAM::Permission /PolicyTemplate"}

# Texts with these names are roles or instance profiles ...
ROLE = re.compile(r"(?<!Approver)Role(Arn|ARN|Name)?s?(/\*)?$|InstanceProfile(/?(Name|Arn|ARN))?$")
# ... except where the word means something else: a part that somebody plays, a database's role, or a role that the
# resource changes.
OTHER_ROLES = re.compile(
    r"AWS::(AmazonMQ::Broker|Bedrock::Prompt|Budgets::BudgetsAction .*/Roles|CloudFormation::\w+Hook .*/StackRoles"
    r"|DMS::InstanceProfile|ECR::PullTime|EKS::Capability .*/RbacRoleMappings|ElastiCache::|Grafana::\w+ /Saml"
    r"|IAM::(?!InstanceProfile /Roles)|InspectorV2::Filter|IoTManagedIntegrations::ManagedThing"
    r"|KinesisFirehose::\w+ .*/SnowflakeRole$|MediaLive::(Channel .*DashRoles|Node)"
    r"|OpenSearchService::\w+ .*/SAMLOptions|Organizations::Account|QuickSight::\w+ .*Role$|RDS::DBProxyEndpoint"
    r"|Transcribe::)"
)
# Roles under other names.
MORE_ROLES = re.compile(r"AWS::ApiGateway(V2)?::\w+ /(Authorizer|Integration/)?Credentials(Arn)?$")


def main() -> int:
    """Writes the table, or compares it."""
    parser = argparse.ArgumentParser(description="Derives facts about resource types from CloudFormation's schemas.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the table differs")
    arguments = parser.parse_args()
    wanted = text(wheel())
    held = TABLE.read_text() if TABLE.exists() else ""
    if held == wanted:
        print(f"{TABLE.name} is up to date: {types(wanted)} types")
        return 0
    if arguments.check:
        sys.stdout.writelines(difflib.unified_diff(held.splitlines(True), wanted.splitlines(True), "held", "derived"))
        print(f"error: {TABLE.name} is out of date; run\n  python3 tests/checks/replacement.py", file=sys.stderr)
        return 1
    with tempfile.NamedTemporaryFile("w", dir=TABLE.parent, delete=False) as file:
        file.write(wanted)
    os.chmod(file.name, 0o644)
    os.replace(file.name, TABLE)
    print(f"wrote {TABLE.name}: {types(wanted)} types")
    return 0


def types(table: str) -> int:
    """Counts the types of a table."""
    return sum(not line.startswith("#") for line in table.splitlines())


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
    lines, digest = [], hashlib.sha256()
    listed = re.compile(r"valid_snapshot_types = frozenset\(\s*(\[[^]]*\])")
    with zipfile.ZipFile(path) as archive:
        date = json.loads(archive.read(f"{SCHEMAS}/version.json"))["schema_date"]
        snapshots = listed.search(archive.read("cfnlint/helpers.py").decode())
        if snapshots is None:
            raise SystemExit("error: cfnlint/helpers.py has no `valid_snapshot_types`")
        index: dict[str, str] = {}
        for name in sorted(archive.namelist()):
            # SAM's types are not CloudFormation's.
            if name.startswith(f"{SCHEMAS}/providers/") and name.endswith(".json") and not name.endswith("/sam.json"):
                index.update(json.loads(archive.read(name)))
        for kind in sorted(index):
            schema = archive.read(f"{SCHEMAS}/resources/{index[kind]}.json")
            digest.update(schema)
            facts = kept(kind, json.loads(schema))
            words = [f"{key}={','.join(value)}" for key, value in facts.items() if value]
            lines.append(" ".join([kind, *words, *(["snapshot"] if f'"{kind}"' in snapshots[1] else [])]))
    source = path.name.split("-py3")[0].replace("_", "-")
    head = f"# CloudFormation registry schemas of {date}, from {source} (MIT-0)\n# sha256 {digest.hexdigest()}\n"
    return head + "\n".join(lines) + "\n"


def kept(kind: str, schema: dict) -> dict[str, list[str]]:
    """Returns what the table says about a type, by key."""
    create = pointers(schema.get("createOnlyProperties", []))
    read_only = set(pointers(schema.get("readOnlyProperties", []))) - set(create)
    texts: set[str] = set()
    found: dict[str, set[str]] = {key: set() for key in ("unordered", "policies", "statements", "roles")}
    for path, inner in properties(schema, schema, "", frozenset()):
        if path in read_only or any(path.startswith(f"{pointer}/") for pointer in read_only):
            continue
        place = f"{kind} {path}"
        if is_text(inner, False):
            texts.add(path)
        if inner.get("insertionOrder") is False and "items" in inner and not ORDERED.search(path):
            if len(re.findall("[^/*]+", path)) <= DEPTH:
                found["unordered"].add(path)
        if place in STATEMENTS:
            found["statements"].add(path)
        elif place in MORE_POLICIES or is_text(inner, True) and POLICY.search(path) and kind not in OTHER_POLICIES:
            found["policies"].add(path)
        if is_role(place, inner):
            found["roles"].add(path)
    # If a type cannot be updated, any change replaces the resource.
    updatable = "update" in schema.get("handlers", {"update": {}})
    name = custom_name(kind, schema, [path for path in create if path in texts])
    return {
        "create": create if updatable else ["*"],
        "conditional": pointers(schema.get("conditionalCreateOnlyProperties", [])),
        **{key: sorted(paths) for key, paths in found.items()},
        "name": name,
        "key": key(schema, name, read_only),
    }


def pointers(listed: list[str]) -> list[str]:
    """Returns pointers relative to `Properties`."""
    relative = (pointer.removeprefix("/properties").replace("/properties/", "/") for pointer in listed)
    return sorted({pointer.replace("/items/", "/*/") for pointer in relative})


def properties(schema: dict, root: dict, path: str, seen: frozenset[str]) -> Iterator[tuple[str, dict]]:
    """Yields the schema of each property with its pointer. A definition inside itself is not entered again."""
    while "$ref" in schema:
        if schema["$ref"] in seen:
            return
        seen |= {schema["$ref"]}
        target = root
        for key in schema["$ref"].removeprefix("#/").split("/"):
            target = target[key.replace("~1", "/")]
        schema = {**target, **{key: value for key, value in schema.items() if key != "$ref"}}
        if "$ref" in target:
            schema["$ref"] = target["$ref"]
    yield path, schema
    below = [("*", schema.get("items"))]
    below += schema.get("properties", {}).items()
    below += [("*", inner) for inner in schema.get("patternProperties", {}).values()]
    for name, inner in below:
        if isinstance(inner, dict):
            yield from properties(inner, root, f"{path}/{name}", seen)
    for key in ("allOf", "anyOf", "oneOf"):
        for inner in schema.get(key, []):
            if isinstance(inner, dict):
                yield from properties(inner, root, path, seen)


def is_text(schema: dict, free: bool) -> bool:
    """Whether a schema allows any text. If `free`, an object or a value without declared members is a text too."""
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if any(key in schema for key in ("enum", "const", "properties", "items")):
        return False
    bare = not any(key in schema for key in ("$ref", "allOf", "anyOf", "oneOf", "patternProperties"))
    return "string" in kinds or free and ("object" in kinds and bare or schema.get("format") == "json")


def is_role(place: str, schema: dict) -> bool:
    """Whether a property takes a role that the resource assumes or passes on."""
    if not is_text(schema, False) and "items" in schema or OTHER_ROLES.match(place):
        return False
    related = schema.get("relationshipRef", {}).get("typeName") in ("AWS::IAM::Role", "AWS::IAM::InstanceProfile")
    known = schema.get("format") == "AWS::IAM::Role.Arn" or related or MORE_ROLES.match(place)
    return bool(known or is_text(schema, False) and ROLE.search(place))


def custom_name(kind: str, schema: dict, create: list[str]) -> list[str]:
    """Returns the property, if any, that names the resource: `Name`, the `TableName` of a `GlobalTable`, or an
    identifier like the `DBInstanceIdentifier` of a `DBInstance`. Only one that replaces the resource counts."""
    last = kind.rsplit("::", 1)[1].lower()
    identifiers = pointers(schema.get("primaryIdentifier", []))

    def names(pointer: str) -> bool:
        own, suffix = re.fullmatch(r"/(.*?)(Name|Identifier|Id)?", pointer).groups()
        known = suffix == "Name" or pointer in identifiers
        return pointer == "/Name" or own != "" and last.endswith(own.lower()) and known

    return sorted(filter(names, create), key=lambda pointer: (pointer not in identifiers, pointer))[:1]


def key(schema: dict, name: list[str], read_only: set[str]) -> list[str]:
    """Returns the first identifier of the type that has the name and nothing that only the service sets."""
    found = map(pointers, [schema.get("primaryIdentifier", []), *schema.get("additionalIdentifiers", [])])
    return next((parts for parts in found if set(name) & set(parts) and not read_only & set(parts)), [])


if __name__ == "__main__":
    sys.exit(main())
