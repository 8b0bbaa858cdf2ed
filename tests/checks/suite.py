"""The checks of a template, in the order in which they run and are shown."""

from __future__ import annotations

import difflib
import functools
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import linters
import rules
import tools
import translate
from template import Template, canonical

# The number of checkers that run at a time; each keeps one core busy.
WORKERS = 2

WORDS = {"passed": "ok", "failed": "FAIL", "skipped": "skip"}


@dataclass(frozen=True)
class Result:
    """The result of a check, and its output."""

    name: str
    outcome: str
    said: str = ""


Check = Callable[[], Result]


def results(templates: list[Path], reference: Path | None, folder: Path, rules_only: bool) -> Iterator[Result]:
    """Yields the results of all checks in order, each as soon as it is known. `folder` holds the tools."""
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(WORKERS) as pool:
        started = []
        for number, path in enumerate(templates):
            try:
                template = Template.load(path)
            except Exception as error:  # any error of the reader is a finding
                said = f"{type(error).__name__}: {error}"
                started.append(pool.submit(verdict, f"{path}: readable", said))
                continue
            checks = [*own_checks(path, template, reference)]
            if not rules_only:
                translation = Path(scratch, f"{number}.json")
                checks += other_checks(path, template, translation, folder)
            started += [pool.submit(check) for check in checks]
        for running in started:
            yield running.result()


def verdict(name: str, wrong: str) -> Result:
    """Returns passed if nothing is wrong, and failed otherwise."""
    return Result(name, "failed" if wrong else "passed", wrong)


def own_checks(path: Path, template: Template, reference: Path | None) -> Iterator[Check]:
    """Yields the checks that need only the parsed template."""
    if reference:
        yield functools.partial(read_back, path, template, reference)
    for name, rule in rules.RULES.items():
        yield functools.partial(own_rule, f"{path}: {name}", rule, template)


def read_back(path: Path, template: Template, reference: Path) -> Result:
    """Checks that a YAML 1.1 reader finds in the YAML what the generator meant, as given by its JSON."""
    meant = canonical(json.loads(reference.read_text(encoding="utf-8")))
    lines = difflib.unified_diff(
        meant.splitlines(), canonical(template.body).splitlines(), "meant", "read", lineterm="", n=2
    )
    return verdict(f"{path}: reads back as YAML 1.1", "\n".join(lines))


def own_rule(name: str, rule: rules.Rule, template: Template) -> Result:
    """Runs one of our rules. If it fails, the reason for the rule is shown."""
    findings = list(rule(template))
    said = [f"note: {finding}" if finding.note else str(finding) for finding in findings]
    if all(finding.note for finding in findings):
        return Result(name, "passed", "\n".join(said))
    return Result(name, "failed", "\n".join([*said, f"why: {rule.__doc__}"]))


def other_checks(path: Path, template: Template, translation: Path, folder: Path) -> Iterator[Check]:
    """Other projects' checkers, for the template and for what the SAM transform makes of it.

    The transform reveals functions and events to checkers that do not know SAM, cfn-lint among them.
    """
    sam, checkov = tools.sam(folder), tools.checkov(folder)
    yield lambda: verdict(f"{path}: cfn-lint", linters.cfn_lint(sam, path))
    yield lambda: verdict(f"{path}: sam validate", linters.sam_validate(sam, path))
    yield lambda: verdict(f"{path}: sam build", linters.sam_build(sam, path, translation.with_suffix(".sam")))
    yield lambda: verdict(f"{path}: checkov", linters.checkov(checkov, path))
    try:
        translation.write_text(json.dumps(translate.translate(template.text), indent=1), encoding="utf-8")
    except translate.Refused as refused:
        yield functools.partial(verdict, f"{path}: translation", str(refused))
        return
    yield lambda: verdict(f"{path}: translation", "")
    yield lambda: verdict(f"{path} translated: cfn-lint", linters.cfn_lint(sam, translation))
    yield lambda: verdict(f"{path} translated: checkov", linters.checkov(checkov, translation))
    yield lambda: cdk_nag(f"{path} translated: cdk-nag", translation, folder)


def cdk_nag(name: str, translation: Path, folder: Path) -> Result:
    """Runs cdk-nag. Without Node.js, it is skipped for a developer, but fails in CI."""
    try:
        return verdict(name, linters.nag(tools.nag(folder), translation))
    except tools.Missing as missing:
        return Result(name, "failed" if os.environ.get("CI") else "skipped", str(missing))
