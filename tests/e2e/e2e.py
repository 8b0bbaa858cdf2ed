#!/usr/bin/env python3
"""Deploys what `make synth` wrote, runs it, changes it, deletes it: `e2e.py`, from the root of the repository.

    e2e.py [--local PROGRAM] [--synth PROGRAM] [--tools DIR] [--keep]

AWS is MiniStack with IAM enforced, Port is the fake of this workspace; `sam deploy` and the function are real.
Everything listens on loopback and uses a copy below `target/e2e`. The exit status is 1 if a step failed.
"""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "checks"))

import tools

EMULATOR_REQUIREMENTS = HERE / "requirements-ministack.txt"


def main() -> int:
    """Installs the tools, runs the steps, and always cleans up."""
    arguments = command_line()
    try:
        sam = tools.sam(arguments.tools)
        tools.enter(sam)
        emulator = tools.environment(arguments.tools, "ministack", EMULATOR_REQUIREMENTS)
    except tools.Missing as missing:
        print(f"error: {missing}", file=sys.stderr)
        return 2
    # The steps' imports are installed only now.
    from journey import Journey
    from processes import Processes
    from steps import Steps, Stopped
    from workspace import Workspace

    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    workspace = Workspace(Path.cwd(), arguments.synth)
    processes = Processes(workspace.logs)
    steps = Steps()
    try:
        Journey(steps, workspace, processes, sam, emulator).travel(arguments.local, keep=arguments.keep)
    except Stopped:
        pass
    finally:
        if not arguments.keep:
            processes.stop()
    if steps.failed:
        print(f"logs are in {workspace.logs}")
    print(steps.summary())
    return 1 if steps.failed else 0


def command_line() -> argparse.Namespace:
    """Parses the paths of the programs."""
    parser = argparse.ArgumentParser(description="Deploys the generated template to a local AWS and runs it.")
    parser.add_argument("--local", type=Path, default=Path("target/debug/local"), help="the fake Port (%(default)s)")
    parser.add_argument("--synth", type=Path, default=Path("target/debug/synth"), help="the generator (%(default)s)")
    parser.add_argument("--tools", type=Path, default=tools.DEFAULT, help="where tools are installed (%(default)s)")
    parser.add_argument("--keep", action="store_true", help="keep the stack and all processes running, to inspect them")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
