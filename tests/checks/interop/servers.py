"""The two servers: ours, and Apache Kafka. Each runs until its context ends."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from interop.clients import Failed, Server

USER = "port"
START = 60


@contextlib.contextmanager
def ours(program: Path, scratch: Path) -> Iterator[Server]:
    """Starts `local kafka`."""
    password, ca = secrets.token_hex(8), scratch / "ours.pem"
    command = [program, "kafka", "--user", USER, "--ca", ca]
    with running("ours", command, scratch, environment={"KAFKA_PASSWORD": password}) as process:
        address = (process.stdout.readline() if process.stdout else "").strip()
        if not address:
            raise Failed(f"our broker did not start: {log(scratch, 'ours')}")
        yield Server("ours", address, ca, USER, password)


@contextlib.contextmanager
def apache(libraries: Path, scratch: Path) -> Iterator[Server]:
    """Starts Apache Kafka as one node that is broker and controller, with a certificate of its own."""
    password, store, ca = secrets.token_hex(8), scratch / "apache.p12", scratch / "apache.pem"
    keytool = ["keytool", "-keystore", store, "-storetype", "PKCS12", "-storepass", password, "-alias", "broker"]
    names = ["-dname", "CN=localhost", "-ext", "san=dns:localhost,ip:127.0.0.1"]
    call([*keytool, "-genkeypair", "-keyalg", "EC", "-groupname", "secp256r1", "-validity", "2", *names])
    call([*keytool, "-exportcert", "-rfc", "-file", ca])
    controller, clients, internal = free_ports(3)
    login = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
    settings = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"SASL_SSL://127.0.0.1:{clients},CONTROLLER://127.0.0.1:{controller},PLAIN://127.0.0.1:{internal}",
        "advertised.listeners": f"SASL_SSL://localhost:{clients},PLAIN://127.0.0.1:{internal}",
        "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,PLAIN:PLAINTEXT",
        "inter.broker.listener.name": "PLAIN",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": login,
        "ssl.keystore.type": "PKCS12",
        "ssl.keystore.location": store,
        "ssl.keystore.password": password,
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "group.initial.rebalance.delay.ms": 0,
        "auto.create.topics.enable": "false",
        "log.dirs": scratch / "apache-data",
    }
    properties = scratch / "apache.properties"
    properties.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    machine = ["java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    machine += ["-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{libraries}/*"]
    cluster = call([*machine, "kafka.tools.StorageTool", "random-uuid"]).strip()
    user = f"SCRAM-SHA-512=[name={USER},password={password}]"
    form = ["format", "--standalone", "-t", cluster, "-c", properties, "--add-scram", user]
    call([*machine, "kafka.tools.StorageTool", *form])
    with running("apache", [*machine, "kafka.Kafka", properties], scratch) as process:
        end = time.monotonic() + START
        while not listens(clients):
            if process.poll() is not None or time.monotonic() > end:
                raise Failed(f"Apache Kafka did not start: {log(scratch, 'apache')}")
            time.sleep(0.1)
        yield Server("apache", f"localhost:{clients}", ca, USER, password)


@contextlib.contextmanager
def running(name: str, command: list, scratch: Path, environment: dict | None = None) -> Iterator[subprocess.Popen]:
    """Starts a program, and ends it with the context."""
    with (scratch / f"{name}.log").open("w") as errors:
        process = subprocess.Popen(
            [str(word) for word in command],
            stdout=subprocess.PIPE if environment else errors,
            stderr=errors,
            text=True,
            env={**os.environ, **(environment or {})},
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def log(scratch: Path, name: str) -> str:
    """Returns the end of what a server printed."""
    return "\n".join((scratch / f"{name}.log").read_text().splitlines()[-8:])


def call(command: list) -> str:
    """Runs a command that must succeed."""
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"`{command[0]}` failed: {done.stdout[-800:]}{done.stderr[-800:]}")
    return done.stdout


def free_ports(count: int) -> list[int]:
    """Returns ports of loopback that nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def listens(port: int) -> bool:
    """Returns whether somebody listens on a port of loopback."""
    with socket.socket() as each:
        each.settimeout(1)
        return each.connect_ex(("127.0.0.1", port)) == 0
