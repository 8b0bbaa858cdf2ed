"""The copy that is deployed, so that changing the blueprint for the second deployment does not touch the repository."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

from steps import expect
from template import Template

WORK = Path("target/e2e")
# A string, which is kept, or a comment; or a trailing comma.
STRING_OR_COMMENT = re.compile(r'("(?:[^"\\]|\\.)*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
STRING_OR_LAST_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])')

INPUTS = ("out", "blueprints", "samconfig.toml", "synth.toml")


class Workspace:
    """A folder with everything that a user has after `make synth`."""

    def __init__(self, root: Path, synth: Path) -> None:
        self.synth = synth.absolute()
        self.folder = root / WORK
        self.logs = self.folder / "logs"
        self.blueprint = self.folder / "blueprints" / "vm.json"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.logs.mkdir(parents=True)
        for name in INPUTS:
            source = root / name
            if source.is_dir():
                shutil.copytree(source, self.folder / name)
            elif source.is_file():
                shutil.copy(source, self.folder)

    def template(self) -> Template:
        """Returns the current template."""
        return Template.load(self.folder / "out" / "template.yaml")

    def stack_name(self) -> str:
        """Returns the stack's name in samconfig.toml."""
        settings = tomllib.loads((self.folder / "samconfig.toml").read_text(encoding="utf-8"))["default"]
        sections = [settings.get(name, {}).get("parameters", {}) for name in ("deploy", "global")]
        names = [section["stack_name"] for section in sections if "stack_name" in section]
        expect(names, "samconfig.toml does not name a stack")
        return names[0]

    def bare_blueprint(self) -> dict[str, Any]:
        """Returns the tutorial's blueprint as Port accepts it: without actions and without the schema for editors."""
        blueprint = json.loads(without_comments(self.blueprint.read_text(encoding="utf-8")))
        return {key: value for key, value in blueprint.items() if key not in ("$schema", "actions")}

    def add_action(self, action: dict[str, Any]) -> None:
        """Edits the blueprint as a person would, and runs synth."""
        before, actions, after = self.blueprint.read_text(encoding="utf-8").partition('"actions": [')
        expect(actions, "the blueprint has no list of actions")
        self.blueprint.write_text(f"{before}{actions}\n{json.dumps(action, indent=2)},{after}", encoding="utf-8")
        done = subprocess.run(
            [str(self.synth), "build", "--blueprints", "blueprints", "--out", "out"],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        expect(done.returncode == 0, f"synth exited {done.returncode}:\n{done.stdout}{done.stderr}")
        expect((self.folder / "out" / "runner" / "bootstrap").is_file(), "synth removed out/runner/bootstrap")


    def session(self, *flags: str) -> None:
        """Runs `synth dev` with the function that is deployed, until a run has ended with SUCCESS."""
        done = subprocess.run(
            [str(self.synth), "dev", "--fresh", *flags],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        expect(done.returncode == 0, f"synth dev exited {done.returncode}:\n{done.stdout}{done.stderr}")
        expect("SUCCESS in " in done.stdout, done.stdout)


def without_comments(text: str) -> str:
    """Returns plain JSON for a blueprint that may have comments and trailing commas."""
    for pattern in (STRING_OR_COMMENT, STRING_OR_LAST_COMMA):
        text = pattern.sub(lambda found: found[1] or " ", text)
    return text
