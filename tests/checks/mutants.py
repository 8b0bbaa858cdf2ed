#!/usr/bin/env python3
"""Changes the code at random and sees whether the tests notice: `mutants.py [--seed N] [--count N] [AREA ...]`.

An area is a crate (`review`), a folder or a file (`synth/src/sync`), or a name for one (`sync`, `verify`, `check`).
cargo-mutants lists what can be changed in it; a seed draws a few of these. Each is tried in a copy of the working
tree below `target/mutants`, so that an interrupted run leaves no changed code behind and the next run finds everything
built. A crate's own tests come first, and only what they miss is tried with the tests of the crates above it, because
building those is what takes the time. Survivors are listed, and do not fail the run: some mutants change nothing.

Standard library only. The exit status is 1 if the tests fail without any change.
"""

from __future__ import annotations

import argparse
import datetime
import functools
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import tools

TOOLS = Path("target/tools")
FOLDER = Path("target/mutants").absolute()
TREE = FOLDER / "tree"
ENVIRONMENT = os.environ | {"CARGO_TARGET_DIR": str(FOLDER / "build")}
# A mutant is caught as soon as one test fails.
FIRST_FAILURE = "--max-fail=1:immediate"

# The tests that guard each crate: packages, in the order in which they are tried, with a filter where only some of the
# tests come near the crate.
OF_PORT = "test(port) + test(entities)"
GUARDS = {
    "handler": [(("handler",), "")],
    "port": [(("port",), ""), (("synth",), OF_PORT), (("handler",), "")],
    "model": [(("model",), ""), (("documents",), ""), (("handler", "port"), ""), (("review", "synth"), "")],
    "documents": [(("documents",), ""), (("synth",), "")],
    "review": [(("review",), ""), (("synth",), "test(diff) + test(graph)")],
    "synth": [(("synth",), "")],
}

# Names for parts of crates, in the order in which they are listed.
AREAS = {
    "sync": ["synth/src/sync"],
    "verify": ["synth/src/template/verify"],
    "check": ["synth/src/mapping", "synth/src/cli/check.rs"],
}

# What cargo-mutants says of a mutant, as it is printed.
WORDS = {
    "CaughtMutant": "caught",
    "MissedMutant": "missed",
    "Timeout": "caught, never ends",
    "Unviable": "does not compile",
}


def main() -> int:
    """Draws, tries, and prints the ratio of each area."""
    arguments = parse()
    cargo_mutants = tools.mutants(TOOLS)
    ENVIRONMENT["PATH"] = f"{tools.nextest(TOOLS).parent}{os.pathsep}{ENVIRONMENT['PATH']}"
    mirror()
    print(f"seed {arguments.seed}, {arguments.count} mutants of each area", flush=True)
    for area in arguments.areas:
        crate, folders = part(area)
        names = listed(cargo_mutants, crate)
        inside = [number for number, name in enumerate(names) if is_in(name, folders)]
        drawn = random.Random(f"{arguments.seed} {area}").sample(inside, min(arguments.count, len(inside)))
        missed, unviable = survivors(cargo_mutants, crate, names, drawn)
        viable = len(drawn) - unviable
        caught = viable - len(missed)
        ratio = f" ({caught / viable:.0%})" if viable else ""
        print(f"{area}: {caught} of {viable} caught{ratio}; {unviable} do not compile", flush=True)
        for number in missed:
            print(f"  survives: {names[number]}", flush=True)
    return 0


def part(area: str) -> tuple[str, list[str]]:
    """Returns the crate of an area, and the folders or files in it; none for the whole crate."""
    folders = AREAS.get(area, [] if area in GUARDS else [area.rstrip("/")])
    return (folders[0].split("/")[0] if folders else area), folders


def is_in(name: str, folders: list[str]) -> bool:
    """Whether a mutant is in one of the folders or files. Its name begins with its file."""
    return not folders or any(name.startswith((f"{folder}/", f"{folder}:")) for folder in folders)


