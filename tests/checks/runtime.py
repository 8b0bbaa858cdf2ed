#!/usr/bin/env python3
"""Compares our Lambda runtime with AWS's Runtime Interface Emulator: `runtime.py target/debug/local out/runner`.

    runtime.py LOCAL RUNNER [--tools DIR]

The emulator is the one inside of the SAM CLI. Both start the built function in RUNNER, and then a function of this file's
own that does what ours never does. What each answers must be the same but for request ids. The exit status is 1 if it is
not.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import tools

TIMEOUT = 3
PATIENCE = 60
LARGEST = 6_291_556
INVOKE = "/2015-03-31/functions/function/invocations"
IDS = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CLIENT = ("local-client-id", "local-client-secret")

Answer = tuple[int, str]


class Surroundings:
    """Port and Secrets Manager for one function. Port can be silent."""

    def __init__(self, port: str) -> None:
        self.port = port
        self.is_silent = threading.Event()
        self.asked = threading.Event()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        """Returns the class that answers requests."""
        here = self

        class Handler(http.server.BaseHTTPRequestHandler):
            """Answers for Secrets Manager, and passes on what is for Port."""

            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if "X-Amz-Target" in self.headers:
                    secret = json.dumps({"clientId": CLIENT[0], "clientSecret": CLIENT[1]})
                    answer = {"ARN": "arn", "Name": "name", "VersionId": "v", "SecretString": secret}
                    self.send(200, json.dumps(answer).encode())
                    return
                here.asked.set()
                while here.is_silent.is_set():
                    time.sleep(0.05)
                kept = ("authorization", "content-type", "user-agent")
                headers = {name: value for name, value in self.headers.items() if name.lower() in kept}
                # The function's path begins behind Port's host.
                url = here.port + self.path
                request = urllib.request.Request(url, body or None, headers, method=self.command)
                try:
                    with urllib.request.urlopen(request) as found:
                        self.send(found.status, found.read())
                except urllib.error.HTTPError as error:
                    self.send(error.code, error.read())

            def send(self, status: int, body: bytes) -> None:
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = answer

            def log_message(self, *_: object) -> None:
                pass

        return Handler


class Lambda:
    """A function that can be invoked."""

    def __init__(self, url: str, program: Path) -> None:
        self.url = url
        self.program = program

    def invoke(self, event: object) -> Answer:
        """Returns status and body, without request ids."""
        request = urllib.request.Request(self.url, json.dumps(event).encode(), method="POST")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as found:
                status, body = found.status, found.read()
        except urllib.error.HTTPError as error:
            status, body = error.code, error.read()
        text = body.decode().strip()
        with contextlib.suppress(ValueError):
            text = json.dumps(json.loads(text), sort_keys=True)
        return status, IDS.sub("ID", text)

    def signal(self, number: int) -> None:
        """Sends a signal to the function's process."""
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.readlink(folder / "exe") == str(self.program):
                    os.kill(int(folder.name), number)


@contextlib.contextmanager
def process(command: list, log: Path, **options: object) -> Iterator[subprocess.Popen]:
    """Starts a program, and ends it with the context."""
    with log.open("w") as errors:
        running = subprocess.Popen([str(word) for word in command], stderr=errors, text=True, **options)
    try:
        yield running
    finally:
        running.terminate()
        running.wait()


@contextlib.contextmanager
def ours(local: Path, root: Path, variables: dict[str, str], scratch: Path) -> Iterator[Lambda]:
    """Starts the function under our runtime."""
    command = [local, "lambda", root / "bootstrap", "--task-root", root, "--timeout", TIMEOUT]
    command += [word for name, value in variables.items() for word in ("--env", f"{name}={value}")]
    with process(command, scratch / "ours.log", stdout=subprocess.PIPE) as running:
        yield Lambda((running.stdout.readline() if running.stdout else "").strip(), root / "bootstrap")


