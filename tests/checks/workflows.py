#!/usr/bin/env python3
"""Checks the workflows and the action with zizmor, offline: `workflows.py .github`.

zizmor is installed below `target/tools` at the first call. The exit status is that of zizmor: 0 if it finds nothing.
"""

from __future__ import annotations

import subprocess
import sys

import tools


def main() -> int:
    """Installs, checks."""
    try:
        folder = tools.zizmor(tools.DEFAULT)
    except tools.Missing as missing:
        print(f"error: {missing}", file=sys.stderr)
        return 2
    command = [str(folder / "bin" / "zizmor"), "--offline", "--no-progress", "--strict-collection", *sys.argv[1:]]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