def survivors(cargo_mutants: Path, crate: str, names: list[str], drawn: list[int]) -> tuple[list[int], int]:
    """Tries the mutants with these numbers. Returns those that all tests miss, and how many do not compile."""
    left, unviable = drawn, 0
    for packages, chosen in GUARDS[crate]:
        missed = []
        for number in left:
            started = time.monotonic()
            result = tried(cargo_mutants, crate, names[number], f"{number}/{len(names)}", packages, chosen)
            unviable += result == "Unviable"
            if result == "MissedMutant":
                missed.append(number)
            seconds = f"{time.monotonic() - started:4.0f} s"
            print(f"{seconds}  {', '.join(packages)}: {WORDS[result]}  {names[number]}", flush=True)
        left = missed
    return left, unviable


def parse() -> argparse.Namespace:
    """Returns the arguments. Without a seed, each day has its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", default=datetime.datetime.now(datetime.UTC).strftime("%Y%m%d"))
    parser.add_argument("--count", type=int, default=10, help="mutants of each area")
    parser.add_argument("areas", nargs="*", metavar="AREA", help=" ".join([*GUARDS, *AREAS, "or a path"]))
    arguments = parser.parse_args()
    arguments.areas = arguments.areas or ["handler", "port", "model"]
    for area in arguments.areas:
        crate, folders = part(area)
        if crate not in GUARDS or not all(Path(folder).exists() for folder in folders):
            parser.error(f"there is no area {area}; there are {', '.join([*GUARDS, *AREAS])}, and folders of these")
    return arguments


def mirror() -> None:
    """Copies the files of the working tree that differ, and deletes the others: cargo builds again by their times."""
    files = command(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]).split("\0")
    wanted = {Path(file) for file in files if file and Path(file).is_file()}
    for file in wanted:
        copy = TREE / file
        if not copy.is_file() or copy.read_bytes() != file.read_bytes():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
            shutil.copymode(file, copy)
    for copy in TREE.rglob("*"):
        if copy.is_file() and copy.relative_to(TREE) not in wanted:
            copy.unlink()


def listed(cargo_mutants: Path, crate: str) -> list[str]:
    """Returns the names of all mutants of a crate."""
    said = command([str(cargo_mutants), "mutants", "--dir", str(TREE), "--package", crate, "--list", "--json"])
    return [mutant["name"] for mutant in json.loads(said)]


@functools.cache
def passing(packages: tuple[str, ...], chosen: str) -> float:
    """Runs the tests without any change, and returns the seconds that a mutant may take: some never end."""
    words = ["cargo", "nextest", "run", *(word for package in packages for word in ("--package", package))]
    for run in ([*words, "--no-run"], words + filtered(chosen)):
        started = time.monotonic()
        done = subprocess.run(run, cwd=TREE, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(done.stdout, done.stderr, sep="\n", file=sys.stderr)
            raise SystemExit(f"error: `{' '.join(run)}` fails without any change")
    return 60 + 3 * (time.monotonic() - started)


def tried(cargo_mutants: Path, crate: str, name: str, shard: str, packages: tuple[str, ...], chosen: str) -> str:
    """Returns cargo-mutants' word for what becomes of one mutant; a shard of all of them is one."""
    limit = passing(packages, chosen)
    output = FOLDER / "output"
    shutil.rmtree(output, ignore_errors=True)
    guards = [word for package in packages for word in ("--test-package", package)]
    words = [str(cargo_mutants), "mutants", "--dir", str(TREE), "--in-place", "--output", str(output)]
    words += ["--package", crate, "--shard", shard, *guards, "--baseline", "skip", "--timeout", f"{limit:.0f}"]
    words += ["--test-tool", "nextest", "--", FIRST_FAILURE, *filtered(chosen)]
    done = subprocess.run(words, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    try:
        outcomes = json.loads((output / "mutants.out" / "outcomes.json").read_text(encoding="utf-8"))["outcomes"]
        (outcome,) = (outcome for outcome in outcomes if outcome["scenario"]["Mutant"]["name"] == name)
    except (OSError, ValueError) as error:
        raise SystemExit(f"error: cargo-mutants: {done.stdout.decode(errors='replace')}") from error
    return outcome["summary"]


def filtered(chosen: str) -> list[str]:
    """Returns nextest's arguments for a filter, if there is one."""
    return ["--filterset", chosen] if chosen else []


def command(words: list[str]) -> str:
    """Returns what a command prints."""
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
