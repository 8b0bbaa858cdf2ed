"""The fake Port of this workspace, as a process."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cloud import request
from parameters import CLIENT_ID, CLIENT_SECRET
from processes import Processes
from steps import expect


class FakePort:
    """Port's API on loopback, and the paths with which a test sets it up and inspects it."""

    def __init__(self, processes: Processes, program: Path) -> None:
        login = ["--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET]
        command = [str(program), "port", "--listen", "127.0.0.1:0", *login]
        environment = {"PATH": os.environ["PATH"]}
        self.process = processes.start("port", command, environment, stdout=subprocess.PIPE)
        words = self.process.stdout.readline().decode().split()
        urls = [word for word in words if word.startswith("http://127.0.0.1:")]
        expect(urls, "the fake Port did not print its URL; see port.log")
        self.url = urls[0].rstrip("/")
        self.back_door = f"{self.url.removesuffix('/v1')}/_local"

    def add_blueprint(self, blueprint: dict[str, Any]) -> None:
        """Adds a blueprint."""
        request("POST", f"{self.back_door}/blueprints", blueprint)

    def add_run(self, identifier: str, action: str, entity: str | None = None) -> None:
        """Opens a run, as if a person had started the action."""
        run = {"id": identifier, "action": action, "blueprint": "vm", "entity": entity}
        request("POST", f"{self.back_door}/runs", run)

    def state(self) -> dict[str, Any]:
        """Returns everything in Port, and the calls that it received."""
        return request("GET", f"{self.back_door}/state")

    def run(self, identifier: str) -> dict[str, Any]:
        """Returns one run."""
        return only(one for one in self.state()["runs"] if one["id"] == identifier)

    def only_entity(self, blueprint: str) -> dict[str, Any]:
        """Returns the only entity of a blueprint."""
        return only(one for one in self.state()["entities"] if one["blueprint"] == blueprint)

    def calls(self) -> int:
        """Returns how many calls Port received."""
        return len(self.state()["calls"])


def only(records: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Returns the only record; there must be exactly one."""
    found = list(records)
    expect(len(found) == 1, f"one record must be found, not {found}")
    return found[0]
