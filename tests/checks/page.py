#!/usr/bin/env python3
"""Opens pages of `synth diff` and pictures of `synth graph` in a browser: `page.py target/debug/synth`.

    page.py SYNTH [--tools DIR] [--images DIR]

Makes a page and a picture of each case below `tests/cases`, opens them at two widths, light and dark, and checks them
with `page/page.mjs`. The browser is $BROWSER, or a Chromium or Chrome on this machine; everything else is installed
below `target/tools`. The exit status is 1 if a check failed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import tools

CASES = tools.HERE.parent / "cases"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Cases of `synth diff`: many changes, none, and text that looks like markup.
DIFFS = ("renamed", "settings", "role-widened", "exposed", "same", "hostile")


def main() -> int:
    """Writes the files, then opens them in the browser."""
    parser = argparse.ArgumentParser(description="Checks pages and pictures in a browser.")
    parser.add_argument("synth", type=Path, metavar="SYNTH")
    parser.add_argument("--tools", type=Path, default=tools.DEFAULT, help="where tools are installed (%(default)s)")
    parser.add_argument("--images", type=Path, default=Path("target/pages"), help="where images go (%(default)s)")
    arguments = parser.parse_args()
    try:
        script = tools.page(arguments.tools) / "page.mjs"
        browser = found()
    except tools.Missing as missing:
        print(f"error: {missing}", file=sys.stderr)
        return 2
    shutil.rmtree(arguments.images, ignore_errors=True)
    arguments.images.mkdir(parents=True)
    files = list(made(arguments.synth.absolute(), arguments.images))
    return subprocess.run(["node", script, browser, arguments.images, *files], check=False).returncode


def found() -> str:
    """Finds a browser."""
    for name in (os.environ.get("BROWSER", ""), *BROWSERS):
        if path := shutil.which(name):
            return path
    raise tools.Missing("Chromium or Chrome not found: run apt-get install chromium, or set BROWSER to its path")


def made(synth: Path, folder: Path):
    """Writes every page and picture to a file."""

    def write(name: str, *command: object) -> Path:
        path = folder / name
        with path.open("wb") as file:
            subprocess.run([synth, *command], check=True, stdout=file, stderr=subprocess.DEVNULL)
        return path

    for name in DIFFS:
        case = CASES / "diff" / name
        yield write(f"{name}.html", "diff", case / "old.yaml", "--head", case / "new.yaml", "--format", "html")
    yield write("tutorial.html", "diff", "./out", "--head", CASES / "diff" / "settings" / "new.yaml", "--format", "html")
    graphs = {"tutorial": "out", **{path.stem: path for path in sorted((CASES / "graph").iterdir())}}
    for name, template in graphs.items():
        yield write(f"{name}.svg", "graph", template)
        yield write(f"{name}-narrow.svg", "graph", "--narrow", template)
        yield write(f"{name}.mermaid", "graph", "--format", "mermaid", template)


if __name__ == "__main__":
    sys.exit(main())
