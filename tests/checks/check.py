#!/usr/bin/env python3
"""Checks templates with rules of our own and with other people's checkers: `check.py out/template.yaml`.

    check.py TEMPLATE... [--json FILE] [--tools DIR] [--rules-only]

The tools are installed below `target/tools` at the first call; after that, nothing uses the network. Every check
runs, even if an earlier one failed. The exit status is 1 if any check failed.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import tools


def main() -> int:
    """Installs, checks, counts."""
    arguments = command_line()
    try:
        tools.enter(tools.sam(arguments.tools))
    except tools.Missing as missing:
        print(f"error: {missing}", file=sys.stderr)
        return 2
    # The suite's imports are installed only now.
    import suite

    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for result in suite.results(arguments.templates, arguments.json, arguments.tools, arguments.rules_only):
        counts[result.outcome] += 1
        line = f"{suite.WORDS[result.outcome]:4}  {result.name}"
        print("\n      ".join([line, *result.said.splitlines()]), flush=True)
    skipped = f", {counts['skipped']} skipped" if counts["skipped"] else ""
    print(f"{counts['passed']} passed, {counts['failed']} failed{skipped}")
    return 1 if counts["failed"] else 0


def command_line() -> argparse.Namespace:
    """Parses the arguments."""
    parser = argparse.ArgumentParser(description="Checks SAM templates.")
    parser.add_argument("templates", nargs="+", type=Path, metavar="TEMPLATE")
    parser.add_argument("--json", type=Path, help="the same template as JSON; the YAML must have the same content")
    parser.add_argument("--tools", type=Path, default=tools.DEFAULT, help="where tools are installed (%(default)s)")
    parser.add_argument("--rules-only", action="store_true", help="check only our own rules, which is fast")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
