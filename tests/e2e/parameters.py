"""The parameters that the rig deploys with, chosen to break whatever does not pass them on as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from steps import same
from template import Template

ORGANIZATION = "org_e2e"
TOPIC = f"{ORGANIZATION}.runs"
GROUP = f"{ORGANIZATION}.runner"

# What the template allows in a credential, and a shell, YAML, SAM CLI or `Fn::Sub` might take for its own.
USERNAME = "org user, name=#1"
PASSWORD = "p@ss  w0rd='x', y=$z: ${AWS::Region} #not a comment %d & ; | <é>"
CLIENT_ID = "client: id #2 = 'two'"
CLIENT_SECRET = "$(secret) 'quoted', a=b, c: d # e ${PORT} !Ref *x & {y} [z]"

SECRETS = (USERNAME, PASSWORD, CLIENT_ID, CLIENT_SECRET)


def chosen(template: Template, port_url: str) -> dict[str, str]:
    """The values that the rig deploys with; every other parameter has a default."""
    values = {
        "PortOrganizationId": ORGANIZATION,
        "KafkaConsumerGroup": GROUP.removeprefix(f"{ORGANIZATION}."),
        "KafkaUsername": USERNAME,
        "KafkaPassword": PASSWORD,
        "PortClientId": CLIENT_ID,
        "PortClientSecret": CLIENT_SECRET,
        "PortApiUrl": api_url(template, port_url),
    }
    declared = template.section("Parameters")
    same(set(values) - set(declared), set(), "parameters that the template has no more")
    unset = {name for name, parameter in declared.items() if "Default" not in parameter} - set(values)
    same(unset, set(), "parameters without a default, for which the rig has no value")
    return values


def api_url(template: Template, port_url: str) -> str:
    """The fake Port's address as the template's default writes Port's: with or without the version at the end."""
    default = (template.section("Parameters").get("PortApiUrl") or {}).get("Default", "")
    return port_url.removesuffix("/v1") + ("/v1" if default.endswith("/v1") else "")


def write(path: Path, values: dict[str, Any]) -> None:
    """Writes them where samconfig.toml looks for them, as a person would: YAML, readable by the owner only."""
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
