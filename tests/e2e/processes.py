"""Starts the programs of the e2e test and makes sure that none of them outlives it.

MiniStack starts the deployed function's processes, which would survive if only MiniStack were killed. All of them
inherit a mark in their environment, by which they are found in /proc. Nothing without the mark is ever touched.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

MARK = "E2E_RIG"
PATIENCE = 10.0


class Processes:
    """The programs that this run of the test has started."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.mark = f"{MARK}={uuid.uuid4()}"

    def start(self, name: str, command: list[str], environment: dict[str, str], **options: object) -> subprocess.Popen:
        """Starts a program in the background. Its output goes to a log."""
        key, _, value = self.mark.partition("=")
        with (self.logs / f"{name}.log").open("w") as log:
            options = {"stdout": log, "stderr": log} | options
            return subprocess.Popen(  # type: ignore[call-overload]
                command, env=environment | {key: value}, stdin=subprocess.DEVNULL, start_new_session=True, **options
            )

    def running(self) -> list[int]:
        """Returns the processes with our mark, no matter what started them."""
        return [process for process in all_processes() if self.mark in environment_of(process)]

    def stop(self) -> None:
        """Ends them all: first asks, then kills."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + PATIENCE
            for process in self.running():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, number)
            while self.running():
                if time.monotonic() > deadline:
                    break
                time.sleep(0.1)

    def listening(self) -> list[tuple[str, int]]:
        """Returns address and port of every socket on which one of them accepts connections."""
        inodes = {inode for process in self.running() for inode in sockets_of(process)}
        return [(address, port) for inode, address, port in listening_sockets() if inode in inodes]


def all_processes() -> Iterator[int]:
    """Returns the ids of all processes on this machine."""
    return (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def environment_of(process: int) -> list[str]:
    """Returns the environment of a process; empty if it has ended, is a zombie or belongs to somebody else."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/environ").read_bytes().decode(errors="replace").split("\0")
    return []


def sockets_of(process: int) -> Iterator[str]:
    """Yields the inodes of a process's sockets."""
    with contextlib.suppress(OSError):
        for descriptor in Path(f"/proc/{process}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = os.readlink(descriptor)
                if target.startswith("socket:["):
                    yield target[len("socket:[") : -1]


def listening_sockets() -> Iterator[tuple[str, str, int]]:
    """Yields inode, address and port of every listening TCP socket on this machine."""
    listen = "0A"
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        with contextlib.suppress(FileNotFoundError):
            for line in Path("/proc/net", table).read_text().splitlines()[1:]:
                columns = line.split()
                if columns[3] == listen:
                    address, port = columns[1].split(":")
                    # Each 32-bit word is written in the machine's byte order.
                    words = [bytes.fromhex(address[at : at + 8])[::-1] for at in range(0, len(address), 8)]
                    yield columns[9], socket.inet_ntop(family, b"".join(words)), int(port, 16)


def free_port() -> int:
    """Returns a port on loopback that nothing uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
