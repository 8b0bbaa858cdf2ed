#!/usr/bin/env python3
"""Tries Kafka's clients with our broker and with Apache Kafka: `kafka.py target/debug/local`.

    kafka.py LOCAL [--tools DIR] [--only NAME] [--server NAME]

Every client does the same five things with both servers: it produces, consumes, resumes at its commit, shares a topic
with a second member, and is refused with a wrong password. Then the tests of the event source
mapping's poller run with both. The clients and Apache Kafka are installed below
`target/tools` at the first call. The exit status is 1 if a cell of the table is not as it must be.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tools
from interop import servers
from interop.clients import REFUSED, Client, Failed, Member, Server, adapter, java, kcat, run, wait_until

STEPS = ("produce", "consume", "resume", "rebalance", "refuse")
RECORDS = [f"record {number}" for number in range(20)]
# Pairs of a client and a server that are tried at the same time. Most of their time is waiting.
SIDE_BY_SIDE = 4


def main() -> int:
    """Installs, starts the servers, prints the table."""
    parser = argparse.ArgumentParser(description="Tries Kafka's clients with two servers.")
    parser.add_argument("local", type=Path, metavar="LOCAL", help="the program `local`")
    parser.add_argument("--tools", type=Path, default=tools.DEFAULT, help="where tools are installed (%(default)s)")
    parser.add_argument("--only", help="try only clients whose name contains this")
    parser.add_argument("--server", choices=("ours", "apache"), help="try only this server")
    arguments = parser.parse_args()
    start = time.monotonic()
    try:
        today = tools.kafka(arguments.tools) / "bin" / "python"
        libraries = tools.apache_kafka(arguments.tools) / "libs"
        with tempfile.TemporaryDirectory() as scratch:
            all_clients = clients(arguments.tools, today, libraries, Path(scratch))
            wanted = [client for client in all_clients if (arguments.only or "") in client.name]
            with contextlib.ExitStack() as stack:
                running = []
                if arguments.server != "apache":
                    running.append(stack.enter_context(servers.ours(arguments.local.absolute(), Path(scratch))))
                if arguments.server != "ours":
                    running.append(stack.enter_context(servers.apache(libraries, Path(scratch))))
                rows = table(wanted, running, today)
                polled = [(server.name, poller(server)) for server in running if not arguments.only]
    except tools.Missing as missing:
        print(f"error: {missing}", file=sys.stderr)
        return 2
    except Failed as failed:
        print(f"error: {failed}", file=sys.stderr)
        return 1
    failures = show(rows)
    for server, word in polled:
        print(f"the poller's tests      {server:8}{'ok' if word == 'ok' else f'WRONG: {word}'}")
        failures += word != "ok"
    print(f"{time.monotonic() - start:.0f} s")
    return 1 if failures else 0


def poller(server: Server) -> str:
    """Runs the tests of the event source mapping's poller with a server; returns `ok` or what they print."""
    names = {"BOOTSTRAP": server.address, "CA": server.ca, "USER": server.user, "PASSWORD": server.password}
    environment = {**os.environ, **{f"POLLER_{name}": str(value) for name, value in names.items()}}
    command = ["cargo", "test", "--quiet", "--package", "local", "--test", "poller"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return "ok" if done.returncode == 0 else done.stdout[-4000:] + done.stderr[-4000:]


def clients(folder: Path, today: Path, libraries: Path, scratch: Path) -> list[Client]:
    """Returns the clients, oldest first."""
    program = shutil.which("kcat")
    if program is None:
        raise tools.Missing("kcat is not installed: run apt-get install kcat")
    here = tools.INTEROP_SOURCE
    found = [kcat(program)]
    if (old := tools.kafka_old(folder)) is not None:
        command = [str(old / "bin" / "python"), str(here / "adapter_confluent.py")]
        found.append(adapter("confluent-kafka 2.1.1", command, doubled_nonce=True))
    else:
        print("confluent-kafka 2.1.1 is left out: it needs Python 3.11 or older", file=sys.stderr)
    found.append(adapter("confluent-kafka 2.16.1", [str(today), str(here / "adapter_confluent.py")]))
    command = [str(today), str(here / "adapter_kafka_python.py")]
    found.append(adapter("kafka-python 3.0.12", command, loses_reasons=True))
    found.append(adapter("aiokafka 0.14.0", [str(today), str(here / "adapter_aiokafka.py")]))
    found.append(adapter("kafkajs 2.2.4", ["node", str(tools.kafkajs(folder) / "adapter.mjs")]))
    found.append(java(libraries, scratch))
    return found


def table(wanted: list[Client], running: list[Server], today: Path) -> list[tuple[str, str, list[str]]]:
    """Tries every client with every server; returns rows of client, server and cells."""
    reference = [str(today), str(tools.INTEROP_SOURCE / "adapter_confluent.py")]
    topics = [topic_of(client, step) for client in wanted for step in ("records", "refused")]
    for server in running:
        status, _, errors = run(server, [*reference, "create", *topics])
        if status != 0:
            raise Failed(f"{server.name}: the topics cannot be created: {errors[-800:]}")
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        pairs = [(client, server) for client in wanted for server in running]
        tried = [pool.submit(cells, client, server, reference) for client, server in pairs]
        return [(client.name, server.name, cell.result()) for (client, server), cell in zip(pairs, tried)]


def topic_of(client: Client, step: str) -> str:
    """Returns the name of a topic of a client's own."""
    return f"{client.name.replace(' ', '-')}-{step}"


def cells(client: Client, server: Server, reference: list[str]) -> list[str]:
    """Does the five steps. A cell is `ok`, `refused` where that is right, or what went wrong."""
    if client.doubled_nonce and server.name == "apache":
        # Documented: Apache Kafka 4 takes no nonce twice, so this client cannot sign in with the right password either.
        refused = cell(lambda: must_be_refused(client, server, server, reference))
        return ["refused" if refused == "ok" else refused] * len(STEPS)
    topic = topic_of(client, "records")
    wrong = dataclasses.replace(server, password="wrong")
    return [
        cell(lambda: produces(client, server, topic, reference)),
        cell(lambda: consumes(client, server, topic)),
        cell(lambda: resumes(client, server, topic)),
        cell(lambda: rebalances(client, server, topic)),
        cell(lambda: must_be_refused(client, wrong, server, reference)),
    ]


def cell(step) -> str:
    """Runs a step."""
    try:
        step()
    except Failed as failed:
        return str(failed)
    return "ok"


def produces(client: Client, server: Server, topic: str, reference: list[str]) -> None:
    """What it sends can be read by another client."""
    lines = [f"key {number}:{record}" for number, record in enumerate(RECORDS)]
    status, printed, errors = run(server, client.produce(server, topic), lines)
    if status != 0:
        raise Failed(f"status {status}: {printed[-400:]}{errors[-800:]}")
    status, printed, errors = run(server, [*reference, "read", topic])
    compare(RECORDS, printed, errors)


def consumes(client: Client, server: Server, topic: str) -> None:
    """It reads every record once."""
    _, printed, errors = run(server, client.consume(server, topic, f"{topic}-all", len(RECORDS)))
    compare(RECORDS, printed, errors)


def resumes(client: Client, server: Server, topic: str) -> None:
    """It reads some records, and when it comes back exactly the others."""
    group, some = f"{topic}-some", 8
    _, first, errors = run(server, client.consume(server, topic, group, some))
    if len(first.splitlines()) != some:
        raise Failed(f"{len(first.splitlines())} records instead of {some}: {errors[-800:]}")
    _, second, errors = run(server, client.consume(server, topic, group, len(RECORDS) - some))
    compare(RECORDS, first + second, errors)


def rebalances(client: Client, server: Server, topic: str) -> None:
    """Two members share the partitions; when one leaves, the other has both."""
    group = f"{topic}-members"
    one = Member(client, server, topic, group)
    members = [one]
    try:
        wait_until("alone", members, lambda: one.partitions == [0, 1])
        two = Member(client, server, topic, group)
        members.append(two)
        shared = ([0], [1])
        wait_until(
            "together",
            members,
            lambda: one.partitions in shared and two.partitions in shared and one.partitions != two.partitions,
        )
        two.leave()
        wait_until("alone again", members, lambda: one.partitions == [0, 1])
    finally:
        for member in members:
            member.leave()


def must_be_refused(client: Client, server: Server, right: Server, reference: list[str]) -> None:
    """It learns that its credentials are wrong, and nothing is produced."""
    topic = topic_of(client, "refused")
    status, printed, errors = run(server, client.produce(server, topic), ["key:value"])
    excused = client.loses_reasons and server.name == "apache" and status != 0
    if not REFUSED.search(printed + errors) and not excused:
        raise Failed(f"status {status}: {printed[-400:]}{errors[-800:]}")
    _, printed, errors = run(right, [*reference, "read", topic])
    compare([], printed, errors)


def compare(expected: list[str], printed: str, errors: str) -> None:
    """Compares records in any order."""
    found = [line for line in printed.splitlines() if line]
    if sorted(found) != sorted(expected):
        raise Failed(f"{len(found)} records, {len(set(found))} different, instead of {len(expected)}: {errors[-800:]}")


def show(rows: list[tuple[str, str, list[str]]]) -> int:
    """Prints the table, and below it what went wrong. Returns how many cells did."""
    good = ("ok", "refused")
    print(f"{'':24}{'server':8}" + "".join(f"{step:11}" for step in STEPS))
    for client, server, found in rows:
        print(f"{client:24}{server:8}" + "".join(f"{word if word in good else 'WRONG':11}" for word in found))
    wrong = [(*row, step, word) for *row, found in rows for step, word in zip(STEPS, found) if word not in good]
    for client, server, step, word in wrong:
        print(f"\n{client}, {server}, {step}: {word}")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main())
