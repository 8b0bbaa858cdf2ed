"""The parameters for the deployment, chosen to break anything that does not pass them on unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from steps import same
from template import Template

ORGANIZATION = "org_e2e"
TOPIC = f"{ORGANIZATION}.runs"
GROUP = f"{ORGANIZATION}.runner"

# Characters that the template allows in a credential, but a shell, YAML, SAM CLI or `Fn::Sub` could interpret.
USERNAME = "org user, name=#1"
PASSWORD = "p@ss  w0rd='x', y=$z: ${AWS::Region} #not a comment %d & ; | <é>"
CLIENT_ID = "client: id #2 = 'two'"
CLIENT_SECRET = "$(secret) 'quoted', a=b, c: d # e ${PORT} !Ref *x & {y} [z]"

SECRETS = (USERNAME, PASSWORD, CLIENT_ID, CLIENT_SECRET)


def chosen(template: Template, port_url: str) -> dict[str, str]:
    """Returns the values for the deployment; every other parameter has a default."""
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
    same(set(values) - set(declared), set(), "parameters that the template no longer has")
    unset = {name for name, parameter in declared.items() if "Default" not in parameter} - set(values)
    same(unset, set(), "parameters without a default, for which the test has no value")
    return values


def api_url(template: Template, port_url: str) -> str:
    """Returns the fake Port's URL in the form of the template's default: with or without the version at the end."""
    default = (template.section("Parameters").get("PortApiUrl") or {}).get("Default", "")
    return port_url.removesuffix("/v1") + ("/v1" if default.endswith("/v1") else "")


def write(path: Path, values: dict[str, Any]) -> None:
    """Writes the values to the file that samconfig.toml names, as a person would: YAML, readable only by the owner."""
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
