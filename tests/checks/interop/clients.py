"""The clients: for each, the commands that produce, consume and join a group, and how to read what they print.

A command gets what it needs as environment variables (`KAFKA_SERVER`, `KAFKA_CA`, `KAFKA_USER`, `KAFKA_PASSWORD`) or as
arguments made of the same.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent

# The words for a wrong password, as the server sends them or as the client puts them.
REFUSED = re.compile(r"invalid credentials|authentication ?failed", re.IGNORECASE)

# Short enough for a test, long enough for a busy machine.
SESSION_MS = 10_000
HEARTBEAT_MS = 500
PATIENCE = 60


@dataclass(frozen=True)
class Server:
    """Where a server is, and who may sign in."""

    name: str
    address: str
    ca: Path
    user: str
    password: str

    def environment(self) -> dict[str, str]:
        """Returns what adapters read."""
        return {
            **os.environ,
            "KAFKA_SERVER": self.address,
            "KAFKA_CA": str(self.ca),
            "KAFKA_USER": self.user,
            "KAFKA_PASSWORD": self.password,
        }


@dataclass(frozen=True)
class Client:
    """A client program."""

    name: str
    # Whether it sends its nonce twice, which Apache Kafka 4 refuses.
    doubled_nonce: bool
    produce: Callable[[Server, str], list[str]]
    consume: Callable[[Server, str, str, int], list[str]]
    member: Callable[[Server, str, str], list[str]]
    # Whether it may lose the reason of a refusal that arrives together with the end of the connection. Ours waits before
    # it ends one; Apache Kafka waits before the answer.
    loses_reasons: bool
    # The numbers of the partitions, if a line says that the member now has exactly these.
    assigned: Callable[[str], list[int] | None]


class Failed(Exception):
    """A step did not end as it must. The message says how."""


def run(server: Server, command: list[str], lines: list[str] | None = None) -> tuple[int, str, str]:
    """Runs a command to its end; returns its status and what it printed."""
    try:
        done = subprocess.run(
            command,
            input="".join(f"{line}\n" for line in lines or []),
            env=server.environment(),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        printed = [part.decode(errors="replace") if part else "" for part in (late.stdout, late.stderr)]
        return 124, printed[0], printed[1] + f"\nnot finished after {PATIENCE} s"
    return done.returncode, done.stdout, done.stderr


class Member:
    """A member of a group in a process of its own, which says which partitions it has."""

    def __init__(self, client: Client, server: Server, topic: str, group: str) -> None:
        """Starts it."""
        self.partitions: list[int] | None = None
        self.printed: list[str] = []
        self.process = subprocess.Popen(
            client.member(server, topic, group),
            env=server.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.reader = threading.Thread(target=self.read, args=(client.assigned,), daemon=True)
        self.reader.start()

    def read(self, assigned: Callable[[str], list[int] | None]) -> None:
        """Follows what it prints."""
        for line in self.process.stdout or ():
            self.printed.append(line.rstrip())
            if (partitions := assigned(line)) is not None:
                self.partitions = sorted(partitions)

    def leave(self) -> None:
        """Ends it in order, so that it leaves the group."""
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def wait_until(what: str, members: list[Member], holds: Callable[[], bool]) -> None:
    """Waits for a state of the members."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            tails = [" | ".join(member.printed[-3:]) for member in members]
            raise Failed(f"{what}: the members have {[member.partitions for member in members]}; {tails}")
        time.sleep(0.05)


