#!/usr/bin/env python3
"""Checks what `synth init` writes with zizmor, cfn-lint and the SAM CLI, offline: `own_repository.py target/debug/synth`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import tools

ANSWERS = ("--yes", "--organization", "org_check", "--github", "acme/runners", "--stages", "dev,eu-prod")


def main() -> int:
    """Installs, writes a repository, checks it."""
    synth = str(Path(sys.argv[1]).absolute())
    try:
        zizmor, sam = tools.zizmor(tools.DEFAULT) / "bin", tools.sam(tools.DEFAULT) / "bin"
    except tools.Missing as missing:
        print(f"error: {missing}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        commands = (
            (synth, "--quiet", "init", *ANSWERS),
            (synth, "--quiet"),
            (str(zizmor / "zizmor"), "--offline", "--no-progress", "--strict-collection", ".github"),
            (str(sam / "cfn-lint"), "--include-checks", "I", "--", "deploy-role.yaml"),
            (str(sam / "sam"), "validate", "--config-env", "eu-prod"),
        )
        for command in commands:
            done = subprocess.run(command, cwd=folder, env=os.environ | {"SAM_CLI_TELEMETRY": "0"}, check=False)
            if done.returncode != 0:
                print(f"error: `{' '.join(command)}` exited {done.returncode}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