@contextlib.contextmanager
def emulator(rie: Path, root: Path, variables: dict[str, str], scratch: Path) -> Iterator[Lambda]:
    """Starts the function under AWS's emulator."""
    from interop.servers import free_ports, listens

    first, second = free_ports(2)
    command = [rie, "--runtime-interface-emulator-address", f"127.0.0.1:{first}"]
    command += ["--runtime-api-address", f"127.0.0.1:{second}", root / "bootstrap"]
    credentials = {"AWS_ACCESS_KEY_ID": "AKIALOCAL", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}
    environment = {"PATH": os.environ["PATH"], "AWS_REGION": "eu-west-1", "LAMBDA_TASK_ROOT": str(root)}
    environment |= {**credentials, **variables, "AWS_LAMBDA_FUNCTION_TIMEOUT": str(TIMEOUT)}
    with process(command, scratch / "emulator.log", stdout=subprocess.DEVNULL, env=environment, cwd=root):
        wait_until(lambda: listens(first))
        yield Lambda(f"http://127.0.0.1:{first}{INVOKE}", root / "bootstrap")


def wait_until(is_true: Callable[[], bool]) -> None:
    """Waits for something that must come."""
    end = time.monotonic() + PATIENCE
    while not is_true():
        if time.monotonic() > end:
            raise SystemExit("error: the function did not do what it must")
        time.sleep(0.02)


def post(url: str, body: object) -> None:
    """Posts JSON."""
    request = urllib.request.Request(url, json.dumps(body).encode(), method="POST")
    urllib.request.urlopen(request).close()


def built(function: Lambda, surroundings: Surroundings, blueprint: dict) -> Iterator[tuple[str, Answer]]:
    """The built function: batches, a crash and a timeout, each followed by a batch for another process."""
    post(f"{surroundings.port}/_local/blueprints", blueprint)

    def batch(run: str) -> dict:
        post(f"{surroundings.port}/_local/runs", {"id": run, "action": "create_vm", "blueprint": "vm", "entity": None})
        inputs = {"title": run, "cpu": 2, "memory": 4, "storage": 8, "region": "eu-west-1"}
        message = {
            "action": "create_vm",
            "context": {"runId": run, "blueprint": "vm", "entity": None},
            "trigger": {"by": {"orgId": "org", "userId": "user"}, "origin": "UI", "operation": "CREATE"},
            "payload": {"entity": None, "action": {"identifier": "create_vm"}, "properties": inputs},
        }
        record = {"topic": "org.runs", "partition": 0, "offset": 0, "timestamp": int(time.time() * 1000)}
        record["timestampType"], record["headers"] = "CREATE_TIME", []
        record["value"] = base64.b64encode(json.dumps(message).encode()).decode()
        event = {"eventSource": "SelfManagedKafka", "bootstrapServers": "b:9196", "records": {"org.runs-0": [record]}}
        return event

    def disturbed(run: str, number: int) -> Answer:
        event = batch(run)
        surroundings.asked.clear()
        surroundings.is_silent.set()
        answers: list[Answer] = []
        invoking = threading.Thread(target=lambda: answers.append(function.invoke(event)))
        invoking.start()
        wait_until(surroundings.asked.is_set)
        function.signal(number)
        invoking.join()
        surroundings.is_silent.clear()
        return answers[0]

    yield "a batch", function.invoke(batch("r_1"))
    yield "a crash", disturbed("r_2", signal.SIGKILL)
    yield "a batch after a crash", function.invoke(batch("r_3"))
    yield "a timeout", disturbed("r_4", signal.SIGSTOP)
    yield "a batch after a timeout", function.invoke(batch("r_5"))
    with urllib.request.urlopen(f"{surroundings.port}/_local/state") as found:
        runs = {run["id"]: run["status"] for run in json.load(found)["runs"]}
    yield "the runs", (0, json.dumps(runs, sort_keys=True))