def kcat(program: str) -> Client:
    """Returns Debian's kcat."""

    def base(server: Server) -> list[str]:
        settings = {
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": server.user,
            "sasl.password": server.password,
            "ssl.ca.location": server.ca,
            "message.timeout.ms": 5000,
        }
        return [program, "-b", server.address, *(part for key, value in settings.items() for part in ("-X", f"{key}={value}"))]

    def group(server: Server, topic: str, group: str, *options: str) -> list[str]:
        settings = {
            "auto.offset.reset": "earliest",
            "session.timeout.ms": SESSION_MS,
            "heartbeat.interval.ms": HEARTBEAT_MS,
        }
        pairs = [part for key, value in settings.items() for part in ("-X", f"{key}={value}")]
        return [*base(server), *pairs, "-G", group, *options, topic]

    def assigned(line: str) -> list[int] | None:
        if "rebalanced" not in line:
            return None
        return [int(number) for number in re.findall(r"\[(\d+)\]", line.partition("assigned:")[2])]

    return Client(
        name="kcat 1.7.1",
        doubled_nonce=True,
        loses_reasons=False,
        produce=lambda server, topic: [*base(server), "-P", "-K", ":", "-t", topic],
        consume=lambda server, topic, name, count: group(server, topic, name, "-q", "-c", str(count)),
        member=lambda server, topic, name: group(server, topic, name),
        assigned=assigned,
    )


def adapter(name: str, command: list[str], doubled_nonce: bool = False, loses_reasons: bool = False) -> Client:
    """Returns a library behind one of the scripts of this folder."""

    def assigned(line: str) -> list[int] | None:
        words = line.split()
        return [int(word) for word in words[1:]] if words[:1] == ["assigned"] else None

    return Client(
        name=name,
        doubled_nonce=doubled_nonce,
        loses_reasons=loses_reasons,
        produce=lambda _, topic: [*command, "produce", topic],
        consume=lambda _, topic, group, count: [*command, "consume", topic, group, str(count)],
        member=lambda _, topic, group: [*command, "member", topic, group],
        assigned=assigned,
    )


def java(libraries: Path, scratch: Path) -> Client:
    """Returns Kafka's own client, through its console tools."""
    machine = ["java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    machine += ["-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp", f"{libraries}/*"]

    def settings(server: Server, more: dict[str, object] | None = None) -> str:
        login = "org.apache.kafka.common.security.scram.ScramLoginModule"
        lines = {
            "bootstrap.servers": server.address,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.jaas.config": f'{login} required username="{server.user}" password="{server.password}";',
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": server.ca,
            **(more or {}),
        }
        text = "".join(f"{key}={value}\n" for key, value in lines.items())
        path = scratch / f"java-{server.name}-{abs(hash(text))}.properties"
        path.write_text(text)
        return str(path)

    def consumer(server: Server) -> str:
        return settings(
            server,
            {"auto.offset.reset": "earliest", "session.timeout.ms": SESSION_MS, "heartbeat.interval.ms": HEARTBEAT_MS},
        )

    def produce(server: Server, topic: str) -> list[str]:
        tool = "org.apache.kafka.tools.ConsoleProducer"
        options = ["--reader-property", "parse.key=true", "--reader-property", "key.separator=:"]
        config = settings(server, {"delivery.timeout.ms": 8000, "request.timeout.ms": 5000, "linger.ms": 0})
        where = ["--bootstrap-server", server.address, "--command-config", config]
        return [*machine, tool, *where, "--topic", topic, *options]

    def consume(server: Server, topic: str, group: str, count: int) -> list[str]:
        tool = "org.apache.kafka.tools.consumer.ConsoleConsumer"
        where = ["--bootstrap-server", server.address, "--command-config", consumer(server)]
        return [*machine, tool, *where, "--topic", topic, "--group", group, "--max-messages", str(count)]

    def member(server: Server, topic: str, group: str) -> list[str]:
        tool = "org.apache.kafka.tools.VerifiableConsumer"
        where = ["--bootstrap-server", server.address, "--command-config", consumer(server)]
        timing = ["--session-timeout", str(SESSION_MS), "--reset-policy", "earliest"]
        return [*machine, tool, *where, "--topic", topic, "--group-id", group, *timing]

    def assigned(line: str) -> list[int] | None:
        if '"partitions_assigned"' not in line:
            return None
        return [partition["partition"] for partition in json.loads(line)["partitions"]]

    return Client("Java client 4.3.1", False, produce, consume, member, False, assigned)
