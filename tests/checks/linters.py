"""Runs other projects' checkers on a template and its translation. All of them stay offline.

Each function returns what is wrong as text, which is empty if nothing is wrong.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

REGION = "eu-west-1"

# No credentials are needed, no metadata service is called, and no telemetry is sent.
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true",
    "SAM_CLI_TELEMETRY": "0",
    "CDK_DISABLE_CLI_TELEMETRY": "1",
}


def environment() -> dict[str, str]:
    """Returns the environment for the checkers: the caller's, without any settings for an AWS account."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | ENVIRONMENT


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs a checker to its end."""
    words = [str(word) for word in command]
    return subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Returns the output of a checker that failed, or a note that it printed nothing."""
    text = f"{done.stdout}\n{done.stderr}".strip()
    return text or f"exit status {done.returncode} without any output"


def cfn_lint(environment_folder: Path, template: Path) -> str:
    """Runs cfn-lint, including informational rules."""
    done = run(environment_folder / "bin" / "cfn-lint", "--include-checks", "I", "--template", template)
    return "" if done.returncode == 0 else said(done)


def sam_validate(environment_folder: Path, template: Path) -> str:
    """Runs SAM CLI's own validation."""
    done = run(environment_folder / "bin" / "sam", "validate", "--lint", "--template", template)
    return "" if done.returncode == 0 else said(done)


def sam_build(environment_folder: Path, template: Path, scratch: Path) -> str:
    """Runs `sam build`, which must leave the function as it is: its program is built already."""
    folder = scratch / "build"
    done = run(environment_folder / "bin" / "sam", "build", "--template", template, "--build-dir", folder)
    if done.returncode != 0:
        return said(done)
    built = sorted(path.name for path in folder.iterdir())
    return "" if built == ["template.yaml"] else f"it built {built}"


def checkov(environment_folder: Path, template: Path) -> str:
    """Runs checkov. Its report is read because it exits with success if it cannot parse a template."""
    done = run(
        environment_folder / "bin" / "checkov",
        "--framework",
        "cloudformation",
        "--skip-download",
        "--quiet",
        "--output",
        "json",
        "--file",
        template,
    )
    try:
        report: dict[str, Any] = json.loads(done.stdout)
    except json.JSONDecodeError:
        return said(done)
    summary = report.get("summary") or report
    if summary.get("parsing_errors"):
        return f"cannot parse the template: {json.dumps(report.get('results', {}).get('parsing_errors'))}"
    failed = report.get("results", {}).get("failed_checks", [])
    if failed:
        return "\n".join(f"{check['check_id']} {check['resource']}: {check['check_name']}" for check in failed)
    # `--quiet` removes passed checks from the list, but not from the count.
    return "" if summary.get("passed") else f"checked nothing:\n{said(done)}"


def nag(folder: Path, translated: Path) -> str:
    """Runs cdk-nag on the translation."""
    done = run("node", folder / "nag.js", translated)
    return "" if done.returncode == 0 else said(done)