def scripted(function: Lambda) -> Iterator[tuple[str, Answer]]:
    """A function that answers too much, and ends in several ways."""
    yield "an error", function.invoke({"do": "error"})
    yield "the largest answer", function.invoke({"do": "answer", "size": LARGEST})
    yield "an answer that is too large", function.invoke({"do": "answer", "size": LARGEST + 1})
    yield "an answer afterwards", function.invoke({"do": "answer", "size": 10})
    yield "an exit with status 3", function.invoke({"do": "exit", "status": 3})
    yield "an exit with status 0", function.invoke({"do": "exit", "status": 0})
    yield "too slow", function.invoke({"do": "sleep"})
    yield "an answer at last", function.invoke({"do": "answer", "size": 10})


def serve(address: str) -> None:
    """Is the scripted function."""
    while True:
        connection = http.client.HTTPConnection(address)
        connection.request("GET", "/2018-06-01/runtime/invocation/next")
        found = connection.getresponse()
        identifier, event = found.headers["Lambda-Runtime-Aws-Request-Id"], json.loads(found.read())
        kind, body = "response", json.dumps("x" * (event.get("size", 2) - 2))
        if event["do"] == "exit":
            os._exit(event["status"])
        if event["do"] == "sleep":
            time.sleep(PATIENCE)
        if event["do"] == "error":
            kind, body = "error", json.dumps({"errorType": "Unfinished", "errorMessage": "later"})
        connection = http.client.HTTPConnection(address)
        connection.request("POST", f"/2018-06-01/runtime/invocation/{identifier}/{kind}", body)
        connection.getresponse().read()


def main() -> int:
    """Starts everything twice, and compares."""
    if len(sys.argv) == 2 and sys.argv[1] == "--function":
        serve(os.environ["AWS_LAMBDA_RUNTIME_API"])
    parser = argparse.ArgumentParser(description="Compares our Lambda runtime with AWS's emulator.")
    parser.add_argument("local", type=Path, metavar="LOCAL", help="the program `local`")
    parser.add_argument("runner", type=Path, metavar="RUNNER", help="the folder with `bootstrap` and its plan")
    parser.add_argument("--tools", type=Path, default=tools.DEFAULT, help="where tools are installed (%(default)s)")
    arguments = parser.parse_args()
    local, runner = arguments.local.absolute(), arguments.runner
    if not (runner / "bootstrap").is_file():
        print(f"error: there is no function in `{runner}`; run: make synth", file=sys.stderr)
        return 2
    rapid = "lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64"
    rie = next(tools.sam(arguments.tools).glob(rapid)).absolute()
    blueprint = json.loads((runner.parent / "port" / "vm.json").read_text())["blueprint"]
    seen: dict[str, dict[str, Answer]] = {"ours": {}, "AWS": {}}
    for name, answers in seen.items():
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            root = shutil.copytree(runner, scratch / "built")
            with process([local, "port"], scratch / "port.log", stdout=subprocess.PIPE) as port:
                url = (port.stdout.readline() if port.stdout else "").strip().removesuffix("/v1")
                surroundings = Surroundings(url)
                variables = {"PORT_API_URL": surroundings.url, "PORT_SECRET_ARN": "arn:aws:secretsmanager:eu-west-1:1:secret:s"}
                variables["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = surroundings.url
                start, program = (ours, local) if name == "ours" else (emulator, rie)
                with start(program, root, variables, scratch) as function:
                    answers |= dict(built(function, surroundings, blueprint))
            script = scratch / "scripted"
            script.mkdir()
            (script / "bootstrap").write_text(f'#!/bin/sh\nexec "{sys.executable}" "{Path(__file__).resolve()}" --function\n')
            (script / "bootstrap").chmod(0o755)
            with start(program, script, {}, scratch) as function:
                answers |= dict(scripted(function))
    wrong = 0
    for step, answer in seen["ours"].items():
        other = seen["AWS"][step]
        word = "same" if answer == other else "DIFFERENT"
        wrong += answer != other
        print(f"{word:10} {step:28} {answer[0]} {answer[1][:120]}")
        if answer != other:
            print(f"{'':10} {'AWS':28} {other[0]} {other[1][:400]}")
    print(f"{len(seen['ours'])} steps, {wrong} different")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
